"""Thoughts and answers that go round in circles, on the scripted engine and on a real model made to loop."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.events import AnswerDelta, Done, FinishReason, Resumed, Rewound, ThinkingDelta, ThoughtEnd
from r1chat.core.loops import AFTER, IN_ANSWER
from r1chat.core.prompt import CLOSING, Prefix, Turn
from r1chat.engine.base import Engine, GenerateRequest, LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.engine.local import LocalEngine
from tests.engine.looping import looping_model

PROSE = " ".join(f"word{n}" for n in range(AFTER)) + "\n"
ROUND = "Wait, let me check that once more. So it is the same as before. "
BEGUN = Prefix(thinking="".join(f"{n}+{n + 7}={2 * n + 7}\n" for n in range(75)))
"""What a real thought begins with, so that circles are looked for at once."""
OTHER = "Perhaps it is wrong, though. I add up again and get the sum. Hm. "


def ask(prefix: Prefix | None = None, **more: object) -> GenerateRequest:
    return GenerateRequest(
        turns=(Turn(Role.USER, "hello"),), sampling=Sampling(seed=3, temperature=0.0), prefix=prefix, **more
    )


@dataclass
class Followed:
    """A reply as whoever follows its events has it."""

    thought: str = ""
    answer: str = ""
    begun: tuple[int, ...] = ()
    tokens: list[int] = field(default_factory=list)
    cuts: list[Rewound] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    done: Done | None = None


async def follow(engine: Engine, request: GenerateRequest) -> Followed:
    it = Followed()
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            match event:
                case Resumed(tokens=tokens):
                    it.begun = tokens
                case ThinkingDelta(text=text, tokens=tokens):
                    it.thought += text
                    it.tokens += tokens
                case AnswerDelta(text=text, tokens=tokens):
                    it.answer += text
                    it.tokens += tokens
                case Rewound(tokens=tokens, characters=characters):
                    it.cuts.append(event)
                    it.withdrawn.append(it.thought[len(it.thought) - characters :])
                    it.thought = it.thought[: len(it.thought) - characters]
                    del it.tokens[len(it.tokens) - tokens :]
                case Done():
                    it.done = event
    return it


def as_prefix(heard: Followed) -> Prefix:
    """All that was said, to go on from."""
    assert heard.done is not None
    return Prefix(
        thinking=BEGUN.thinking + heard.thought,
        answer=heard.answer,
        closed=heard.done.stats.thought_end is not None,
        tokens=(*heard.begun, *heard.tokens),
    )


async def loaded(engine: Engine, path: Path | str = "fake", n_ctx: int = 4096) -> Engine:
    async for _ in engine.load(LoadRequest(path=str(path), n_ctx=n_ctx)):
        pass
    return engine


@pytest.fixture
async def looping(tmp_path: Path) -> AsyncIterator[Engine]:
    """A real model that says one word for ever."""
    async with contextlib.aclosing(LocalEngine(tmp_path / "logs")) as engine:
        yield await loaded(engine, looping_model(tmp_path / "loop.gguf", "attn_output"))


def is_round(event: Rewound, text: str) -> bool:
    """The withdrawn text is its words over and over."""
    return bool(text) and (event.words * (event.copies + 1))[: len(text)] == text


async def test_a_thought_is_cut_back_to_before_its_circle_and_goes_on() -> None:
    engine = await loaded(FakeEngine([Reply(PROSE + ROUND * 9 + "So it is 4.\n", "four")]))
    heard = await follow(engine, ask())
    assert heard.thought.startswith(PROSE.rstrip())
    assert heard.thought.endswith("So it is 4.\n")
    assert ROUND not in heard.thought
    assert [cut.copies for cut in heard.cuts] == [3]
    assert is_round(heard.cuts[0], heard.withdrawn[0])
    assert heard.answer == "four"
    assert heard.done is not None
    assert heard.done.stats.thought_end is ThoughtEnd.MODEL
    assert heard.done.stats.thinking_tokens + heard.done.stats.answer_tokens + 1 == len(heard.tokens)


async def test_a_thought_that_circles_again_is_closed_and_answered() -> None:
    script = PROSE + ROUND * 9 + "So it is 4.\n" + OTHER * 9 + "Never said.\n"
    heard = await follow(await loaded(FakeEngine([Reply(script, "four")])), ask())
    assert len(heard.cuts) == 2
    assert OTHER not in heard.thought
    assert heard.thought.rstrip().endswith(CLOSING)
    assert heard.answer == "four"
    assert heard.done is not None
    assert heard.done.stats.thought_end is ThoughtEnd.LOOP


async def test_an_answer_that_circles_ends_with_loop_and_loses_nothing() -> None:
    engine = await loaded(FakeEngine([Reply("so", "again and again " * 2000)], n_ctx=16_384))
    heard = await follow(engine, ask())
    assert heard.done is not None
    assert heard.done.reason is FinishReason.LOOP
    assert heard.cuts == []
    assert IN_ANSWER <= heard.done.stats.answer_tokens < IN_ANSWER + AFTER


async def test_a_real_model_that_circles_is_cut_then_closed_and_still_answers(looping: Engine) -> None:
    heard = await follow(looping, ask(BEGUN, max_tokens=600))
    assert len(heard.cuts) == 2
    assert all(is_round(*pair) for pair in zip(heard.cuts, heard.withdrawn, strict=True))
    assert heard.thought.rstrip().endswith(CLOSING)
    assert heard.answer
    assert heard.done is not None
    assert heard.done.stats.thought_end is ThoughtEnd.LOOP
    assert heard.done.stats.thinking_tokens + heard.done.stats.answer_tokens + 1 == len(heard.tokens)


async def test_what_a_cut_leaves_in_the_cache_is_what_a_cold_engine_reads(
    tmp_path: Path,
) -> None:
    path = looping_model(tmp_path / "loop.gguf", "attn_output")
    async with contextlib.aclosing(LocalEngine(tmp_path / "warm")) as engine:
        await loaded(engine, path)
        heard = await follow(engine, ask(BEGUN, max_tokens=250))
        prefix = as_prefix(heard)
        warm = await follow(engine, ask(prefix, max_tokens=60))
    assert heard.cuts
    assert warm.done is not None
    assert warm.done.stats.cached_tokens >= warm.done.stats.prompt_tokens - 2
    async with contextlib.aclosing(LocalEngine(tmp_path / "cold")) as cold:
        await loaded(cold, path)
        fresh = await follow(cold, ask(prefix, max_tokens=60))
    assert fresh.tokens == warm.tokens


async def test_samples_that_circle_are_each_cut_by_themselves(looping: Engine) -> None:
    request = GenerateRequest(
        turns=(Turn(Role.USER, "hello"),),
        sampling=Sampling(seed=3, temperature=0.0),
        prefix=BEGUN,
        samples=2,
        max_tokens=250,
    )
    cuts: list[Rewound] = []
    ends: list[Done] = []
    counts = [0, 0]
    async with contextlib.aclosing(looping.generate(request)) as events:
        async for event in events:
            match event:
                case Rewound():
                    cuts.append(event)
                    counts[event.sample] -= event.tokens
                case ThinkingDelta() | AnswerDelta():
                    counts[event.sample] += len(event.tokens)
                case Done():
                    ends.append(event)
    assert {cut.sample for cut in cuts} == {0, 1}
    assert sorted(end.sample for end in ends) == [0, 1]
    for end in ends:
        closed = end.stats.thought_end is not None
        assert counts[end.sample] == end.stats.thinking_tokens + end.stats.answer_tokens + closed


async def test_a_circle_in_what_a_thought_began_with_is_seen_and_the_beginning_stays() -> None:
    begun = PROSE + ROUND * 2
    engine = await loaded(FakeEngine([Reply(begun + ROUND * 9 + "So it is 4.\n", "four")]))
    heard = await follow(engine, ask(Prefix(thinking=begun)))
    assert heard.cuts
    assert heard.thought.endswith("So it is 4.\n")
    assert ROUND not in heard.thought
    assert heard.answer == "four"


async def test_a_thought_may_say_a_thing_twice_and_a_short_one_whatever_it_likes() -> None:
    for thought in (PROSE + ROUND * 2 + "So.\n", ROUND * 12):
        heard = await follow(await loaded(FakeEngine([Reply(thought, "four")])), ask())
        assert heard.cuts == []
        assert heard.thought == thought


async def test_with_thinking_off_nothing_is_withdrawn() -> None:
    engine = await loaded(FakeEngine([Reply("", PROSE + ROUND * 5)]))
    heard = await follow(engine, ask(thinking=Thinking(Mode.OFF)))
    assert heard.cuts == []
    assert heard.answer == PROSE + ROUND * 5
