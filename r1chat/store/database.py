"""The connection: how the file is opened, and what a transaction is."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from r1chat.store.deletion import forget_in_backups, rename_in_backups
from r1chat.store.kept import kept
from r1chat.store.migrations import migrate
from r1chat.store.read_only import connect_to_read
from r1chat.store.trouble import Gone, Unwritable, check_place, explained
from r1chat.store.upgrade import is_old, upgrade

MEMORY = ":memory:"
"""A database that is never written."""

_STALE_S = 3600.0
"""Nobody works so long on half a copy."""

BUSY_S = 10.0
"""How long another program may hold the lock before that is an error."""

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # a reader never waits for the writer
    "PRAGMA synchronous = FULL",  # in WAL mode: a commit survives a power cut, not only a crash
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten with zeros
)


class Database:
    """One connection, used by one thread at a time. Raises StoreError, in every method.

    `read_only`: nothing is made or changed, and a file that is not there is as good as an empty one.
    `patient`: where the disk takes nothing it is opened to be read, and each write tries anew to have more.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False, patient: bool = False) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self.trouble: Unwritable | None = None
        """Why it can only be read, where that was not asked for."""
        try:
            with explained(self.path):
                self._connection, self._place = self._opened(read_only=read_only)
        except Unwritable as error:
            if not patient or read_only:
                raise
            with explained(self.path):
                self._connection, self._place = self._opened(read_only=True)
            self.trouble = error

    def _opened(self, *, read_only: bool) -> tuple[sqlite3.Connection, int | None]:
        connection = connect_to_read(self.path, BUSY_S) if read_only else _connect(self.path)
        with kept(connection):
            migrate(connection, self.path, back_up=not read_only)
            return connection, _place(self.path)

    @contextmanager
    def write(self, what: str) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it is committed, or nothing. `what`: words for its content."""
        with explained(self.path, what):
            if self.trouble is not None:
                self._open_to_write()
            self._check_place(what)
        with self._transaction("BEGIN IMMEDIATE", what) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads: one state of the database, whatever others write meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def forget(self) -> bool:
        """Empty the write-ahead log, so that nothing deleted lives on in it; False where it could not be.

        Where another program reads just then, it is emptied the next time.
        """
        with self._lock, explained(self.path):
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return int(row[0]) == 0  # https://sqlite.org/pragma.html#pragma_wal_checkpoint: not busy

    def forget_in_backups(self, ids: Iterable[str], chat_id: str | None) -> None:
        """Delete messages, and a whole chat, in the copies that migrations made."""
        with explained(self.path, "the deletion in its backups"):
            if self.path != MEMORY:
                forget_in_backups(self.path, ids, chat_id)

    def rename_in_backups(self, chat_id: str, title: str) -> None:
        """Give a chat its title in the copies that migrations made."""
        with explained(self.path, "the title in its backups"):
            if self.path != MEMORY:
                rename_in_backups(self.path, chat_id, title)

    def version(self) -> int:
        """Changes whenever another connection has written: https://sqlite.org/pragma.html#pragma_data_version."""
        with self._lock, explained(self.path):
            row = self._connection.execute("PRAGMA data_version").fetchone()
            return int(row[0])

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with self._lock, explained(self.path):
            self._connection.close()

    def _open_to_write(self) -> None:
        """What the disk refused at first."""
        with self._lock:
            before = self._connection
            self._connection, self._place = self._opened(read_only=False)
            before.close()
            self.trouble = None

    def _check_place(self, what: str) -> None:
        """See that the file is where it was: SQLite writes on into a deleted one without a word."""
        if _place(self.path) != self._place:
            raise Gone(
                f"{self.path} was moved or deleted meanwhile, so {what} was not saved.",
                "Put it back, or start r1chat again.",
            )

    @contextmanager
    def _transaction(self, begin: str, what: str = "") -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self.path, what):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


def _connect(path: str) -> sqlite3.Connection:
    if path != MEMORY:
        check_place(path)
        _make_private(Path(path))
        _sweep(Path(path))
    connection = _open(path)
    if path != MEMORY and is_old(connection):
        connection.close()
        upgrade(path)
        connection = _open(path)
    return connection


def _open(path: str) -> sqlite3.Connection:
    # `isolation_level=None`: transactions are ours. Threads: the lock of `Database` keeps them apart.
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    with kept(connection):
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        connection.row_factory = sqlite3.Row
        return connection


def _place(path: str) -> int | None:
    """What identifies the file that is at `path` now, as SQLite itself does it; None where there is none."""
    try:
        return None if path == MEMORY else Path(path).stat().st_ino
    except FileNotFoundError:
        return None


def _sweep(path: Path) -> None:
    """Remove halves of copies that an upgrade or a repair left when it was killed."""
    for pattern in (f"{path.name}.v*.bak.part-*", f"{path.name}.new*", f"{path.name}.damaged-*.part"):
        for half in path.parent.glob(pattern):
            with suppress(OSError):
                if half.stat().st_mtime < time.time() - _STALE_S:
                    half.unlink()


def _make_private(path: Path) -> None:
    """See that the file is there, 0600, in a folder that is 0700; SQLite's own files take after it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.parent.stat().st_mode & 0o077 and path.parent.stat().st_uid == os.getuid():
        path.parent.chmod(0o700)
    if not path.exists():
        path.touch(mode=0o600)
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)
