"""The shape of the database, as the ordered steps that lead to it. A step that was shipped never changes."""

import secrets
import sqlite3
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from r1chat.errors import StoreError
from r1chat.store import words

Step = tuple[str | Callable[[sqlite3.Connection], None], ...]
"""Statements, or functions for what SQL cannot say, of one transaction."""

MIGRATIONS: tuple[Step, ...] = (
    (
        # The first version. `row` is an integer key of its own, since full-text search will need one that
        # VACUUM keeps. Parents are checked at commit and not cascaded: SQLite limits the depth of cascades to
        # 1,000, and a long chat is deeper.
        """CREATE TABLE chats (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL DEFAULT '',
            created_at REAL NOT NULL,
            updated_at REAL NOT NULL,
            active_leaf TEXT,
            model TEXT NOT NULL DEFAULT ''
        )""",
        """CREATE TABLE messages (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            chat_id TEXT NOT NULL REFERENCES chats (id) DEFERRABLE INITIALLY DEFERRED,
            parent_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
            role TEXT NOT NULL,
            text TEXT NOT NULL DEFAULT '',
            thinking TEXT NOT NULL DEFAULT '',
            thinking_closed INTEGER NOT NULL DEFAULT 0,
            tokens BLOB NOT NULL DEFAULT x'',
            status TEXT NOT NULL,
            finish_reason TEXT,
            error TEXT NOT NULL DEFAULT '',
            model TEXT NOT NULL DEFAULT '',
            fingerprint TEXT NOT NULL DEFAULT '',
            sampling TEXT,
            thinking_mode TEXT,
            stats TEXT,
            thinking_s REAL NOT NULL DEFAULT 0,
            created_at REAL NOT NULL,
            forked_from TEXT,
            forked_at INTEGER
        )""",
        """CREATE TABLE drafts (
            message_id TEXT NOT NULL REFERENCES messages (id),
            seq INTEGER NOT NULL,
            thinking TEXT NOT NULL,
            answer TEXT NOT NULL,
            tokens BLOB NOT NULL,
            closed INTEGER NOT NULL,
            PRIMARY KEY (message_id, seq)
        ) WITHOUT ROWID""",
        "CREATE INDEX messages_by_chat ON messages (chat_id)",
        "CREATE INDEX messages_by_parent ON messages (parent_id)",
        "CREATE INDEX chats_by_time ON chats (updated_at)",
    ),
    (
        # Where a branch came from, who writes a draft, how chats are kept in order, and full-text search.
        "ALTER TABLE chats ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE chats ADD COLUMN archived INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE messages ADD COLUMN origin TEXT",
        "ALTER TABLE messages ADD COLUMN injected TEXT",
        "ALTER TABLE messages ADD COLUMN writer TEXT NOT NULL DEFAULT ''",
        "UPDATE messages SET origin = 'continue' WHERE forked_from IS NOT NULL",
        """CREATE TABLE tags (
            chat_id TEXT NOT NULL REFERENCES chats (id) DEFERRABLE INITIALLY DEFERRED,
            tag TEXT NOT NULL,
            PRIMARY KEY (chat_id, tag)
        ) WITHOUT ROWID""",
        "CREATE TABLE chores (name TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE INDEX chats_by_place ON chats (archived, pinned, updated_at)",
        "CREATE INDEX messages_unfinished ON messages (id) WHERE status = 'partial'",
        *words.TABLES,
        words.index_everything,
    ),
    (words.set_titles_apart,),  # so that a common word is found in titles without a look at all its places
    (
        "ALTER TABLE drafts ADD COLUMN thinking_s REAL NOT NULL DEFAULT 0",
        *words.MORE_LISTS,  # so that beginnings of four letters are found as quickly as shorter ones
        words.index_everything,
    ),
)


def version_of(connection: sqlite3.Connection) -> int:
    """How many steps this database has behind it."""
    row = connection.execute("PRAGMA user_version").fetchone()
    return int(row[0])


def migrate(
    connection: sqlite3.Connection,
    path: str,
    steps: tuple[Step, ...] = MIGRATIONS,
    *,
    back_up: bool = True,
) -> None:
    """Bring the database to the last step, each in a transaction of its own.

    An older one is first copied to `<path>.v<version>.bak`, unless `back_up` is off. Raises StoreError for a
    database of a newer r1chat or of another program; both stay as they are.
    """
    connection.execute("BEGIN")  # both answers from one state: another r1chat may be making the tables
    version = version_of(connection)
    foreign = version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    connection.execute("COMMIT")
    if version > len(steps):
        raise StoreError(
            f"{path} was written by a newer r1chat (store version {version}, this one knows {len(steps)}).",
            "Update r1chat. The chats are safe and were not touched.",
        )
    if foreign:
        raise StoreError(f"{path} is the database of another program; it was not touched.", "Move it away.")
    if back_up and 0 < version < len(steps):
        _back_up(connection, Path(f"{path}.v{version}.bak"))
    if version == 0:  # nobody sees a new store half made
        _take(connection, len(steps), tuple(chain.from_iterable(steps)))
    for number, step in enumerate(steps[version:], start=version + 1):
        _take(connection, number, step)


def _take(connection: sqlite3.Connection, number: int, step: Step) -> None:
    """Bring the database to version `number`, all or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) < number:  # another r1chat may have been faster
            for action in step:
                if isinstance(action, str):
                    connection.execute(action)
                else:
                    action(connection)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the database; a half copy never bears the name of a whole one."""
    half = target.with_name(f"{target.name}.part-{secrets.token_hex(4)}")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    try:
        copy = sqlite3.connect(half)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
