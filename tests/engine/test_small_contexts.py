"""A context smaller than a batch: llama.cpp cuts the batch to it."""

import contextlib
from pathlib import Path

import pytest

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import Done
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.paths import tiny_model


@pytest.mark.parametrize(("n_ctx", "numbers"), [(64, 20), (128, 40), (300, 80)])
async def test_a_prompt_longer_than_the_context_that_was_asked_for_is_read_in_smaller_batches(
    tmp_path: Path, n_ctx: int, numbers: int
) -> None:
    words = " ".join(str(number) for number in range(100, 100 + numbers))
    request = GenerateRequest(
        turns=(Turn(Role.USER, words),), sampling=Sampling(seed=1, temperature=0.0), max_tokens=8
    )
    async with contextlib.aclosing(LocalEngine(tmp_path / "logs")) as engine:
        async for _ in engine.load(LoadRequest(path=str(tiny_model()), n_ctx=n_ctx)):
            pass
        assert engine.model is not None
        done = [event async for event in engine.generate(request) if isinstance(event, Done)][-1]
        assert n_ctx < done.stats.prompt_tokens < engine.model.n_ctx
