from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec.structs import replace

from r1chat.core.conversation import Origin
from r1chat.core.events import FinishReason, ThinkingDelta, ThoughtEnd
from r1chat.core.forks import Edited, Place, Reopened
from r1chat.core.ledger import Overflow
from r1chat.core.loops import AFTER
from r1chat.core.thinking import Channel
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply, ids, words
from r1chat.errors import UsageError
from r1chat.session import TurnOptions
from tests.session.turns import OPTIONS, Gate, Open, everything, on_disk, reply, until

SAID = Reply("one two three four", "it is five")
PROSE = " ".join(f"word{n}" for n in range(AFTER)) + "\n"
ROUND = "Wait, let me check that once more. So it is the same as before. "


async def test_a_reply_is_forked_inside_a_word_of_its_thought(session_of: Open, path: Path) -> None:
    engine = FakeEngine([SAID, Reply("one twice as much", "two")])
    session = session_of(engine)
    first = await reply(session.send("2+2?", OPTIONS))
    fork = await reply(session.fork(first.id, Place(Channel.THINKING, 6), OPTIONS))
    assert fork.thinking == "one twice as much"
    assert fork.text == "two"
    prefix = engine.requests[1].prefix
    assert prefix is not None
    assert (prefix.thinking, prefix.closed, prefix.tokens) == ("one tw", False, first.tokens)
    assert fork.tokens[:2] == ids(words("one tw"))
    assert (fork.parent_id, fork.forked_from, fork.origin) == (first.parent_id, first.id, Origin.FORK)
    assert on_disk(path)[-1] == replace(fork, forked_at=1)


async def test_a_reply_is_forked_in_its_answer(session_of: Open) -> None:
    engine = FakeEngine([SAID, Reply(SAID.thought, "it is six")])
    session = session_of(engine)
    first = await reply(session.send("2+2?", OPTIONS))
    fork = await reply(session.fork(first.id, Place(Channel.ANSWER, 5), OPTIONS))
    assert (fork.thinking, fork.text) == (first.thinking, "it is six")
    assert fork.thinking_closed


async def test_an_edited_thought_goes_on(session_of: Open) -> None:
    engine = FakeEngine([SAID, Reply("ten eleven", "twelve")])
    session = session_of(engine)
    first = await reply(session.send("2+2?", OPTIONS))
    fork = await reply(session.fork(first.id, Edited("ten"), OPTIONS))
    assert (fork.thinking, fork.text, fork.origin) == ("ten eleven", "twelve", Origin.INJECT)


async def test_a_closed_thought_is_opened_again(session_of: Open) -> None:
    engine = FakeEngine([SAID, Reply(SAID.thought + "\n\nWait, no.", "six")])
    session = session_of(engine)
    first = await reply(session.send("2+2?", OPTIONS))
    more = await reply(session.fork(first.id, Reopened(), OPTIONS))
    assert more.thinking == "one two three four\n\nWait, no."
    assert (more.text, more.origin) == ("six", Origin.THINK_MORE)


async def test_a_place_that_is_not_there_is_refused(session_of: Open) -> None:
    session = session_of(FakeEngine([SAID]))
    first = await reply(session.send("2+2?", OPTIONS))
    for where in (Place(Channel.THINKING, 99), Place(Channel.ANSWER, -1)):
        with pytest.raises(UsageError):
            await everything(session.fork(first.id, where, OPTIONS))
    assert first.parent_id is not None
    with pytest.raises(UsageError):
        await everything(session.fork(first.parent_id, Reopened(), OPTIONS))


async def test_words_put_into_a_thought_are_kept_as_the_persons(session_of: Open, path: Path) -> None:
    gate = Gate(2)
    session = session_of(FakeEngine([SAID], pace=gate))
    async with aclosing(session.send("2+2?", OPTIONS)) as events:
        await until(events, ThinkingDelta, 2)
        session.inject("Try six.")
        gate.open(99)
        async for _ in events:
            pass
    kept = on_disk(path)[-1]
    assert [words.text for words in kept.injected] == ["Try six."]
    assert "Try six." in kept.thinking


async def test_what_a_circle_withdrew_is_kept_beside_the_reply(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([Reply(PROSE + ROUND * 9 + "So it is 4.\n", "four")]))
    ended = await reply(session.send("2+2?", OPTIONS))
    kept = on_disk(path)[-1]
    assert kept == ended
    assert ROUND not in kept.thinking
    assert kept.finish_reason is FinishReason.STOP
    assert kept.stats is not None
    (circle,) = kept.stats.circles
    assert circle.at <= len(PROSE) + len("Wait")
    assert circle.copies == 3
    assert len(kept.tokens) == kept.stats.thinking_tokens + kept.stats.answer_tokens + 1


async def test_why_a_thought_was_closed_is_kept(session_of: Open) -> None:
    session = session_of(FakeEngine([Reply("very " * 400, "long")]))
    ended = await reply(session.send("2+2?", TurnOptions(seed=1, max_tokens=100)))
    assert ended.stats is not None
    assert ended.stats.thought_end is ThoughtEnd.LENGTH


async def test_turns_that_do_not_fit_are_left_out_and_named(session_of: Open) -> None:
    engine = FakeEngine([Reply("", "yes " * 90) for _ in range(4)], n_ctx=512)
    session = session_of(engine)
    options = TurnOptions(seed=1, overflow=Overflow.DROP_OLDEST)
    await reply(session.send("first " * 90, options))
    await reply(session.send("second " * 90, options))
    third = await reply(session.send("third " * 90, options))
    assert third.stats is not None
    assert third.stats.left_out
    assert third.stats.left_out[0].question.startswith("first first")
