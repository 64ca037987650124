"""What `r1chat bench` measures on a local engine, one figure after the other."""

import random
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from r1chat.childproc import Child, next_log
from r1chat.core.conversation import Role, Sampling, Thinking
from r1chat.core.events import Done, Stats
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest, ModelInfo
from r1chat.engine.local import LocalEngine, child_env
from r1chat.engine.wire import Probe, ProbeRequest

PROMPTS = 512, 4096
"""Tokens to be read; fewer where the context is smaller."""
SAMPLES = 1, 4, 8
SENTENCE = "Compute 47 + 386. "
MARGIN = 32
"""Tokens that a prompt has beside its sentences, at most."""


class Reading(msgspec.Struct, frozen=True):
    """Prompt of so many tokens, read and then gone on with."""

    prompt_tokens: int
    prefill_tokens_per_s: float
    decode_tokens_per_s: float


class Sampled(msgspec.Struct, frozen=True):
    """So many replies to one prompt at once."""

    samples: int
    tokens_per_s: float
    """Of all together."""


class Bench(msgspec.Struct, kw_only=True):
    """What was measured. Memory in bytes."""

    build: Probe
    model: ModelInfo
    readings: list[Reading] = []
    sampled: list[Sampled] = []
    memory: int = 0
    """Of the engine's process, the most it ever had where the system tells, else now."""
    overhead_ms: float | None = None
    """The engine's own CPU time a token; None where it could not be measured."""


class Measure:
    """Runs the steps on an engine; `tokens` are made in each, `logs` is where a child's log goes."""

    def __init__(self, engine: LocalEngine, request: LoadRequest, tokens: int, logs: Path) -> None:
        self._engine, self._request, self._tokens, self._logs = engine, request, tokens, logs
        self.steps = 2 + len(PROMPTS) + len(SAMPLES)
        """How many times `run` tells of a step, one at a time."""

    async def run(self) -> AsyncIterator[tuple[str, Bench | None]]:
        """What comes next, with None; at the end the whole. Raises the engine's errors."""
        yield "loading the model", None
        async for _ in self._engine.load(self._request):
            pass
        model = self._engine.model
        if model is None:
            return
        bench = Bench(build=await self._engine.probe(ProbeRequest()), model=model)
        room = model.n_ctx - self._tokens - MARGIN
        for size in PROMPTS:
            yield f"reading {min(size, room):,} tokens", None
            [stats] = await self._reply(min(size, room))
            read = stats.prompt_tokens - stats.cached_tokens
            speed = read / stats.prefill_s if stats.prefill_s else 0.0
            bench.readings.append(Reading(stats.prompt_tokens, speed, stats.decode_tokens_per_s))
        for count in SAMPLES:
            yield f"{count} sample(s) at once", None
            if room > 2 * count * self._tokens:
                replies = await self._reply(64, count)
                made = sum(stats.thinking_tokens + stats.answer_tokens for stats in replies)
                seconds = max(stats.decode_s for stats in replies)
                bench.sampled.append(Sampled(count, made / seconds if seconds else 0.0))
        bench.memory = _peak(self._engine.pid or 0)
        yield "the engine's own cost", None
        await self._engine.aclose()
        bench.overhead_ms = await self._overhead(min(PROMPTS[0], room))
        yield "done", bench

    async def _reply(self, prompt: int, samples: int = 1) -> list[Stats]:
        """Of a question that no cache can know."""
        first = random.SystemRandom().randrange(10**9)
        each = await self._length(SENTENCE * 64) / 64
        text = f"{first}: " + SENTENCE * max(1, int((prompt - MARGIN) / each))
        request = GenerateRequest(
            turns=(Turn(Role.USER, text),),
            sampling=Sampling(seed=1),
            thinking=Thinking(reserve=0),
            max_tokens=self._tokens,
            samples=samples,
            drafts=False,  # its own sentence over and over would be guessed too well
        )
        return [event.stats async for event in self._engine.generate(request) if isinstance(event, Done)]

    async def _length(self, text: str) -> int:
        """Tokens of a question."""
        return len((await self._engine.probe(ProbeRequest((Turn(Role.USER, text),)))).prompt_ids)

    async def _overhead(self, context: int) -> float | None:
        argv = [sys.executable, "-P", "-m", "r1chat.engine.worker.overhead", self._request.path]
        child = await Child.spawn([*argv, str(context), str(self._tokens)], next_log(self._logs), child_env())
        try:
            line = await child.line()
        finally:
            await child.stop()
        with suppress(ValueError):
            return float(line or b"")
        return None


def _peak(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0
