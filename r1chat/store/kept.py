"""A connection that is being opened is closed where that fails."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def kept(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Within it whatever fails closes the connection; behind it, it stays open."""
    with ExitStack() as failed:
        failed.callback(connection.close)
        yield connection
        failed.pop_all()
