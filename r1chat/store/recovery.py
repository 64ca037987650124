"""What is made good later: drafts that a crash left, and what a fork turns out to have in common."""

import sqlite3
from itertools import takewhile

from r1chat.core.conversation import Message
from r1chat.store import deletion, words, writers
from r1chat.store.rows import SELECT_MESSAGE, UPDATE_MESSAGE, columns_of, message_of, unpack

_LEFT = """SELECT id, writer FROM messages WHERE status = 'partial'
    AND (writer != '' OR NOT EXISTS (SELECT 1 FROM docs WHERE docs.message = messages.row))"""
_CHORE = "SELECT 1 FROM chores WHERE name = ?"
_JOURNAL = "SELECT * FROM drafts WHERE message_id = ? ORDER BY seq"


def left_behind(connection: sqlite3.Connection) -> tuple[tuple[str, ...], bool]:
    """Drafts that nobody writes any more, and whether a deletion has not come to its end."""
    rows = connection.execute(_LEFT).fetchall()
    left = tuple(row["id"] for row in rows if not writers.is_running(row["writer"]))
    return left, connection.execute(_CHORE, (deletion.CHORE,)).fetchone() is not None


def settle(connection: sqlite3.Connection, message_id: str) -> None:
    """Fold a draft's journal into its message, which stays partial and can be found from now on."""
    query = f"{SELECT_MESSAGE} WHERE id = ? AND status = 'partial'"
    for row in connection.execute(query, (message_id,)).fetchall():
        message = message_of(row, connection.execute(_JOURNAL, (message_id,)).fetchall())
        words.drop_messages(connection, (message_id,))
        connection.execute(UPDATE_MESSAGE, columns_of(message))
        connection.execute("DELETE FROM drafts WHERE message_id = ?", (message_id,))
        words.add_message(connection, message_id)


def count_common(connection: sqlite3.Connection, message: Message) -> None:
    """Note how many tokens a fork shares with the message it left, where that was not known before."""
    if message.forked_from is None or message.forked_at is not None:
        return
    query = "SELECT tokens FROM messages WHERE id = ? AND fingerprint = ?"
    for row in connection.execute(query, (message.forked_from, message.fingerprint)).fetchall():
        pairs = zip(unpack(row["tokens"]), message.tokens, strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        connection.execute("UPDATE messages SET forked_at = ? WHERE id = ?", (common, message.id))
