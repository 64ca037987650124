"""Builds a new store from what can still be read of a damaged one.

Rows are read one by one through their keys, around what cannot be read; nothing is asked of the indexes,
which may be what is damaged. The damaged file is never changed: it keeps its bytes under another name.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from r1chat.errors import StoreError
from r1chat.store import words
from r1chat.store.database import BUSY_S, Database
from r1chat.store.deletion import copies_beside
from r1chat.store.first_page import restored
from r1chat.store.migrations import MIGRATIONS, version_of
from r1chat.store.read_only import connect_to_read
from r1chat.store.rows import SELECT_CHAT, SELECT_MESSAGE, chat_of, message_of
from r1chat.store.trouble import DAMAGED, explained, unfinished

_LEAST = 32
"""No row of ours takes fewer bytes: what bounds their number."""
_PATIENCE = 500
"""Rows that are tried one by one before steps double."""
_TABLES = {
    "chats": "SELECT * FROM chats NOT INDEXED WHERE row >= ? AND row < ? ORDER BY row",
    "messages": "SELECT * FROM messages NOT INDEXED WHERE row >= ? AND row < ? ORDER BY row",
}
_PUT = {
    "chats": "INSERT OR IGNORE INTO chats ({names}) VALUES ({values})",
    "messages": "INSERT OR IGNORE INTO messages ({names}) VALUES ({values})",
    "drafts": "INSERT OR IGNORE INTO drafts ({names}) VALUES ({values})",
    "tags": "INSERT OR IGNORE INTO tags ({names}) VALUES ({values})",
}
_DRAFTS = "SELECT * FROM drafts WHERE message_id = ? ORDER BY seq"


_HINDRANCES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes that tell nothing of what is in a file."""


class Salvaged(NamedTuple):
    """What came of it."""

    kept: Path
    """The damaged file, as it was."""
    chats: int
    messages: int

    @property
    def sentence(self) -> str:
        """What is safe, what is not, and what to do."""
        return (
            f"The store of chats was damaged. {self.chats:,} chats with {self.messages:,} messages could be"
            " read out of it and are safe in a new store. What is missing there is only in the damaged file,"
            f" which was kept as it is: {self.kept}"
        )


def is_whole(path: Path) -> bool:
    """Whether SQLite finds nothing wrong in the file, and r1chat can read every row. It is not changed.

    SQLite looks at the shape of its pages alone: a flipped bit in a text is a text to it, and no UTF-8.
    Raises StoreError where the file cannot be looked at, which says nothing of it.
    """
    try:
        with closing(connect_to_read(str(path), BUSY_S)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            found += connection.execute("PRAGMA foreign_key_check").fetchall()
            return [tuple(row) for row in found] == [("ok",)] and _is_readable(connection)
    except DAMAGED as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _HINDRANCES:
            with explained(str(path)):
                raise
        return False


def _is_readable(connection: sqlite3.Connection) -> bool:
    """Whether every row of a store of this version is what r1chat writes; older ones are upgraded first."""
    if version_of(connection) != len(MIGRATIONS):
        return True
    try:
        for row in connection.execute(SELECT_CHAT):
            chat_of(row)
        for row in connection.execute(SELECT_MESSAGE):
            message_of(row)
        for row in connection.execute("SELECT thinking, answer FROM drafts"):
            "".join(row)
    except (msgspec.ValidationError, TypeError):
        return False
    return True


def _check_ours(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            version = version_of(connection)
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    except DAMAGED:
        return
    if tables and not {"chats", "messages"} <= tables:
        raise StoreError(f"{path} is the database of another program; it was not touched.", "Move it away.")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer r1chat; it was not touched.", "Repair it with that version."
        )


def replace_damaged(path: Path) -> Salvaged:
    """Put a new store in the place of a damaged one.

    Raises StoreError where there is no room for it, and for what a newer r1chat or another program wrote.
    """
    _check_ours(path)
    fresh = path.with_name(f"{path.name}.new")
    with explained(str(path), "what could be read of it"):
        for leftover in (*_files(fresh), unfinished(path)):
            leftover.unlink(missing_ok=True)
        for scratch in path.parent.glob(f"{path.name}.scratch-*"):  # of a repair that was killed
            shutil.rmtree(scratch)
        database = Database(fresh)
        try:
            with database.write("what could be read") as connection:
                chats, messages = _copy(path, connection)
        finally:
            database.forget()
            database.close()
        fresh.rename(unfinished(path))
        kept = finish(path)
    return Salvaged(kept, chats, messages)


def finish(path: Path) -> Path:
    """Put a new store that is whole in the place of the damaged one; returns where that is kept.

    At every moment there is a file at `path`, and nothing is gone; so it can be done again after a crash. The
    log goes before the file that it belongs to, since SQLite would take it for that of the new one.
    """
    kept = _name_for(path)
    if path.exists():
        if not kept.exists():
            _link(path, kept)
        for part, name in zip(_files(path)[1:], _files(kept)[1:], strict=True):
            with suppress(FileNotFoundError):
                part.rename(name)
    unfinished(path).replace(path)
    return kept


def finish_repair(path: Path) -> Path | None:
    """End a repair that was interrupted; where the damaged store is kept, None where there was none.

    Raises StoreError.
    """
    with explained(str(path), "what the repair had read"):
        new = path.with_name(f"{path.name}.new")
        if not path.exists() and new.exists():
            new.rename(unfinished(path))
        return finish(path) if unfinished(path).exists() else None


def _name_for(path: Path) -> Path:
    """Where a damaged store is kept: under the name that it has already, or one that is free."""
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    for other in copies_beside(str(path)):
        if path.exists() and other.samefile(path):
            return other
    names = (path.with_name(f"{stem}{end}") for end in chain([""], (f"-{n}" for n in count(2))))
    return next(name for name in names if not name.exists())


def _link(path: Path, kept: Path) -> None:
    """A second name for a file; a copy where the file system knows no second names."""
    try:
        kept.hardlink_to(path)
    except OSError:
        half = kept.with_name(f"{kept.name}.part")
        shutil.copyfile(path, half)
        half.chmod(0o600)
        half.rename(kept)


def _files(path: Path) -> tuple[Path, Path, Path]:
    return path, Path(f"{path}-wal"), Path(f"{path}-shm")


def _copy(damaged: Path, target: sqlite3.Connection) -> tuple[int, int]:
    """What can be read, through a first page like the one it had where its own leads nowhere."""
    found = _copy_rows(damaged, target)
    for copy in () if found != (0, 0) else restored(damaged, damaged.parent):
        with suppress(*DAMAGED):
            found = _copy_rows(copy, target)
        if found != (0, 0):
            break
    words.index_everything(target)
    return found


def _copy_rows(damaged: Path, target: sqlite3.Connection) -> tuple[int, int]:
    try:
        source = sqlite3.connect(f"{damaged.absolute().as_uri()}?mode=ro", uri=True)
    except DAMAGED:
        return 0, 0
    with closing(source):
        source.row_factory = sqlite3.Row
        source.execute("PRAGMA writable_schema = ON")  # reads a file that was cut off, which is refused else
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        end = damaged.stat().st_size // _LEAST if _has_tables(source) else 0
        for table, query in _TABLES.items():
            for row in _rows(source, query, end):
                _put(target, table, row)
        _put_drafts(source, target)
        _mend(target)
        _put_tags(source, target)
    query = "SELECT (SELECT count(*) FROM chats), (SELECT count(*) FROM messages)"
    chats, messages = target.execute(query).fetchone()
    return chats, messages


def _has_tables(source: sqlite3.Connection) -> bool:
    """Whether there is anything to read rows from."""
    try:
        source.execute("SELECT 1 FROM messages LIMIT 0")
    except DAMAGED:
        return False
    return True


def _rows(source: sqlite3.Connection, query: str, end: int) -> Iterator[dict[str, Any]]:
    """Every row that can be read, by number, up to `end`.

    Where one cannot be read the next number is tried; after many failures in a row the steps get longer, so
    that the end is reached even in a file of which nothing can be read. Numbers only rise: damaged pages may
    lead back to where they came from, round and round.
    """
    first, failures = 0, 0
    while first < end:
        with suppress(*DAMAGED):
            for row in source.execute(query, (first, end)):
                if row["row"] < first:
                    break
                first, failures = row["row"] + 1, 0
                yield dict(row)
            else:
                return
        first += 1 << (failures // _PATIENCE)
        failures += 1


def _put(target: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    """A row with the columns that there are; one that contradicts another is left out."""
    known = {column["name"] for column in target.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    kept = {name: value for name, value in row.items() if name in known}
    names, values = ", ".join(kept), ", ".join("?" * len(kept))
    with suppress(sqlite3.IntegrityError):
        target.execute(_PUT[table].format(names=names, values=values), tuple(kept.values()))


def _put_drafts(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for draft in target.execute("SELECT id FROM messages WHERE status = 'partial'").fetchall():
        with suppress(*DAMAGED):
            for row in source.execute(
                "SELECT * FROM drafts WHERE message_id = ? ORDER BY seq", (draft["id"],)
            ):
                _put(target, "drafts", dict(row))


def _put_tags(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    for chat in target.execute("SELECT id FROM chats").fetchall():
        with suppress(*DAMAGED):
            for row in source.execute("SELECT * FROM tags WHERE chat_id = ?", (chat["id"],)):
                if isinstance(row["tag"], str):
                    _put(target, "tags", dict(row))


@contextmanager
def _or_without(target: sqlite3.Connection, deletion: str, key: object) -> Iterator[None]:
    """Delete a row of which the text is no text, or a number none."""
    try:
        yield
    except (msgspec.ValidationError, TypeError):
        target.execute(deletion, (key,))


def _mend(target: sqlite3.Connection) -> None:
    """What r1chat would stumble over goes; messages without their chat get one.

    What hangs below a missing message begins a branch of its own.
    """
    for row in target.execute(SELECT_CHAT).fetchall():
        with _or_without(target, "DELETE FROM chats WHERE id IS ?", row["id"]):
            chat_of(row)
    for row in target.execute(SELECT_MESSAGE).fetchall():
        with _or_without(target, "DELETE FROM messages WHERE id IS ?", row["id"]):
            message_of(row)
    target.execute(
        """INSERT INTO chats (id, title, created_at, updated_at)
        SELECT chat_id, 'Recovered', min(created_at), max(created_at) FROM messages
        WHERE chat_id NOT IN (SELECT id FROM chats) GROUP BY chat_id"""
    )
    target.execute(
        """UPDATE messages SET parent_id = NULL
        WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM messages)"""
    )
    target.execute("UPDATE chats SET active_leaf = NULL WHERE active_leaf NOT IN (SELECT id FROM messages)")
