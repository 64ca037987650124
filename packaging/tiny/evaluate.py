"""Measures the shipped GGUF on held-out problems, through r1chat's own engine.

    PYTHONPATH=../.. python evaluate.py                     200 problems a family; votes and steering on fewer
    PYTHONPATH=../.. python evaluate.py --n 40 --votes 0 --steer 0 --out quick.json    a quick look

pass@1 greedy and at temperature 0.6, top-p 0.95; cons@8 and cons@16; each with thinking and without; then
what happens to a thought that is steered, cut, reopened or closed early, and to a question at the end of a
long conversation (steering.py). Writes results.json beside this file and prints the table.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asking import ROOM, Job, Reply, run
from everyday import questions
from steering import steering
from teacher import FAMILIES, Problem, held_out
from teacher.beyond import COUNTRIES, UNLISTED
from teacher.chat import PULL
from teacher.showcase import SHOWCASE
from votes import SAMPLES, row

from r1chat.core.conversation import Mode

HERE = Path(__file__).resolve().parent
MODEL = HERE.parent.parent / "assets" / "tiny" / "tiny.gguf"
RESULTS = HERE / "results.json"
SEED = 2026
SAMPLED = 0.6
SHOWN_RUNS = 10
EVERYDAY_RUNS = 4
Table = dict[str, dict[str, float]]
COLUMNS = (
    "greedy", "sampled", "cons8", "cons16", "greedy_off", "sampled_off", "cons8_off", "cons16_off",
    "thought_tokens", "tokens_per_s",
)  # fmt: skip


def share(replies: Sequence[Reply]) -> float:
    """Share of right replies."""
    return round(sum(r.right for r in replies) / max(1, len(replies)), 4)


WAYS = {
    "sampled": (Mode.FULL, SAMPLED), "sampled_off": (Mode.OFF, SAMPLED),
    "greedy_off": (Mode.OFF, 0.0), "greedy": (Mode.FULL, 0.0),
}  # fmt: skip


def measure(model: Path, n: int, engines: int, way: str, families: list[str], table: Table) -> None:
    """pass@1 per family in one of the ways, into the table; with it the length of the thoughts."""
    mode, heat = WAYS[way]
    jobs = [Job(p, heat, SEED + i, mode) for f in families for i, p in enumerate(held_out(SEED, f, n))]
    replies = [samples[0] for samples in run(model, jobs, engines)]
    for f in families:
        mine = [r for r, j in zip(replies, jobs, strict=True) if j.problem.family == f]
        line = table.setdefault(f, {})
        line[way] = share(mine)
        if way == "sampled":
            line["problems"] = len(mine)
            line["thought_tokens"] = round(sum(r.thought_tokens for r in mine) / max(1, len(mine)), 1)
            line["tokens_per_s"] = round(
                sum(r.tokens for r in mine) / max(1e-9, sum(r.seconds for r in mine))
            )
            line["unfinished"] = sum(not r.ended for r in mine)


def vote(model: Path, n: int, engines: int, mode: Mode, family: str, table: Table) -> None:
    """cons@8 and cons@16 of a family, and pass@1 as the mean of the same samples, into the table."""
    problems = held_out(SEED, family, n)
    jobs = [Job(p, SAMPLED, 7 * SEED + 100 * i, mode, samples=SAMPLES) for i, p in enumerate(problems)]
    answers = [[r.answer if r.ended else "" for r in samples] for samples in run(model, jobs, engines)]
    end = "_off" if mode is Mode.OFF else ""
    table.setdefault(family, {}).update(row(problems, answers, SAMPLES, end))


def precision(model: Path, full: Path, n: int, engines: int) -> dict[str, float]:
    """Greedy pass@1 of the shipped file and of the unrounded weights on the same problems."""
    jobs = [Job(p, 0.0, SEED) for f in FAMILIES for p in held_out(SEED, f, n)]
    both = {kind: [r[0] for r in run(path, jobs, engines)] for kind, path in (("q8_0", model), ("f32", full))}
    pairs = list(zip(both["q8_0"], both["f32"], strict=True))
    alike = sum((a.thought, a.answer) == (b.thought, b.answer) for a, b in pairs)
    return {"problems": len(jobs), "q8_0": share(both["q8_0"]), "f32": share(both["f32"]), "alike": alike}


def showcase(model: Path) -> list[dict[str, object]]:
    """The questions that readers are shown: once greedy, then sampled."""
    jobs = [Job(p, 0.0, 1) for p in SHOWCASE]
    jobs += [Job(p, SAMPLED, 100 + i) for p in SHOWCASE for i in range(SHOWN_RUNS)]
    replies = [samples[0] for samples in run(model, jobs, 1)]
    out: list[dict[str, object]] = []
    for i, problem in enumerate(SHOWCASE):
        sampled = replies[len(SHOWCASE) + i * SHOWN_RUNS :][:SHOWN_RUNS]
        out.append(
            {
                "question": problem.question,
                "right": replies[i].right,
                "thought": replies[i].thought,
                "answer": replies[i].answer,
                "sampled_right": sum(r.right for r in sampled),
                "sampled_runs": SHOWN_RUNS,
            }
        )
    return out


def capitals(model: Path, engines: int) -> dict[str, object]:
    """How often the capital of a country that the model does not know is declined, greedy."""
    out: dict[str, object] = {}
    for name, countries in (("listed", COUNTRIES), ("unlisted", UNLISTED)):
        asked = [f"What is the capital of {country}?" for country in countries]
        problems = [Problem("chat", question, PULL, ("decline", question)) for question in asked]
        replies = [r[0] for r in run(model, [Job(p, 0.0, 1) for p in problems], engines)]
        wrong = [f"{c}: {r.answer}" for c, r in zip(countries, replies, strict=True) if not r.right]
        out[name] = {"asked": len(replies), "declined": len(replies) - len(wrong), "others": wrong}
    return out


def everyday(model: Path, engines: int) -> dict[str, object]:
    """Short questions as people type them: greedily, and each some times sampled."""
    asked = questions()
    greedy = [r[0] for r in run(model, [Job(p, 0.0, 1) for p in asked], engines)]
    sampled = run(model, [Job(p, SAMPLED, 1, samples=EVERYDAY_RUNS) for p in asked], engines)
    wrong = [
        " | ".join([*(question for question, _ in p.history), p.question]) + f": {r.answer}"
        for p, r in zip(asked, greedy, strict=True)
        if not r.right
    ]
    right = sum(r.right for some in sampled for r in some)
    return {
        "asked": len(asked), "right": len(asked) - len(wrong), "others": wrong,
        "sampled": round(right / len(asked) / EVERYDAY_RUNS, 4), "runs": EVERYDAY_RUNS,
    }  # fmt: skip


def overall(table: Table, column: str) -> float | None:
    """Unweighted mean over the families that have the column."""
    values = [line[column] for line in table.values() if column in line]
    return round(sum(values) / len(values), 4) if values else None


def show(results: dict[str, Any], table: Table) -> None:
    """Print the table."""
    print("family".ljust(12) + "".join(c.rjust(15) for c in COLUMNS))
    means = {c: v for c in COLUMNS if (v := overall(table, c)) is not None}
    for family, line in {**table, "mean": means}.items():
        cells = (f"{line[c]:.3f}".rjust(15) if c in line else "-".rjust(15) for c in COLUMNS)
        print(family.ljust(12) + "".join(cells))
    print(
        f"model {str(results['sha256'])[:12]}, "
        f"problems a family {results['asked']}, for the votes {results.get('votes_n', 0)}"
    )
    for name, asked in results.get("capitals", {}).items():
        print(f"capitals not known, {name}: {asked['declined']} of {asked['asked']} declined")
    if simple := results.get("everyday"):
        print(f"everyday questions: {simple['right']} of {simple['asked']}, sampled {simple['sampled']}")
    for way, figures in results.get("steering", {}).items():
        print(way.ljust(24), figures)


def opened(a: argparse.Namespace) -> dict[str, Any]:
    """Results so far for this very file, or new ones."""
    sha = hashlib.sha256(a.model.read_bytes()).hexdigest()
    facts = {"sha256": sha, "bytes": a.model.stat().st_size, "engines": a.engines, "seed": SEED}
    if a.out.exists():
        held: dict[str, Any] = json.loads(a.out.read_text())
        if held["sha256"] == sha:
            return held
    return {**facts, "asked": {}, "families": {}, "seconds": {}}


def kept(results: dict[str, Any], path: Path) -> None:
    """Write what there is, so that an interrupted run loses nothing."""
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def arguments() -> argparse.Namespace:
    """The command line."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", type=Path, default=MODEL)
    p.add_argument("--n", type=int, default=200, help="problems a family for pass@1")
    p.add_argument("--votes", type=int, default=200, help="problems a family for the votes; 0: no votes")
    p.add_argument("--steer", type=int, default=10, help="problems a family for steering; 0: none")
    p.add_argument("--full", type=Path, help="the same weights in f32, to be compared on --full-n a family")
    p.add_argument("--full-n", type=int, default=10)
    p.add_argument("--families", nargs="*", choices=tuple(FAMILIES), default=tuple(FAMILIES))
    p.add_argument("--engines", type=int, default=2, help="engines side by side, one thread each")
    p.add_argument("--room", type=int, default=ROOM.get(), help="tokens of a reply at most")
    p.add_argument("--out", type=Path, default=RESULTS)
    p.add_argument("--ways", nargs="*", choices=tuple(WAYS), default=tuple(WAYS), help="pass@1: which ways")
    p.add_argument(
        "--modes", nargs="*", choices=("full", "off"), default=("full", "off"), help="of the votes"
    )
    return p.parse_args()


def main() -> None:
    a = arguments()
    ROOM.set(a.room)
    results = opened(a)
    table = results["families"]
    for way in a.ways:
        started = time.monotonic()
        measure(a.model, a.n, a.engines, way, a.families, table)
        results["seconds"][way] = round(time.monotonic() - started)
        results["asked"][way] = a.n
        print(f"{way}: {results['seconds'][way]} s", flush=True)
        kept(results, a.out)
    if a.ways and not results.get("showcase"):
        results["showcase"] = showcase(a.model)
        results["capitals"] = capitals(a.model, a.engines)
        results["everyday"] = everyday(a.model, a.engines)
        kept(results, a.out)
    if a.votes:
        results |= {"votes_n": a.votes, "samples": SAMPLES}
        for mode in a.modes:
            for family in a.families:
                vote(a.model, a.votes, a.engines, Mode(mode), family, table)
                print(f"votes, {mode}, {family}: {table[family]}", flush=True)
                kept(results, a.out)
    if a.full:
        results["precision"] = precision(a.model, a.full, a.full_n, a.engines)
        print(f"precision: {results['precision']}", flush=True)
        kept(results, a.out)
    if a.steer:
        results["steering"] = steering(a.model, a.steer, a.engines)
        results["steering_n"] = a.steer
        kept(results, a.out)
    show(results, table)


if __name__ == "__main__":
    main()
