"""Every misuse and accident that ends a process of llama.cpp, done to the child: the parent lives on."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from signal import Signals

import pytest

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import Done, FinishReason
from r1chat.core.prompt import Turn
from r1chat.engine.base import EngineCrashed, GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.paths import tiny_model

ORDER = "go wrong: "
SABOTEUR = (sys.executable, "-P", str(Path(__file__).with_name("saboteur.py")))

EXPECTED = {
    "tokens": (Signals.SIGABRT, "n_tokens"),
    "outputs": (Signals.SIGABRT, "n_outputs"),
    "logits": (Signals.SIGABRT, "logits"),
    "state": (Signals.SIGABRT, ""),
    "sampler": (Signals.SIGSEGV, ""),
    "copy": (Signals.SIGABRT, ""),
    "memory": (Signals.SIGABRT, "bad_alloc"),
    "abort": (Signals.SIGABRT, ""),
    "segv": (Signals.SIGSEGV, ""),
    "kill": (Signals.SIGKILL, ""),
}
"""What ends the child, and what its log says last."""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[LocalEngine]:
    async with contextlib.aclosing(LocalEngine(tmp_path / "logs", worker=SABOTEUR)) as engine:
        async for _ in engine.load(LoadRequest(path=str(tiny_model()), n_ctx=1024)):
            pass
        yield engine


async def ask(engine: LocalEngine, text: str) -> FinishReason:
    request = GenerateRequest(turns=(Turn(Role.USER, text),), sampling=Sampling(seed=1), max_tokens=8)
    async with contextlib.aclosing(engine.generate(request)) as events:
        return [event.reason async for event in events if isinstance(event, Done)][-1]


@pytest.mark.parametrize("order", EXPECTED)
async def test_the_child_dies_and_the_next_turn_works(engine: LocalEngine, order: str) -> None:
    number, last_words = EXPECTED[order]
    with pytest.raises(EngineCrashed) as caught:
        await ask(engine, ORDER + order)
    crash = caught.value
    assert crash.signal is number
    assert number.name in crash.message
    assert crash.hint
    assert last_words in crash.log_tail
    assert last_words in crash.hint
    assert engine.model is None
    assert await ask(engine, "hello") is FinishReason.LENGTH
