"""Closes what a test opened: a connection left open is a warning from Python 3.13 on."""

import sqlite3
from collections.abc import Iterator

import pytest

from r1chat.store import database


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every connection that r1chat opened during the test."""
    opened: list[sqlite3.Connection] = []
    connect = database._connect

    def remember(path: str) -> sqlite3.Connection:
        connection = connect(path)
        opened.append(connection)
        return connection

    monkeypatch.setattr(database, "_connect", remember)
    yield
    for connection in opened:
        connection.close()
