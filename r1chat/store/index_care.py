"""Sees whether the full-text index fits the chats, and makes it anew where it does not."""

import sqlite3
from pathlib import Path

from r1chat.store import words
from r1chat.store.database import Database
from r1chat.store.trouble import DAMAGED

_WRONG = (
    # a title that is not found where titles are looked for, or that is there no more
    """SELECT 1 FROM chats LEFT JOIN docs ON docs.chat = chats.row AND docs.message IS NULL
        WHERE (title != '') != (ifnull(doc, 0) >= :titles) OR (title = '' AND doc IS NOT NULL)""",
    # a message that is not found; drafts are indexed when they are ended
    """SELECT 1 FROM messages LEFT JOIN docs ON docs.message = messages.row
        WHERE status != 'partial' AND doc IS NULL""",
    # entries of what is gone
    "SELECT 1 FROM docs WHERE chat NOT IN (SELECT row FROM chats)",
    "SELECT 1 FROM docs WHERE message IS NOT NULL AND message NOT IN (SELECT row FROM messages)",
    # entries on one side alone
    "SELECT 1 FROM docs WHERE doc NOT IN (SELECT id FROM words_docsize)",
    "SELECT 1 FROM words_docsize WHERE id NOT IN (SELECT doc FROM docs)",
)
"""Queries that find nothing in an index that is right."""


def mend_index(path: Path) -> bool:
    """Make the index of a store anew where it is wrong; False where it was right. Raises StoreError.

    Where nothing can be written it is looked at all the same.
    """
    database = Database(path, patient=True)
    try:
        with database.read() as connection:
            if database.trouble is not None and _fits(connection):
                return False
        with database.write("the index") as connection:
            if _is_right(connection):
                return False
            connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
            connection.execute("DELETE FROM docs")
            words.index_everything(connection)
        database.forget()
        return True
    finally:
        database.close()


def _is_right(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except DAMAGED:
        return False
    return _fits(connection)


def _fits(connection: sqlite3.Connection) -> bool:
    values = {"titles": words.TITLES}
    return not any(connection.execute(f"{query} LIMIT 1", values).fetchone() for query in _WRONG)
