import asyncio
import sqlite3
import threading
from contextlib import aclosing, closing
from itertools import count
from pathlib import Path

import pytest

from r1chat.core.conversation import Message, Status
from r1chat.core.events import AnswerDelta, ThinkingDelta
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.session import Session, TurnEnded, TurnEvent
from r1chat.store import Store
from r1chat.store.rows import Piece
from tests.session.turns import (
    LONG,
    OPTIONS,
    SIMPLE,
    Gate,
    Open,
    everything,
    into,
    on_disk,
    reply,
    until,
)


class FullDisk(Store):
    """A store whose disk is full whenever `full` is set."""

    full = False

    def append_draft(self, message_id: str, piece: Piece) -> None:
        self._refuse()
        super().append_draft(message_id, piece)

    def finish_draft(self, message: Message) -> None:
        self._refuse()
        super().finish_draft(message)

    def _refuse(self) -> None:
        if self.full:
            raise StoreError("The disk is full.", "Free some space.")


async def test_a_long_thought_is_never_far_ahead_of_the_disk(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([LONG]))
    behind = []
    tokens = 0
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        async for event in events:
            if isinstance(event, ThinkingDelta | AnswerDelta):
                tokens += len(event.tokens)
                if tokens % 50 == 0:
                    behind.append(tokens - len(on_disk(path)[1].tokens))
    assert len(behind) == 8
    assert max(behind) <= 64


async def test_a_stream_that_stalls_is_on_disk_soon(session_of: Open, path: Path) -> None:
    written = threading.Event()

    class Watched(Store):
        def append_draft(self, message_id: str, piece: Piece) -> None:
            super().append_draft(message_id, piece)
            written.set()

    session = session_of(FakeEngine([SIMPLE], pace=Gate(2)), Watched(path))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        assert await asyncio.to_thread(written.wait, 5)
        assert on_disk(path)[1].thinking == "two and"
        assert on_disk(path)[1].status is Status.PARTIAL


async def test_a_full_disk_does_not_end_the_stream_and_a_free_one_gets_it_all(
    session_of: Open, path: Path
) -> None:
    store = FullDisk(path)
    session = session_of(FakeEngine([LONG]), store)
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta)
        store.full = True
        await until(events, ThinkingDelta, 300)
        store.full = False
        rest = [event async for event in events]
    assert isinstance(rest[-1], TurnEnded)
    assert rest[-1].message.thinking == LONG.thought
    assert on_disk(path)[1] == rest[-1].message


async def test_a_disk_that_stays_full_is_told_at_the_end_with_what_is_safe(
    session_of: Open, path: Path
) -> None:
    store = FullDisk(path)
    session = session_of(FakeEngine([SIMPLE]), store)
    ended: list[TurnEvent] = []
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await anext(events)
        store.full = True
        with pytest.raises(StoreError, match=r"disk is full.*last 6 tokens"):
            await into(ended, events)
    assert isinstance(ended[-1], TurnEnded)
    assert ended[-1].message.text == "four"
    assert session.conversation is not None
    assert session.conversation.path()[-1].text == "four"
    assert on_disk(path)[0].text == "Why?"
    assert on_disk(path)[1].status is Status.PARTIAL


async def refused(session: Session, store: FullDisk) -> None:
    """A turn whose end the disk did not take."""
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await anext(events)
        store.full = True
        with pytest.raises(StoreError, match="disk is full"):
            await into([], events)


async def test_what_a_full_disk_refused_is_there_as_soon_as_it_takes_it(session_of: Open, path: Path) -> None:
    store = FullDisk(path)
    session = session_of(FakeEngine([SIMPLE]), store)
    await refused(session, store)
    await session.changed()
    assert on_disk(path)[1].status is Status.PARTIAL
    store.full = False
    await session.changed()
    assert (on_disk(path)[1].text, on_disk(path)[1].status) == ("four", Status.COMPLETE)


async def test_what_a_full_disk_refused_is_shown_and_read_by_the_model_whatever_others_write(
    session_of: Open, path: Path
) -> None:
    store = FullDisk(path)
    session = session_of(engine := FakeEngine([SIMPLE, SIMPLE]), store)
    await refused(session, store)
    with closing(Store(path)) as other:
        other.label(other.chats()[0].id, pinned=True)
    shown = await session.reload()
    assert shown is not None
    assert shown.path()[-1].text == "four"
    with pytest.raises(StoreError, match="disk is full"):
        await everything(session.send("And?", OPTIONS))
    assert [turn.text for turn in engine.requests[-1].turns] == ["Why?", "four", "And?"]


async def test_what_a_full_disk_refused_is_saved_at_the_end(path: Path) -> None:
    store = FullDisk(path)
    session = Session(store, FakeEngine([SIMPLE]), LoadRequest(path="fake"), model="fake")
    await refused(session, store)
    store.full = False
    await session.aclose()
    assert on_disk(path)[1].text == "four"


async def test_quitting_with_a_full_disk_says_what_was_not_saved(path: Path) -> None:
    store = FullDisk(path)
    session = Session(store, FakeEngine([SIMPLE]), LoadRequest(path="fake"), model="fake")
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        store.full = True
    with pytest.raises(StoreError, match="last 2 tokens"):
        await session.aclose()


async def test_a_question_that_cannot_be_saved_is_not_asked(session_of: Open, path: Path) -> None:
    store = Store(path)
    engine = FakeEngine()
    session = session_of(engine, store)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE drafts")
        connection.execute("DROP TABLE messages")
    connection.close()
    with pytest.raises(StoreError):
        await everything(session.send("Why?", OPTIONS))
    assert engine.requests == []
    assert session.conversation is None


async def test_a_store_in_memory_serves_a_chat_that_is_never_written(session_of: Open) -> None:
    session = session_of(FakeEngine([SIMPLE]), Store(":memory:"))
    assert (await reply(session.send("Why?", OPTIONS))).text == "four"


async def test_what_is_left_of_a_killed_thought_knows_how_long_it_was(path: Path) -> None:
    gate = Gate(3)
    seconds = count(100.0, 2.0)
    engine = FakeEngine([Reply("one two three four", "five")], pace=gate)
    session = Session(
        Store(path), engine, LoadRequest(path="fake"), model="fake", clock=lambda: next(seconds)
    )
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 3)
        while not (left := on_disk(path)[1]).thinking:
            await asyncio.to_thread(threading.Event().wait, 0.05)
        assert left.status is Status.PARTIAL
        assert 0 < left.thinking_s <= 6
    await session.aclose()
    assert on_disk(path)[1].thinking_s >= left.thinking_s
