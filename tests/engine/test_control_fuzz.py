"""Random sequences of everything that can be done to a reply; then the child's KV is read back.

What the child holds in its cache must not be seen in what it says: after each sequence its greedy words
are those of a child whose cache is empty. R1CHAT_FUZZ=n makes n times as many sequences.
"""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.events import AnswerDelta, Done, Resumed, Rewound, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import AnswerNow, Command, GenerateRequest, Inject, LoadRequest, Stop
from r1chat.engine.local import LocalEngine
from r1chat.paths import tiny_model

TIMES = int(os.environ.get("R1CHAT_FUZZ", "1"))
QUESTIONS = ("Compute 47 + 386.", "Solve: x^2 - 11x + 24 = 0", "hello", "Now double it.", "日本語 für 😀?")
WORDS = "Wait, check that: 3×4=12 😀."
N_CTX = 1024


@dataclass(frozen=True)
class Step:
    """One request, and what is done to it."""

    turns: tuple[int, ...]
    """Questions by number; each but the last with an answer."""
    fork: float | None
    """Go on from so much of the last reply to the same turns."""
    temperature: float
    thinking: Thinking
    max_tokens: int
    samples: int
    command: Command | None
    after: int
    """Deltas before the command."""
    leave: bool
    """Close the stream instead."""


@dataclass
class Said:
    """The first sample of a reply."""

    thought: str = ""
    answer: str = ""
    closed: bool = False
    tokens: list[int] = field(default_factory=list)

    def cut(self, share: float) -> Prefix:
        """A beginning of it, cut anywhere."""
        at = round(share * (len(self.thought) + len(self.answer)))
        inside = at < len(self.thought) or not self.closed
        answer = "" if inside else self.answer[: at - len(self.thought)]
        return Prefix(self.thought[:at], answer, not inside, tuple(self.tokens))


steps = st.builds(
    Step,
    turns=st.lists(st.sampled_from(range(len(QUESTIONS))), min_size=1, max_size=3).map(tuple),
    fork=st.none() | st.floats(0, 1),
    temperature=st.sampled_from((0.0, 0.8, 1.5)),
    thinking=st.sampled_from((Thinking(), Thinking(), Thinking(Mode.BUDGET, 30), Thinking(Mode.OFF))),
    max_tokens=st.integers(1, 60),
    samples=st.sampled_from((1, 1, 1, 3)),
    command=st.none() | st.sampled_from((Stop(), AnswerNow(), Inject(WORDS))),
    after=st.integers(0, 3),
    leave=st.booleans(),
)


class Child:
    """A real engine on an event loop of its own, for tests that are not asynchronous."""

    def __init__(self, logs: Path) -> None:
        self._runner = asyncio.Runner()
        self._engine = LocalEngine(logs)
        self._loads = 0

    def empty(self) -> None:
        """Load anew: nothing is in the cache."""
        self._loads += 1
        request = LoadRequest(path=str(tiny_model()), n_ctx=N_CTX, n_threads=(1, None)[self._loads % 2])
        self._runner.run(self._load(request))

    def close(self) -> None:
        self._runner.run(self._engine.aclose())
        self._runner.close()

    def ask(self, request: GenerateRequest, step: Step | None = None) -> Said:
        return self._runner.run(self._ask(request, step))

    async def _load(self, request: LoadRequest) -> None:
        async for _ in self._engine.load(request):
            pass

    async def _ask(self, request: GenerateRequest, step: Step | None) -> Said:
        said = Said(request.prefix.thinking, request.prefix.answer) if request.prefix else Said()
        said.closed = request.prefix.closed if request.prefix else request.thinking.mode is Mode.OFF
        deltas = ends = 0
        async with contextlib.aclosing(self._engine.generate(request)) as events:
            async for event in events:
                match event:
                    case Resumed(tokens):
                        said.tokens = list(tokens)
                    case ThinkingDelta(sample=0, text=text, tokens=tokens, closed=closed):
                        said.thought += text
                        said.tokens += tokens
                        said.closed = said.closed or closed
                    case AnswerDelta(sample=0, text=text, tokens=tokens):
                        said.answer += text
                        said.tokens += tokens
                    case Rewound(sample=0, tokens=count, characters=characters):
                        said.thought = said.thought[: len(said.thought) - characters]
                        del said.tokens[len(said.tokens) - count :]
                    case Done():
                        ends += 1
                if step is None:
                    continue
                deltas += isinstance(event, ThinkingDelta | AnswerDelta)
                if step.command is not None and deltas == step.after:
                    if step.leave:
                        return said
                    self._engine.control(step.command)
        assert ends == request.samples
        return said


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, Child]]:
    pair = tuple(Child(tmp_path_factory.mktemp("logs")) for _ in range(2))
    yield pair[0], pair[1]
    for child in pair:
        child.close()


def request(turns: tuple[int, ...], prefix: Prefix | None, **more: object) -> GenerateRequest:
    said: list[Turn] = []
    for number in turns:
        said += (Turn(Role.USER, QUESTIONS[number]), Turn(Role.ASSISTANT, f"It is \\boxed{{{number}}}."))
    return GenerateRequest(turns=tuple(said[:-1]), prefix=prefix, drafts=False, **more)


def cold_replies(cold: Child, greedy: GenerateRequest, said: Said) -> Iterator[Said]:
    """What an empty child says, having read the prompt in one piece, or in two.

    Differently sized batches move the last bits of the logits, so that a choice between two words of the same
    weight may fall either way; cells that hold the wrong tokens would be seen in each.
    """
    for share in (1.0, 0.5, 0.2, 0.8, 0.0):
        cold.empty()
        if share < 1.0:
            cold.ask(replace(greedy, prefix=said.cut(share), max_tokens=1))
        yield cold.ask(greedy)


def nearly_greedy_replies(cold: Child, greedy: GenerateRequest) -> Iterator[Said]:
    """What the same child says where a word may give way to one of almost its weight, and to no other."""
    for seed in range(40):
        yield cold.ask(replace(greedy, sampling=Sampling(seed=seed, temperature=0.15)))


@settings(
    max_examples=8 * TIMES,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, min_size=1, max_size=6))
def test_whatever_was_done_the_cache_holds_what_a_cold_child_reads(
    children: tuple[Child, Child], sequence: list[Step]
) -> None:
    warm, cold = children
    warm.empty()
    last: dict[tuple[int, ...], Said] = {}
    for seed, step in enumerate(sequence):
        known = last.get(step.turns)
        prefix = known.cut(step.fork) if known is not None and step.fork is not None else None
        asked = request(
            step.turns,
            prefix,
            sampling=Sampling(seed=seed, temperature=step.temperature),
            thinking=step.thinking,
            max_tokens=step.max_tokens,
            samples=step.samples,
        )
        last[step.turns] = warm.ask(asked, step)
    turns, said = list(last.items())[-1]
    whole = Prefix(said.thought, said.answer, said.closed, tuple(said.tokens))
    greedy = request(turns, whole, sampling=Sampling(seed=0, temperature=0.0), max_tokens=8)
    reply = warm.ask(greedy)
    assert reply in chain(cold_replies(cold, greedy, said), nearly_greedy_replies(cold, greedy))
