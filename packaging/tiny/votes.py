"""cons@k: the majority of k samples, and pass@1 as the mean over all of them.

Drawn by batched PyTorch from the weights that are read back out of the GGUF, at temperature 0.6 and top-p
0.95.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from export import read
from generate import Generator
from prompts import parted, prompt
from teacher import FAMILIES, Problem, held_out, is_right
from teacher.grade import boxed, plain

HEAT, TOP_P, ROOM = 0.6, 0.95, 1000


def ballot(answer: str) -> str | None:
    """What an answer votes for: its boxed result without spaces; None when there is none."""
    found = boxed(answer)
    return None if found is None else plain(found).replace(" ", "")


def elected(answers: list[str]) -> str | None:
    """An answer that stands for the most frequent ballot, the earliest one on a tie."""
    counts = Counter(vote for a in answers if (vote := ballot(a)) is not None)
    if not counts:
        return None
    winner = counts.most_common(1)[0][0]
    return next(a for a in answers if ballot(a) == winner)


def row(problems: list[Problem], answers: list[list[str]], samples: int) -> dict[str, float]:
    """The figures of one family."""
    right = [[is_right(p, a) for a in some] for p, some in zip(problems, answers, strict=True)]
    out = {"pass1_mean": round(sum(map(sum, right)) / sum(map(len, right)), 4)}
    out["pass_any"] = round(sum(map(any, right)) / len(right), 4)
    for k in (8, 16):
        if k <= samples and problems[0].family != "chat":
            chosen = [elected(some[:k]) for some in answers]
            good = [a is not None and is_right(p, a) for p, a in zip(problems, chosen, strict=True)]
            out[f"cons{k}"] = round(sum(good) / len(good), 4)
    return out


def _family(task: tuple[Path, str, int, int, int]) -> tuple[str, dict[str, float]]:
    path, family, n, samples, seed = task
    torch.set_num_threads(1)
    model, tok = read(path)
    problems = held_out(seed, family, n)
    prompts = [prompt(p, tok) for p in problems for _ in range(samples)]
    replies = Generator(model, tok).run(prompts, room=ROOM, heat=HEAT, top_p=TOP_P, seed=seed)
    answers = []
    for ids in replies:
        _, answer, formed = parted(ids, tok)
        answers.append(answer if formed else "")
    grouped = [answers[i * samples : (i + 1) * samples] for i in range(n)]
    return family, row(problems, grouped, samples)


def votes(
    path: Path, n: int, samples: int, seed: int, processes: int
) -> Iterator[tuple[str, dict[str, float]]]:
    """cons@8, cons@16 and mean pass@1, family by family, shared out between processes."""
    tasks = [(path, family, n, samples, seed) for family in FAMILIES]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for family, figures in pool.imap_unordered(_family, tasks):
            print(f"votes, {family}: {figures}", flush=True)
            yield family, figures
