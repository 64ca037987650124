import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from r1chat.core.conversation import Role, Status
from r1chat.core.events import AnswerDelta, Done, FinishReason, Loading, ThinkingDelta
from r1chat.engine.base import ContextFull, EngineCrashed, LoadRequest, ModelLoadError, Stop
from r1chat.engine.fake import FINGERPRINT, FakeEngine, Load
from r1chat.engine.fake_reply import Reply
from r1chat.errors import R1ChatError
from r1chat.session import Session, TurnEnded, TurnEvent, TurnOptions, TurnStarted, Unheard
from r1chat.store import Store
from tests.session.turns import (
    CRASH,
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
    assert rest[-1].message.thinking == "two\n\nBut check it.\n and two"


async def test_words_that_come_too_late_for_the_thought_come_back_before_the_answer(
    session_of: Open,
) -> None:
    gate = Gate(1)
    session = session_of(FakeEngine([SIMPLE], pace=gate))
    async with aclosing(session.send("Why?", OPTIONS)) as events:
        await until(events, ThinkingDelta)
        assert session.answer_now()
        assert session.inject("But check it.")
        assert session.unsaid == ("But check it.",)
        gate.open(99)
        rest = [event async for event in events]
        assert not session.inject("And this.")
        assert not session.answer_now()
    kinds = [type(event) for event in rest]
    assert [event.words for event in rest if isinstance(event, Unheard)] == [("But check it.",)]
    assert kinds.index(Unheard) < kinds.index(AnswerDelta)
    assert session.unsaid == ()


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
