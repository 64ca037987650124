from contextlib import aclosing
from pathlib import Path

import pytest

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import FinishReason, ThinkingDelta
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.errors import R1ChatError
from r1chat.session import TurnEnded, TurnOptions, TurnStarted
from tests.session.turns import OPTIONS, SIMPLE, Gate, Open, everything, on_disk, reply, until


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
