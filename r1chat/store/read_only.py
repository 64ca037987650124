"""Opens the file without writing a byte: for commands that only read, and where nothing may be written."""

import os
import sqlite3
import urllib.parse
from contextlib import closing, suppress
from pathlib import Path

from r1chat.store.kept import kept
from r1chat.store.migrations import MIGRATIONS, version_of
from r1chat.store.trouble import check_place

_PRIMARY = 0xFF
_NO_FILE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL}
_NO_INDEX = {sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP}
"""What SQLite says where the index of the write-ahead log cannot be made: primary codes, extended ones."""


def connect_to_read(path: str, timeout_s: float) -> sqlite3.Connection:
    """A connection that writes nothing. Of a file that is missing or older it reads a copy in memory."""
    check_place(path)
    if path == ":memory:" or not Path(path).exists():
        return _memory()
    connection = _opened(os.path.realpath(path), timeout_s)
    with kept(connection):
        if version_of(connection) == len(MIGRATIONS):
            return connection
    with closing(connection), kept(_memory()) as copy:
        connection.backup(copy)
        return copy


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _opened(path: str, timeout_s: float) -> sqlite3.Connection:
    """A reader keeps an index of the write-ahead log beside the file; or in its memory where it cannot.

    Then no other program can write either, so that it needs no locks: https://sqlite.org/wal.html#noshm.
    """
    first, *others = _ways(path)
    try:
        return _try(path, first, timeout_s)
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode
        if not others or (code & _PRIMARY not in _NO_FILE and code not in _NO_INDEX):
            raise
        with suppress(sqlite3.OperationalError):
            return _try(path, others[0], timeout_s)
        raise


def _ways(path: str) -> tuple[str, ...]:
    """How the file may be opened, as SQLite's own parameters: https://sqlite.org/uri.html.

    A file that has no log, where none can be made, is read as one that nobody writes.
    """
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        return "mode=ro", "mode=ro&vfs=unix-none"
    free = os.access(path, os.W_OK) and os.access(Path(path).parent, os.W_OK)
    return ("mode=ro", "mode=ro&immutable=1") if free else ("mode=ro&immutable=1",)


def _try(path: str, way: str, timeout_s: float) -> sqlite3.Connection:
    uri = f"file:{urllib.parse.quote(os.fsencode(path))}?{way}"
    connection = sqlite3.connect(
        uri, timeout=timeout_s, isolation_level=None, check_same_thread=False, uri=True
    )
    with kept(connection):
        if "unix-none" in way:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.row_factory = sqlite3.Row
        return connection
