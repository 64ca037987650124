"""What becomes of a thought that a person or the engine meddles with, on held-out problems, each as a share.

Every way starts from the model's own greedy thought about the same problems, so that its figure stands beside
`plain`, the one without meddling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from asking import Job, Reply, run
from teacher import FAMILIES, Problem, held_out

from r1chat.core.conversation import Mode, Role
from r1chat.core.prompt import CLOSING, Prefix, Turn
from r1chat.engine.base import AnswerNow, Inject

SEED = 4052
WORDS = "Wait, check that by substituting."
PAST_TURNS = 24
PAST_KINDS = ("add", "linear", "ops", "percent", "word2", "derivative")
CHECKING = re.compile(r"^Check.*\n?.*\d.*\n", re.MULTILINE)  # its first line and numbers, not only the word
Measured = dict[str, float]


def cut(reply: Reply, share: float) -> str:
    """The beginning of a thought, cut between two words or signs."""
    place = int(len(reply.thought.rstrip("\n")) * share)
    while place > 0 and reply.thought[place - 1].isalnum() and reply.thought[place : place + 1].isalnum():
        place -= 1
    return reply.thought[:place]


def past(rng: Random) -> tuple[Turn, ...]:
    """Earlier turns about other problems, right answers only."""
    out: list[Turn] = []
    for number in range(PAST_TURNS):
        family = FAMILIES[PAST_KINDS[number % len(PAST_KINDS)]]
        problem = family.problem(rng, False)
        out += [Turn(Role.USER, problem.question), Turn(Role.ASSISTANT, family.answer(problem, rng))]
    return tuple(out)


def _ways(rng: Random) -> dict[str, Callable[[Problem, Reply], Job]]:
    def inject(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, command=Inject(text=WORDS), after=int(r.thought_tokens * rng.uniform(0.2, 0.8)))

    def answer_now(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, command=AnswerNow(), after=int(r.thought_tokens * rng.uniform(0.2, 0.8)))

    def half_budget(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, Mode.BUDGET, budget=max(8, r.thought_tokens // 2))

    def most_budget(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, Mode.BUDGET, budget=max(8, r.thought_tokens * 9 // 10))

    def goes_on(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, prefix=Prefix(thinking=cut(r, rng.uniform(0.2, 0.8))))

    def reopened(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, prefix=Prefix(thinking=r.thought.rstrip("\n") + "\n\nWait,"))

    def long_past(p: Problem, r: Reply) -> Job:
        return Job(p, 0.0, 1, past=past(rng))

    return {
        "words put in": inject, "answer now": answer_now, "half of the thought": half_budget,
        "nine tenths of it": most_budget, "cut and continued": goes_on, "reopened": reopened,
        "long conversation": long_past,
    }  # fmt: skip


def _figures(replies: Sequence[Reply]) -> Measured:
    n = max(1, len(replies))
    return {
        "right": round(sum(r.right for r in replies) / n, 4),
        "ended": round(sum(r.ended for r in replies) / n, 4),
        "boxed": round(sum("\\boxed{" in r.answer for r in replies) / n, 4),
        "prompt_tokens": round(sum(r.prompt_tokens for r in replies) / n),
        "replies": len(replies),
    }


def _heeded(replies: Sequence[Reply]) -> float:
    """Share of thoughts with the line of a check, finished, after the words that were put in."""
    reached = [r.thought.split(WORDS, 1)[1] for r in replies if WORDS in r.thought]
    return round(sum(CHECKING.search(text + "\n") is not None for text in reached) / max(1, len(reached)), 4)


def steering(model: Path, n: int, engines: int) -> dict[str, Measured]:
    """Every way of meddling with its figures; `n` held-out problems of each kind that is thought about."""
    problems = [p for f in FAMILIES if f != "chat" for p in held_out(SEED, f, n)]
    plain = [r[0] for r in run(model, [Job(p, 0.0, 1) for p in problems], engines)]
    out = {"plain": _figures(plain)}
    for name, make in _ways(Random(SEED)).items():
        jobs = [make(p, r) for p, r in zip(problems, plain, strict=True)]
        replies = [r[0] for r in run(model, jobs, engines)]
        if jobs[0].command is not None:  # where the thought was over before the words came, nothing was tried
            words = WORDS if isinstance(jobs[0].command, Inject) else CLOSING
            replies = [r for r in replies if words in r.forced]
        out[name] = _figures(replies)
        if name == "words put in":
            out[name]["heeded"] = _heeded(replies)
    return out
