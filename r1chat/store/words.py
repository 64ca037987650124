"""The full-text index: which words stand in which message or title.

An FTS5 table without a copy of the text: https://sqlite.org/fts5.html#contentless_tables. The key of an
entry is the time of its message, so that the newest come first without sorting, and a span of time is a span
of keys; titles have keys beyond all times, so that they are found without a look at the rest.

SQLite's tokenizer takes a run of Chinese for one word; so every such character is set apart before it is
indexed, and a Chinese word is searched as a phrase of its characters. (Its trigram tokenizer cannot find a
word of two characters, which is what most Chinese words are.)
"""

import math
import re
import secrets
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable

from r1chat.core.conversation import Role

_INDEX = """CREATE VIRTUAL TABLE words USING fts5(
        title, question, answer, thought, model,
        content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '{}'
    )"""
TABLES = (
    _INDEX.format("2 3"),
    # what an entry stands for: a message, or where that is NULL the chat's title
    "CREATE TABLE docs (doc INTEGER PRIMARY KEY, chat INTEGER NOT NULL, message INTEGER)",
    "CREATE UNIQUE INDEX docs_by_message ON docs (message) WHERE message IS NOT NULL",
    "CREATE UNIQUE INDEX docs_by_title ON docs (chat) WHERE message IS NULL",
)
"""Titles, questions, answers and thoughts are columns, so that one can be searched alone."""
MORE_LISTS = ("DROP TABLE words", "DELETE FROM docs", _INDEX.format("2 3 4"))
"""In place of the first index; it is to be filled anew."""

_PER_S = 16
"""Keys per second. Small gaps between keys keep the index small."""
LISTED = 4
"""The index has lists of what begins with so many letters, or with one or two less."""
_LATEST = 2**40
"""Seconds; a broken clock may say anything."""
TITLES = 2**50
"""Added to the keys of titles: beyond those of all messages."""
_MERGE_PAGES = 200
"""Pages of the index that one step of `clean` writes: a few ten milliseconds."""
_APART = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)
"""Writing without spaces: Han and kana."""

Columns = tuple[str, str, str, str, str]
"""Title, question, answer, thought, model."""

_INSERT = "INSERT INTO words (rowid, title, question, answer, thought, model) VALUES (?, ?, ?, ?, ?, ?)"
_DELETE = """INSERT INTO words (words, rowid, title, question, answer, thought, model)
    VALUES ('delete', ?, ?, ?, ?, ?, ?)"""
_MESSAGE = """SELECT m.row, m.role, m.text, m.thinking, m.model, m.created_at, chats.row AS chat
    FROM messages AS m JOIN chats ON chats.id = m.chat_id WHERE m.id = ?"""
_INDEXED = """SELECT docs.doc, m.role, m.text, m.thinking, m.model
    FROM messages AS m JOIN docs ON docs.message = m.row WHERE m.id = ?"""


def searchable(text: str) -> str:
    """`text` as the index reads it. Queries go the same way."""
    return _APART.sub(r" \1 ", unicodedata.normalize("NFC", text).replace("\0", " "))


def is_apart(char: str) -> bool:
    """Whether a character stands for itself in the index."""
    return _APART.fullmatch(char) is not None


def key_of(seconds: float) -> int:
    """The key of the first entry of that moment."""
    return 0 if math.isnan(seconds) else int(min(max(seconds, 0.0), _LATEST) * _PER_S)


def add_message(connection: sqlite3.Connection, message_id: str) -> None:
    """Index a message as it is saved now; what was indexed of it before must have been dropped."""
    add_messages(connection, (message_id,))


def add_messages(connection: sqlite3.Connection, message_ids: Iterable[str]) -> None:
    """Index messages as they are saved now.

    Many may be of one moment, where they come from a program that does not tell it: with keys that rise the
    index grows far more quickly.
    """
    moments = Counter[int]()
    for message_id in message_ids:
        for row in _rows(connection, _MESSAGE, message_id):
            moment = key_of(row["created_at"])
            _add(connection, moment + moments[moment], row["chat"], row["row"], _columns(row))
            moments[moment] += 1


def add_title(connection: sqlite3.Connection, chat_id: str) -> None:
    """Index a chat's title as it is saved now; an earlier one must have been dropped."""
    query = "SELECT row, title, created_at FROM chats WHERE id = ? AND title != ''"
    for row in _rows(connection, query, chat_id):
        key = TITLES + key_of(row["created_at"])
        _add(connection, key, row["row"], None, (searchable(row["title"]), "", "", "", ""))


def drop_title(connection: sqlite3.Connection, chat_id: str) -> None:
    """Take a title out of the index, while it is still what was indexed."""
    query = """SELECT doc, title FROM chats JOIN docs ON docs.chat = chats.row AND docs.message IS NULL
        WHERE chats.id = ?"""
    for row in _rows(connection, query, chat_id):
        _drop(connection, row["doc"], (searchable(row["title"]), "", "", "", ""))


def drop_messages(connection: sqlite3.Connection, message_ids: Iterable[str]) -> None:
    """Take messages out of the index, while they are still what was indexed."""
    for message_id in message_ids:
        for row in _rows(connection, _INDEXED, message_id):
            _drop(connection, row["doc"], _columns(row))


def index_everything(connection: sqlite3.Connection) -> None:
    """Fill an empty index from what is there; drafts that are not ended yet are left for their end."""
    for chat in _rows(connection, "SELECT id FROM chats ORDER BY row"):
        add_title(connection, chat["id"])
    ended = _rows(connection, "SELECT id FROM messages WHERE status != 'partial' ORDER BY row")
    add_messages(connection, (message["id"] for message in ended))


def set_titles_apart(connection: sqlite3.Connection) -> None:
    """Give titles their own keys, which in the second version of the store they shared with messages."""
    query = """SELECT chats.id FROM docs JOIN chats ON chats.row = docs.chat
        WHERE docs.message IS NULL AND docs.doc < ?"""
    rows = connection.execute(query, (TITLES,)).fetchall()
    for row in rows:
        drop_title(connection, row[0])
        add_title(connection, row[0])


def clean(connection: sqlite3.Connection) -> bool:
    """One step of making the index forget dropped entries for good; False when nothing is left to do.

    FTS5 only marks what is dropped, and forgets it when parts of the index are merged.
    """
    before = connection.total_changes
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (-_MERGE_PAGES,))
    return connection.total_changes - before >= 2  # https://sqlite.org/fts5.html#the_merge_command


def _rows(connection: sqlite3.Connection, query: str, *values: str) -> list[sqlite3.Row]:
    """Rows with names, whatever the connection gives otherwise."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(query, values).fetchall()


def _add(connection: sqlite3.Connection, key: int, chat: int, message: int | None, columns: Columns) -> None:
    doc = key
    width = 1
    while connection.execute("SELECT 1 FROM docs WHERE doc = ?", (doc,)).fetchone():
        width *= 2
        doc = key + secrets.randbelow(width)
    connection.execute("INSERT INTO docs (doc, chat, message) VALUES (?, ?, ?)", (doc, chat, message))
    connection.execute(_INSERT, (doc, *columns))


def _drop(connection: sqlite3.Connection, doc: int, columns: Columns) -> None:
    connection.execute(_DELETE, (doc, *columns))
    connection.execute("DELETE FROM docs WHERE doc = ?", (doc,))


def _columns(row: sqlite3.Row) -> Columns:
    text, thought, model = (searchable(row[name]) for name in ("text", "thinking", "model"))
    if row["role"] == Role.ASSISTANT:
        return ("", "", text, thought, model)
    return ("", text, "", thought, model)
