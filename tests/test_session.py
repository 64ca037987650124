import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from r1chat.core.conversation import Message, Mode, Role, Status, Thinking
from r1chat.core.events import AnswerDelta, Done, FinishReason, Loading, ThinkingDelta
from r1chat.engine.base import ContextFull, EngineCrashed, LoadRequest, ModelLoadError, Stop
from r1chat.engine.fake import FINGERPRINT, FakeEngine, Load
from r1chat.engine.fake_reply import Reply
from r1chat.errors import R1ChatError, StoreError
from r1chat.session import Session, TurnEnded, TurnEvent, TurnOptions, TurnStarted
from r1chat.store import Store
from r1chat.store.rows import Piece

CRASH = EngineCrashed("The engine's process ended.", "Ask again.")
OPTIONS = TurnOptions(seed=7)
SIMPLE = Reply("two and two", "four")
LONG = Reply("very " * 400, "long")

Open = Callable[..., Session]


class Gate:
    """A pace that lets so many deltas through as it was told to, and tells when it holds one back."""

    def __init__(self, free: int = 0) -> None:
        self._free = asyncio.Semaphore(free)
        self.reached = asyncio.Event()

    def open(self, count: int = 1) -> None:
        for _ in range(count):
            self._free.release()

    async def __call__(self) -> None:
        if self._free.locked():
            self.reached.set()
        await self._free.acquire()


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


async def everything(stream: AsyncGenerator[TurnEvent, None]) -> list[TurnEvent]:
    async with aclosing(stream) as events:
        return [event async for event in events]


async def into(seen: list[TurnEvent], stream: AsyncGenerator[TurnEvent, None]) -> None:
    async with aclosing(stream) as events:
        async for event in events:
            seen += (event,)


async def reply(stream: AsyncGenerator[TurnEvent, None]) -> Message:
    last = (await everything(stream))[-1]
    assert isinstance(last, TurnEnded)
    return last.message


async def until(events: AsyncGenerator[TurnEvent, None], kind: type, count: int = 1) -> None:
    async for event in events:
        count -= isinstance(event, kind)
        if not count:
            return


def on_disk(path: Path) -> tuple[Message, ...]:
    """What another program finds: every message of the last chat."""
    store = Store(path)
    chat = store.last_chat()
    assert chat is not None
    messages = store.conversation(chat.id).messages
    store.close()
    return messages


async def test_a_turn_streams_is_saved_and_comes_back(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([SIMPLE]))
    events = await everything(session.send("What is 2+2?", OPTIONS))
    kinds = [type(event) for event in events]
    assert kinds[0] is TurnStarted
    assert kinds[1] is Loading
    assert kinds[-2:] == [Done, TurnEnded]
    assert isinstance(events[-1], TurnEnded)
    message = events[-1].message
    assert (message.thinking, message.text) == ("two and two", "four")
    assert (message.status, message.finish_reason) == (Status.COMPLETE, FinishReason.STOP)
    assert (message.model, message.fingerprint) == ("fake", FINGERPRINT)
    assert message.sampling is not None
    assert message.sampling.seed == 7
    assert message.stats is not None
    assert message.stats.thinking_tokens == 3
    assert on_disk(path)[1] == message
    assert session.conversation is not None
    assert session.conversation.path()[1] == message
    assert session.conversation.chat.title == "What is 2+2?"


async def test_question_and_draft_are_on_disk_before_the_engine_is_asked(
    session_of: Open, path: Path
) -> None:
    engine = FakeEngine()
    async with aclosing(session_of(engine).send("Why?", OPTIONS)) as events:
        started = await anext(events)
        assert isinstance(started, TurnStarted)
        assert engine.load_requests == []
        assert on_disk(path) == (started.question, started.draft)


async def test_a_seed_is_drawn_where_none_is_given_and_another_each_time(session_of: Open) -> None:
    session = session_of(FakeEngine())
    seeds = {(await reply(session.send("Why?", TurnOptions()))).sampling for _ in range(3)}
    assert len(seeds) == 3


async def test_the_second_turn_goes_on_from_the_first_without_its_thought(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE, SIMPLE])
    session = session_of(engine)
    await reply(session.send("What is 2+2?", OPTIONS))
    await reply(session.send("Sure?", OPTIONS))
    assert [(turn.role, turn.text) for turn in engine.requests[1].turns] == [
        (Role.USER, "What is 2+2?"),
        (Role.ASSISTANT, "four"),
        (Role.USER, "Sure?"),
    ]


async def test_stop_ends_the_turn_and_keeps_what_was_said(session_of: Open, path: Path) -> None:
    gate = Gate(2)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        session.stop()
        rest = [event async for event in events]
    assert [type(event) for event in rest] == [Done, TurnEnded]
    assert on_disk(path)[1].status is Status.CANCELLED
    assert on_disk(path)[1].thinking == "two and"
    assert on_disk(path)[1].finish_reason is FinishReason.CANCELLED


async def test_answer_now_closes_the_thought(session_of: Open) -> None:
    gate = Gate(2)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        session.answer_now()
        gate.open(99)
        rest = [event async for event in events]
    assert isinstance(rest[-1], TurnEnded)
    assert rest[-1].message.thinking.startswith("two and\n\nI should stop here")
    assert rest[-1].message.thinking_closed
    assert rest[-1].message.text == "four"


async def test_words_are_injected_into_the_thought(session_of: Open) -> None:
    gate = Gate(1)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta)
        session.inject("But check it.")
        gate.open(99)
        rest = [event async for event in events]
    assert isinstance(rest[-1], TurnEnded)
    assert rest[-1].message.thinking == "two\n\nBut check it.\n\n and two"


async def test_closing_the_stream_early_stops_the_engine_and_saves(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([SIMPLE, SIMPLE]))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
    assert on_disk(path)[1].status is Status.CANCELLED
    assert on_disk(path)[1].thinking == "two and"
    assert (await reply(session.send("Again?", OPTIONS))).status is Status.COMPLETE


async def test_a_turn_that_was_done_stays_done_where_its_end_is_not_awaited(
    session_of: Open, path: Path
) -> None:
    async with aclosing(session_of(FakeEngine([SIMPLE])).send("Why?", OPTIONS)) as events:
        await until(events, Done)
    assert on_disk(path)[1].status is Status.COMPLETE


async def test_cancelling_the_task_that_listens_saves_too(session_of: Open, path: Path) -> None:
    gate = Gate(2)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    task = asyncio.create_task(everything(session.send("Why?", OPTIONS)))
    await gate.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert on_disk(path)[1].status is Status.CANCELLED
    assert on_disk(path)[1].thinking == "two and"


async def test_closing_the_session_saves_a_turn_that_nobody_watches(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([SIMPLE]))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        await session.aclose()
        assert on_disk(path)[1].status is Status.CANCELLED
        assert on_disk(path)[1].thinking == "two and"


async def test_a_crash_is_saved_shown_and_raised_and_the_next_turn_works(
    session_of: Open, path: Path
) -> None:
    engine = FakeEngine([Reply("two and two", "four", error=CRASH, error_after=2), SIMPLE])
    session = session_of(engine)
    seen: list[TurnEvent] = []
    with pytest.raises(EngineCrashed):
        await into(seen, session.send("Why?", OPTIONS))
    ended = seen[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.message.status is Status.ERROR
    assert ended.message.error == CRASH.message
    assert ended.message.thinking == "two and"
    assert on_disk(path)[1] == ended.message
    again = await everything(session.send("Again?", OPTIONS))
    assert Loading in {type(event) for event in again}
    assert isinstance(again[-1], TurnEnded)
    assert again[-1].message.text == "four"


async def test_a_model_that_does_not_load_is_an_error_of_the_turn(session_of: Open, path: Path) -> None:
    error = ModelLoadError("It is damaged.", "Fetch it again.")
    session = session_of(FakeEngine([SIMPLE], loads=[Load(error=error)]))
    with pytest.raises(ModelLoadError):
        await everything(session.send("Why?", OPTIONS))
    assert on_disk(path)[1].status is Status.ERROR
    assert on_disk(path)[1].error == "It is damaged."
    assert (await reply(session.send("Now?", OPTIONS))).text == "four"


async def test_a_conversation_too_long_is_an_error_of_the_turn(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine(n_ctx=32))
    with pytest.raises(ContextFull):
        await everything(session.send("why " * 40, OPTIONS))
    assert on_disk(path)[1].status is Status.ERROR


async def test_a_question_asked_while_the_model_loads_is_saved_and_waits(
    session_of: Open, path: Path
) -> None:
    gate = Gate()
    session = session_of(FakeEngine([SIMPLE], load_pace=gate))
    loading = asyncio.create_task(everything(session.load()))
    await gate.reached.wait()
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await anext(events)
        assert on_disk(path)[0].text == "Why?"
        assert not loading.done()
        gate.open(3)
        rest = [event async for event in events]
    assert Loading not in {type(event) for event in rest}
    assert isinstance(rest[-1], TurnEnded)
    assert rest[-1].message.text == "four"


async def test_stop_ends_the_waiting_turn_and_not_the_load(session_of: Open, path: Path) -> None:
    gate = Gate()
    engine = FakeEngine(load_pace=gate)
    session = session_of(engine)
    loading = asyncio.create_task(everything(session.load()))
    await gate.reached.wait()
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await anext(events)
        session.stop()
        rest = [event async for event in events]
    assert [type(event) for event in rest] == [TurnEnded]
    assert on_disk(path)[1].status is Status.CANCELLED
    gate.open(3)
    await loading
    assert engine.model is not None
    assert engine.requests == []


async def test_stop_ends_a_load_where_no_turn_waits(session_of: Open) -> None:
    gate = Gate()
    engine = FakeEngine(load_pace=gate)
    session = session_of(engine)
    loading = asyncio.create_task(everything(session.load()))
    await gate.reached.wait()
    session.stop()
    with pytest.raises(R1ChatError, match="stopped"):
        await loading


async def test_stop_ends_a_turn_that_loads_the_model_itself(session_of: Open, path: Path) -> None:
    gate = Gate()
    session = session_of(FakeEngine(load_pace=gate))
    turn = asyncio.create_task(reply(session.send("Why?", OPTIONS)))
    await gate.reached.wait()
    session.stop()
    assert (await turn).status is Status.CANCELLED
    assert on_disk(path)[1].status is Status.CANCELLED


async def test_two_quick_questions_are_answered_in_order(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE, Reply("", "five")])
    session = session_of(engine)
    first, second = await asyncio.gather(
        reply(session.send("first", OPTIONS)), reply(session.send("second", OPTIONS))
    )
    assert (first.text, second.text) == ("four", "five")
    assert session.conversation is not None
    assert [message.text for message in session.conversation.path()] == ["first", "four", "second", "five"]


async def test_regenerating_adds_a_sibling(session_of: Open) -> None:
    session = session_of(FakeEngine([SIMPLE, Reply("", "five")]))
    first = await reply(session.send("2+2?", OPTIONS))
    second = await reply(session.regenerate(first.id, OPTIONS))
    assert second.parent_id == first.parent_id
    assert session.conversation is not None
    assert session.conversation.siblings(first) == (first, second)
    assert session.conversation.path()[-1] == second


async def test_a_question_without_an_answer_can_be_answered(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE, Reply("", "five")])
    session = session_of(engine)
    first = await reply(session.send("2+2?", OPTIONS))
    assert first.parent_id is not None
    second = await reply(session.regenerate(first.parent_id, OPTIONS))
    assert second.parent_id == first.parent_id
    assert engine.requests[1].turns == engine.requests[0].turns


async def test_editing_a_question_keeps_the_old_branch(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE, SIMPLE, Reply("", "six")])
    session = session_of(engine)
    await reply(session.send("hello", OPTIONS))
    old = await reply(session.send("2+2?", OPTIONS))
    assert old.parent_id is not None
    await reply(session.edit(old.parent_id, "3+3?", OPTIONS))
    assert [turn.text for turn in engine.requests[2].turns] == ["hello", "four", "3+3?"]
    assert session.conversation is not None
    assert [message.text for message in session.conversation.path()] == ["hello", "four", "3+3?", "six"]
    back = await session.select(old.parent_id)
    assert [message.text for message in back.path()] == ["hello", "four", "2+2?", "four"]


async def test_resuming_goes_on_from_the_very_token_as_a_sibling(session_of: Open, path: Path) -> None:
    gate = Gate(2)
    engine = FakeEngine([SIMPLE, SIMPLE], pace=gate)
    session = session_of(engine)
    async with aclosing(session.send("2+2?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
    stopped = on_disk(path)[1]
    gate.open(99)
    events_of = await everything(session.resume(stopped.id, OPTIONS))
    started, ended = events_of[0], events_of[-1]
    assert isinstance(started, TurnStarted)
    assert isinstance(ended, TurnEnded)
    assert started.draft.thinking == "two and"
    prefix = engine.requests[1].prefix
    assert prefix is not None
    assert (prefix.thinking, prefix.closed, prefix.tokens) == ("two and", False, stopped.tokens)
    assert ended.message.thinking == "two and two"
    assert ended.message.text == "four"
    assert ended.message.tokens[:2] == stopped.tokens
    assert on_disk(path)[1:] == (stopped, ended.message)


async def test_an_answer_cut_by_its_length_is_gone_on_with(session_of: Open) -> None:
    said = Reply("", "one two three four five six")
    engine = FakeEngine([said, said])
    session = session_of(engine)
    off = Thinking(Mode.OFF)
    cut = await reply(session.send("count", TurnOptions(thinking=off, max_tokens=4)))
    assert cut.finish_reason is FinishReason.LENGTH
    assert cut.thinking_closed
    whole = await reply(session.resume(cut.id, TurnOptions(thinking=off)))
    assert whole.text == "one two three four five six"


async def test_what_is_not_in_the_open_chat_cannot_be_answered(session_of: Open) -> None:
    session = session_of(FakeEngine())
    with pytest.raises(R1ChatError, match="not in the open chat"):
        await everything(session.regenerate("nothing", OPTIONS))


async def test_a_new_chat_is_written_with_its_first_question_only(session_of: Open) -> None:
    session = session_of(FakeEngine())
    assert await session.open_last() is None
    await reply(session.send("first", OPTIONS))
    session.new()
    assert session.conversation is None
    assert len(await session.chats()) == 1
    await reply(session.send("second", OPTIONS))
    assert [chat.title for chat in await session.chats()] == ["second", "first"]
    first = (await session.chats())[1]
    assert (await session.open(first.id[:12])).path()[0].text == "first"
    last = await session.open_last()
    assert last is not None
    assert last.chat.title == "second"


async def test_a_turn_whose_chat_is_left_goes_on_in_its_own_chat(session_of: Open) -> None:
    gate = Gate(2)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    async with aclosing(session.send("2+2?", OPTIONS)) as events:
        await until(events, ThinkingDelta)
        session.new()
        gate.open(99)
        async for _ in events:
            pass
    assert session.conversation is None
    last = await session.open_last()
    assert last is not None
    assert last.path()[-1].text == "four"


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


async def test_a_thought_is_timed(path: Path) -> None:
    ticks = iter(range(100, 1000))
    store = Store(path)
    session = Session(
        store, FakeEngine([SIMPLE]), LoadRequest(path="f"), model="f", clock=lambda: next(ticks)
    )
    message = await reply(session.send("Why?", OPTIONS))
    await session.aclose()
    assert message.thinking_s == 3  # three words and the end of the thought, a tick each


async def test_stop_is_obeyed_even_where_it_comes_before_the_engine_was_asked(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE])
    session = session_of(engine)
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await anext(events)
        session.stop()
        rest = [event async for event in events]
    assert isinstance(rest[-1], TurnEnded)
    assert rest[-1].message.status is Status.CANCELLED
    assert rest[-1].message.tokens == ()


async def test_nothing_is_stopped_where_nothing_runs(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE])
    session = session_of(engine)
    session.stop()
    assert engine.commands == [Stop()]
    assert (await reply(session.send("Why?", OPTIONS))).text == "four"
