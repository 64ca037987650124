"""Takes chats and branches out of the database, and out of whatever else holds their words."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from r1chat.store import words
from r1chat.store.trouble import DAMAGED

CHORE = "forget"
"""Noted while the index still has to forget what was deleted: a crash does not end that."""

STATES = "states:"
"""Begins what is noted while the engine's saved state of a chat has to go; its id follows."""

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


def delete_messages(connection: sqlite3.Connection, chat_id: str, ids: Iterable[str]) -> None:
    """Delete messages, with drafts and index; what hangs below them must be among them."""
    ids = tuple(ids)
    words.drop_messages(connection, ids)
    _delete_rows(connection, ids)
    note(connection, CHORE)
    note(connection, STATES + chat_id)


def note(connection: sqlite3.Connection, chore: str) -> None:
    """Note what is still to be done, together with what makes it necessary."""
    connection.execute("INSERT OR IGNORE INTO chores (name) VALUES (?)", (chore,))


def delete_chat(connection: sqlite3.Connection, chat_id: str) -> bool:
    """Delete a chat with all that is in it. False where it is not there."""
    delete_messages(connection, chat_id, messages_of(connection, chat_id))
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
    _in_backups(path, lambda connection: _delete_in_backup(connection, ids, chat_id))


def rename_in_backups(path: str, chat_id: str, title: str) -> None:
    """Give a chat its new title in every backup too: what the old one held is to be gone."""

    def rename(connection: sqlite3.Connection) -> None:
        if _has_index(connection):
            words.drop_title(connection, chat_id)
        connection.execute("UPDATE chats SET title = ? WHERE id = ?", (title, chat_id))
        if _has_index(connection):
            words.add_title(connection, chat_id)

    _in_backups(path, rename)


def _in_backups(path: str, change: Callable[[sqlite3.Connection], None]) -> None:
    """Change every backup; halves of some are of upgrades that were killed: nobody upgrades an open store."""
    file = Path(path)
    for half in file.parent.glob(f"{file.name}.v*.bak.part-*"):
        half.unlink(missing_ok=True)
    for backup in backups_of(path):
        try:
            with closing(sqlite3.connect(backup, isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("BEGIN IMMEDIATE")
                change(connection)
                connection.execute("COMMIT")
                while _has_index(connection) and words.clean(connection):
                    pass
        except DAMAGED:
            backup.unlink(missing_ok=True)


def copies_beside(path: str) -> tuple[Path, ...]:
    """Damaged databases that were kept: nothing can be deleted in them, they can only be removed."""
    file = Path(path)
    return tuple(sorted(file.parent.glob(f"{file.name}.damaged-*")))


def _delete_in_backup(connection: sqlite3.Connection, ids: tuple[str, ...], chat_id: str | None) -> None:
    if chat_id is not None:
        ids = (*ids, *messages_of(connection, chat_id))
    if _has_index(connection):
        words.drop_messages(connection, ids)
        if chat_id is not None:
            words.drop_title(connection, chat_id)
            connection.execute("DELETE FROM tags WHERE chat_id = ?", (chat_id,))
    _delete_rows(connection, ids)
    if chat_id is not None:
        connection.execute("DELETE FROM chats WHERE id = ?", (chat_id,))


def _has_index(connection: sqlite3.Connection) -> bool:
    """Whether a backup is of a version that can be searched."""
    found = "SELECT 1 FROM sqlite_master WHERE name = 'words'"
    return connection.execute(found).fetchone() is not None


def _delete_rows(connection: sqlite3.Connection, ids: tuple[str, ...]) -> None:
    keys = [(one,) for one in ids]
    connection.executemany("DELETE FROM drafts WHERE message_id = ?", keys)
    connection.executemany("DELETE FROM messages WHERE id = ?", keys)
