"""Takes chats and branches out of the database, and out of whatever else holds their words."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from r1chat.store import words

CHORE = "forget"
"""Noted while the index still has to forget what was deleted: a crash does not end that."""

_TREE = """WITH RECURSIVE branch (id) AS (
        SELECT id FROM messages WHERE id = ?
        UNION SELECT messages.id FROM messages JOIN branch ON messages.parent_id = branch.id
    ) SELECT id FROM branch"""


def branch_of(connection: sqlite3.Connection, message_id: str) -> tuple[str, ...]:
    """Ids of a message and of all below it."""
    return tuple(row[0] for row in connection.execute(_TREE, (message_id,)))


def messages_of(connection: sqlite3.Connection, chat_id: str) -> tuple[str, ...]:
    """Ids of all messages of a chat."""
    rows = connection.execute("SELECT id FROM messages WHERE chat_id = ?", (chat_id,))
    return tuple(row[0] for row in rows)


def delete_messages(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Delete messages, with drafts and index; what hangs below them must be among them."""
    ids = tuple(ids)
    words.drop_messages(connection, ids)
    _delete_rows(connection, ids)
    connection.execute("INSERT OR IGNORE INTO chores (name) VALUES (?)", (CHORE,))


def delete_chat(connection: sqlite3.Connection, chat_id: str) -> bool:
    """Delete a chat with all that is in it. False where it is not there."""
    delete_messages(connection, messages_of(connection, chat_id))
    words.drop_title(connection, chat_id)
    connection.execute("DELETE FROM tags WHERE chat_id = ?", (chat_id,))
    return connection.execute("DELETE FROM chats WHERE id = ?", (chat_id,)).rowcount > 0


def backups_of(path: str) -> tuple[Path, ...]:
    """Copies that migrations made of a database."""
    file = Path(path)
    return tuple(sorted(file.parent.glob(f"{file.name}.v*.bak")))


def forget_in_backups(path: str, ids: Iterable[str], chat_id: str | None) -> None:
    """Delete messages, and a whole chat, in every backup too. A backup that cannot be read is removed."""
    ids = tuple(ids)
    for backup in backups_of(path):
        try:
            with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("BEGIN IMMEDIATE")
                _delete_rows(connection, ids)
                if chat_id is not None:
                    _delete_rows(connection, messages_of(connection, chat_id))
                    connection.execute("DELETE FROM chats WHERE id = ?", (chat_id,))
                connection.execute("COMMIT")
        except sqlite3.DatabaseError:
            backup.unlink(missing_ok=True)


def copies_beside(path: str) -> tuple[Path, ...]:
    """Damaged databases that were kept: nothing can be deleted in them, they can only be removed."""
    file = Path(path)
    return tuple(sorted(file.parent.glob(f"{file.name}.damaged-*")))


def _delete_rows(connection: sqlite3.Connection, ids: tuple[str, ...]) -> None:
    keys = [(one,) for one in ids]
    connection.executemany("DELETE FROM drafts WHERE message_id = ?", keys)
    connection.executemany("DELETE FROM messages WHERE id = ?", keys)
