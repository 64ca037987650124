"""What a turn does not read again: all that it shares with what the engine holds."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.wire import ProbeRequest
from r1chat.paths import tiny_model

TAIL = 3
"""Tokens behind the last turn of a prompt: the assistant's mark, `<think>` and a newline."""


class Said(NamedTuple):
    """One reply."""

    thought: str
    thought_ids: tuple[int, ...]
    answer: str
    cached: int
    prompt: int


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[LocalEngine]:
    async with contextlib.aclosing(LocalEngine(tmp_path / "logs")) as engine:
        async for _ in engine.load(LoadRequest(path=str(tiny_model()), n_ctx=4096)):
            pass
        yield engine


def chat(*texts: str) -> tuple[Turn, ...]:
    roles = (Role.USER, Role.ASSISTANT)
    return tuple(Turn(roles[index % 2], text.strip("\n")) for index, text in enumerate(texts))


async def ask(engine: LocalEngine, *texts: str, prefix: Prefix | None = None) -> Said:
    """One reply; the engine has rested when it is returned."""
    request = GenerateRequest(
        turns=chat(*texts), prefix=prefix, sampling=Sampling(seed=1, temperature=0.0), max_tokens=150
    )
    thought = answer = ""
    ids: tuple[int, ...] = ()
    ends: list[Done] = []
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            match event:
                case ThinkingDelta(text=text, tokens=tokens):
                    thought, ids = thought + text, ids + tokens
                case AnswerDelta(text=text):
                    answer += text
                case Done():
                    ends.append(event)
    stats = ends[0].stats
    await engine.probe(ProbeRequest())
    return Said(thought, ids, answer, stats.cached_tokens, stats.prompt_tokens)


async def length(engine: LocalEngine, *texts: str) -> int:
    """Tokens of a conversation up to the end of its last turn."""
    return len((await engine.probe(ProbeRequest(chat(*texts)))).prompt_ids) - TAIL


async def test_in_every_turn_all_but_the_new_question_is_in_the_cache(engine: LocalEngine) -> None:
    said: list[str] = []
    for number in range(1, 11):
        before = await length(engine, *said) if said else 0
        reply = await ask(engine, *said, f"Compute {number} + {2 * number}.")
        assert reply.cached == before
        said += [f"Compute {number} + {2 * number}.", reply.answer]


async def test_walking_between_siblings_reads_no_question_of_either_again(engine: LocalEngine) -> None:
    first = "Compute 47 + 386."
    root = await ask(engine, first)
    left, right = (first, root.answer, "Now double it."), (first, root.answer, "Is 433 a prime number?")
    replies = [await ask(engine, *left), await ask(engine, *right)]
    for _ in range(2):
        for branch, reply in zip((left, right), replies, strict=True):
            again = await ask(engine, *branch)
            assert again.cached == again.prompt - 1
            deeper = await ask(engine, *branch, reply.answer, "Why?")
            assert deeper.cached >= await length(engine, *branch, reply.answer) - 1


async def test_an_edited_question_keeps_what_stands_before_the_edit(engine: LocalEngine) -> None:
    opening = "Compute 47 + 386. " + "Take your time. " * 20
    old = await ask(engine, opening + "Be brief.")
    new = await ask(engine, opening + "Check it twice.")
    assert new.cached >= old.prompt - TAIL - 8


async def test_a_thought_that_is_forked_or_edited_keeps_what_stands_before_the_cut(
    engine: LocalEngine,
) -> None:
    question = "Solve: x^2 - 11x + 24 = 0"
    whole = await ask(engine, question)
    for cut in (len(whole.thought) // 3, len(whole.thought) // 2, len(whole.thought) - 1):
        kept = whole.thought[:cut]
        for words in (kept, kept + " No, wait."):
            forked = await ask(engine, question, prefix=Prefix(thinking=words, tokens=whole.thought_ids))
            assert forked.cached >= whole.prompt + cut // 8
            read = forked.prompt - forked.cached
            assert read <= 1 + len(words) - len(kept) + 4
