"""Brings an older file to today's version while no other program has it open.

An r1chat looks at the version when it opens a file. One of an earlier version that has it open would go on to
write rows as its own version has them, so an upgrade waits until it is alone.
"""

import secrets
import sqlite3
import time
from contextlib import closing

from r1chat.errors import StoreError
from r1chat.store.migrations import MIGRATIONS, migrate, version_of

PATIENCE_S = 5.0
"""How long others are waited for that only look at the file, or upgrade it too."""
_BUSY_S = 10.0
"""How long another one's upgrade may take until its version can be read."""
_PAUSE_S = 0.05


def upgrade(path: str, patience_s: float = PATIENCE_S) -> None:
    """Take the steps that a file lacks, which the caller must not have open.

    Raises StoreError where another program keeps it open, and as `migrate` does; then nothing was changed.
    """
    until = time.monotonic() + patience_s
    while _is_old_at(path):
        if _upgraded_alone(path):
            return
        if time.monotonic() >= until:
            raise StoreError(
                f"{path} has to be upgraded, and another r1chat, which may be older, has it open."
                " The chats are safe and were not touched.",
                "Close the other one, then try again.",
            )
        # SQLite's own waiting would keep the lock that the other one waits for, and nothing tells that a
        # program let go of a file; two that look at different instants part ways.
        time.sleep(_PAUSE_S * (1 + secrets.randbelow(100) / 100))


def is_old(connection: sqlite3.Connection) -> bool:
    """Whether an open file lacks steps; a new one has taken none and is not old."""
    return 0 < version_of(connection) < len(MIGRATIONS)


def _is_old_at(path: str) -> bool:
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        return is_old(connection)


def _upgraded_alone(path: str) -> bool:
    """Upgrade it, holding the file alone from the first look to the last: https://sqlite.org/wal.html#noshm.

    False where another connection is open; in WAL mode each keeps a lock for as long as it is.
    """
    with closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        migrate(connection, path)
        return True
