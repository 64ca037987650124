"""Replies through r1chat's own engine: its tokeniser, sampler and llama.cpp on the file that is shipped."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from teacher import Problem, is_right

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.events import AnswerDelta, Done, Event, FinishReason, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import Command, GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine

ROOM: ContextVar[int] = ContextVar("room", default=1800)
"""Tokens of a reply at most."""
TOP_P = 0.95
GROUP = 8  # as many replies as the engine draws side by side


@dataclass(frozen=True)
class Job:
    """What to ask, and how."""

    problem: Problem
    heat: float
    seed: int
    mode: Mode = Mode.FULL
    samples: int = 1
    budget: int = 0
    """Tokens of thought, in mode `budget`."""
    prefix: Prefix | None = None
    past: tuple[Turn, ...] = ()
    """Turns before those that the problem itself needs."""
    command: Command | None = None
    """Sent into the thought once `after` tokens of it have come."""
    after: int = 0


@dataclass
class Reply:
    """One reply, graded."""

    right: bool = False
    ended: bool = False
    thought: str = ""
    answer: str = ""
    forced: str = ""
    """Words of the thought that the model did not say itself."""
    thought_tokens: int = 0
    tokens: int = 0
    prompt_tokens: int = 0
    seconds: float = 0.0
    ids: list[int] = field(default_factory=list)
    """The thought's tokens."""


def turns(job: Job) -> tuple[Turn, ...]:
    """The conversation that ends in the problem."""
    out: list[Turn] = [*job.past]
    for question, answer in job.problem.history:
        out += [Turn(Role.USER, question), Turn(Role.ASSISTANT, answer)]
    return (*out, Turn(Role.USER, job.problem.question))


def requests(job: Job) -> list[GenerateRequest]:
    """The job as the engine takes it, in groups of samples."""
    return [
        GenerateRequest(
            turns=turns(job),
            prefix=job.prefix,
            thinking=Thinking(mode=job.mode, budget=job.budget),
            sampling=Sampling(temperature=job.heat, top_p=TOP_P, seed=job.seed + first),
            max_tokens=ROOM.get(),
            samples=min(GROUP, job.samples - first),
        )
        for first in range(0, job.samples, GROUP)
    ]


def _note(reply: Reply, event: Event) -> None:
    match event:
        case ThinkingDelta(text=text, tokens=ids, forced=forced):
            reply.thought += text
            reply.forced += text if forced else ""
            reply.ids += ids
        case AnswerDelta(text=text):
            reply.answer += text
        case Done(reason=reason, stats=stats):
            reply.ended = reason is FinishReason.STOP
            reply.thought_tokens, reply.seconds = stats.thinking_tokens, stats.decode_s
            reply.tokens = stats.thinking_tokens + stats.answer_tokens
            reply.prompt_tokens = stats.prompt_tokens
        case _:
            pass


async def ask(engine: LocalEngine, job: Job) -> list[Reply]:
    """All samples of a job."""
    out: list[Reply] = []
    for request in requests(job):
        replies = [Reply() for _ in range(request.samples)]
        sent = job.command is None
        async for event in engine.generate(request):
            if isinstance(event, ThinkingDelta | AnswerDelta | Done):
                _note(replies[event.sample], event)
            if job.command is not None and not sent and len(replies[0].ids) >= job.after:
                engine.control(job.command)
                sent = True
        for reply in replies:
            before = job.prefix.answer if job.prefix else ""
            reply.right = reply.ended and is_right(job.problem, before + reply.answer)
        out += replies
    return out


async def _worker(model: Path, logs: Path, queue: list[tuple[int, Job]], out: dict[int, list[Reply]]) -> None:
    engine = LocalEngine(logs)
    async for _ in engine.load(LoadRequest(path=str(model), n_ctx=4096 * 4, n_threads=1)):
        pass
    while queue:
        place, job = queue.pop()
        out[place] = await ask(engine, job)
    await engine.aclose()


async def _run(model: Path, jobs: Sequence[Job], engines: int) -> list[list[Reply]]:
    out: dict[int, list[Reply]] = {}
    queue = list(enumerate(jobs))[::-1]
    with tempfile.TemporaryDirectory() as logs:
        await asyncio.gather(*(_worker(model, Path(logs), queue, out) for _ in range(engines)))
    return [out[place] for place in range(len(jobs))]


def run(model: Path, jobs: Sequence[Job], engines: int) -> list[list[Reply]]:
    """All jobs, on several engines side by side; the samples of each."""
    return asyncio.run(_run(model, jobs, engines))
