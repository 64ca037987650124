"""A session on the scripted engine, closed after the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.session import Session
from r1chat.store import Store
from tests.session.turns import Open


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
async def session_of(path: Path) -> AsyncIterator[Open]:
    opened: list[Session] = []

    def open_session(engine: FakeEngine, store: Store | None = None) -> Session:
        session = Session(store or Store(path), engine, LoadRequest(path="fake"), model="fake")
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        await session.aclose()
