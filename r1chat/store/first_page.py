"""Reads a database whose first page is damaged: the one that says where everything is.

All stores of a version are made by the same statements in the same order, so that their tables begin at the
same pages: the first page of a new one, with the size of the damaged file, leads to what is in it.
Format: https://sqlite.org/fileformat2.html#the_database_header.
"""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

from r1chat.store.migrations import MIGRATIONS

_PAGE_SIZE, _CHANGES, _SIZE, _FREE, _VALID_FOR = 16, 24, 28, 32, 92
"""Places in the header."""


def restored(damaged: Path, folder: Path) -> Iterator[Path]:
    """Copies of a damaged database with the first page of each version, newest first, one at a time.

    They lie in `folder`, and are gone when the next one is asked for.
    """
    for count in range(len(MIGRATIONS), 0, -1):
        with tempfile.TemporaryDirectory(prefix=f"{damaged.name}.scratch-", dir=folder) as scratch:
            copy = Path(scratch) / "copy.db"
            page = _first_page(Path(scratch) / "new.db", count)
            shutil.copyfile(damaged, copy)
            size = copy.stat().st_size // len(page)
            struct.pack_into(">I", page, _SIZE, size)
            struct.pack_into(">II", page, _FREE, 0, 0)
            page[_VALID_FOR : _VALID_FOR + 4] = page[_CHANGES : _CHANGES + 4]
            with copy.open("r+b") as file:
                file.write(page)
            log = Path(f"{damaged}-wal")
            if log.exists():
                shutil.copyfile(log, f"{copy}-wal")
            yield copy


def _first_page(path: Path, count: int) -> bytearray:
    """That of an empty store after so many migrations."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        for action in chain.from_iterable(MIGRATIONS[:count]):
            if isinstance(action, str):
                connection.execute(action)
            else:
                action(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    (size,) = struct.unpack_from(">H", data, _PAGE_SIZE)
    return bytearray(data[: size if size > 1 else 65536])
