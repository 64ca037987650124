"""Measures the shipped GGUF on held-out problems, through r1chat's own engine.

    PYTHONPATH=../.. python evaluate.py                     200 problems a family, 16 samples for the votes
    PYTHONPATH=../.. python evaluate.py --n 40 --votes 0    a quick look

pass@1 (greedy, and at temperature 0.6, top-p 0.95), with thinking and without, run through r1chat's
LocalEngine: its tokeniser, sampler and llama.cpp on the very file that is shipped. Votes need 16 samples of
every problem; they are drawn by batched PyTorch from the weights read back out of that file (see votes.py),
which is faster. Writes results.json beside this file and prints the table.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from teacher import FAMILIES, Problem, held_out, is_right
from teacher.showcase import SHOWCASE

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.events import AnswerDelta, Done, FinishReason, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "assets" / "tiny" / "tiny.gguf"
RESULTS = HERE / "results.json"
SEED = 2026
MAX_TOKENS = 1200
SAMPLED = 0.6
SHOWN_RUNS = 10
Table = dict[str, dict[str, float]]
SHOWN = tuple(p for p in SHOWCASE if p.family not in ("letters", "decimals"))


@dataclass(frozen=True)
class Job:
    """One reply to get."""

    problem: Problem
    mode: Mode
    heat: float
    seed: int


@dataclass(frozen=True)
class Reply:
    """One reply, graded."""

    right: bool
    ended: bool
    thought: str
    answer: str
    thought_tokens: int
    tokens: int
    seconds: float


def turns(problem: Problem) -> tuple[Turn, ...]:
    """The conversation that ends in the problem."""
    out: list[Turn] = []
    for question, answer in problem.history:
        out += [Turn(Role.USER, question), Turn(Role.ASSISTANT, answer)]
    return (*out, Turn(Role.USER, problem.question))


async def reply(engine: LocalEngine, job: Job) -> Reply:
    """Run one job."""
    request = GenerateRequest(
        turns=turns(job.problem),
        thinking=Thinking(mode=job.mode),
        sampling=Sampling(temperature=job.heat, top_p=0.95, seed=job.seed),
        max_tokens=MAX_TOKENS,
    )
    thought, answer, ended = "", "", False
    spent, thinking_tokens, tokens = 0.0, 0, 0
    async for event in engine.generate(request):
        match event:
            case ThinkingDelta(text=text):
                thought += text
            case AnswerDelta(text=text):
                answer += text
            case Done(reason=reason, stats=stats):
                ended = reason is FinishReason.STOP
                thinking_tokens, spent = stats.thinking_tokens, stats.decode_s
                tokens = stats.thinking_tokens + stats.answer_tokens
            case _:
                pass
    right = ended and is_right(job.problem, answer)
    return Reply(right, ended, thought, answer, thinking_tokens, tokens, spent)


async def _worker(model: Path, logs: Path, queue: list[tuple[int, Job]], out: list[Reply | None]) -> None:
    engine = LocalEngine(logs)
    async for _ in engine.load(LoadRequest(path=str(model), n_ctx=4096, n_threads=1)):
        pass
    while queue:
        place, job = queue.pop()
        out[place] = await reply(engine, job)
    await engine.aclose()


async def run(model: Path, jobs: Sequence[Job], engines: int) -> list[Reply]:
    """All jobs, on several engines side by side."""
    out: list[Reply | None] = [None] * len(jobs)
    queue = list(enumerate(jobs))[::-1]
    with tempfile.TemporaryDirectory() as logs:
        await asyncio.gather(*(_worker(model, Path(logs), queue, out) for _ in range(engines)))
    return [item for item in out if item is not None]


def share(replies: Sequence[Reply]) -> float:
    """Share of right replies."""
    return round(sum(r.right for r in replies) / max(1, len(replies)), 4)


WAYS = {
    "sampled": (Mode.FULL, SAMPLED), "sampled_off": (Mode.OFF, SAMPLED),
    "greedy_off": (Mode.OFF, 0.0), "greedy": (Mode.FULL, 0.0),
}  # fmt: skip


def measure(model: Path, n: int, engines: int, way: str, table: Table) -> None:
    """pass@1 per family in one of the ways, into the table; with it the length of the thoughts."""
    mode, heat = WAYS[way]
    jobs = [Job(p, mode, heat, SEED + i) for f in FAMILIES for i, p in enumerate(held_out(SEED, f, n))]
    replies = asyncio.run(run(model, jobs, engines))
    for f in FAMILIES:
        mine = [r for r, j in zip(replies, jobs, strict=True) if j.problem.family == f]
        row = table.setdefault(f, {})
        row[way] = share(mine)
        if way == "sampled":
            row["problems"] = len(mine)
            row["thought_tokens"] = round(sum(r.thought_tokens for r in mine) / max(1, len(mine)), 1)
            row["tokens_per_s"] = round(sum(r.tokens for r in mine) / max(1e-9, sum(r.seconds for r in mine)))
            row["unfinished"] = sum(not r.ended for r in mine)


def showcase(model: Path) -> list[dict[str, object]]:
    """The questions that readers are shown: once greedy, then sampled."""
    jobs = [Job(p, Mode.FULL, 0.0, 1) for p in SHOWN]
    jobs += [Job(p, Mode.FULL, SAMPLED, 100 + i) for p in SHOWN for i in range(SHOWN_RUNS)]
    replies = asyncio.run(run(model, jobs, 1))
    out: list[dict[str, object]] = []
    for i, problem in enumerate(SHOWN):
        sampled = replies[len(SHOWN) + i * SHOWN_RUNS :][:SHOWN_RUNS]
        first = asdict(replies[i]) | {
            "sampled_right": sum(r.right for r in sampled),
            "sampled_runs": SHOWN_RUNS,
        }
        out.append({"question": problem.question, **first})
    return out


def overall(table: Table, column: str) -> float | None:
    """Unweighted mean over the families that have the column."""
    values = [row[column] for row in table.values() if column in row]
    return round(sum(values) / len(values), 4) if values else None


def show(results: dict[str, Any], table: Table) -> None:
    """Print the table."""
    columns = (
        "greedy",
        "sampled",
        "cons8",
        "cons16",
        "greedy_off",
        "sampled_off",
        "thought_tokens",
        "tokens_per_s",
    )
    print("family".ljust(12) + "".join(c.rjust(15) for c in columns))
    for family, row in {
        **table,
        "mean": {c: v for c in columns if (v := overall(table, c)) is not None},
    }.items():
        print(
            family.ljust(12)
            + "".join(f"{row[c]:.3f}".rjust(15) if c in row else "-".rjust(15) for c in columns)
        )
    print(
        f"model {str(results['sha256'])[:12]}, "
        f"problems a family {results['n']}, for the votes {results.get('votes_n', 0)}"
    )


def opened(a: argparse.Namespace) -> dict[str, Any]:
    """Results so far for this very file and number of problems, or new ones."""
    sha = hashlib.sha256(a.model.read_bytes()).hexdigest()
    facts = {"sha256": sha, "bytes": a.model.stat().st_size, "n": a.n, "engines": a.engines, "seed": SEED}
    if a.out.exists():
        held: dict[str, Any] = json.loads(a.out.read_text())
        if held["sha256"] == sha and held["n"] == a.n:
            return held
    return {**facts, "families": {}, "seconds": {}}


def kept(results: dict[str, Any], path: Path) -> None:
    """Write what there is, so that an interrupted run loses nothing."""
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, default=MODEL)
    p.add_argument("--n", type=int, default=200, help="problems a family through the engine")
    p.add_argument(
        "--votes", type=int, default=200, help="problems a family for the votes; 0 leaves them out"
    )
    p.add_argument("--samples", type=int, default=16)
    p.add_argument("--engines", type=int, default=2, help="engines side by side, one thread each")
    p.add_argument("--out", type=Path, default=RESULTS)
    p.add_argument(
        "--ways", nargs="*", choices=tuple(WAYS), default=tuple(WAYS), help="what to run in the engine"
    )
    a = p.parse_args()
    results = opened(a)
    table = results["families"]
    for way in a.ways:
        started = time.monotonic()
        measure(a.model, a.n, a.engines, way, table)
        results["seconds"][way] = round(time.monotonic() - started)
        print(f"{way}: {results['seconds'][way]} s", flush=True)
        kept(results, a.out)
    results["showcase"] = showcase(a.model)
    kept(results, a.out)
    if a.votes:
        from votes import votes

        results |= {"votes_n": a.votes, "samples": a.samples}
        for family, row in votes(a.model, a.votes, a.samples, SEED, a.engines):
            table[family] |= row
            kept(results, a.out)
    show(results, table)


if __name__ == "__main__":
    main()
