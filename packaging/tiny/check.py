"""Accuracy on held-out problems by batched PyTorch generation, the work shared out between the ranks."""

from __future__ import annotations

import torch
import torch.distributed as dist
from generate import Generator
from model import Tiny
from prompts import parted, prompt
from teacher import FAMILIES, held_out, is_right
from tokenizer import TinyTokenizer

Outcome = tuple[str, bool]


def outcomes(
    model: Tiny, tok: TinyTokenizer, rank: int, ranks: int, each: int, seed: int, heat: float = 0.0
) -> list[Outcome]:
    """(family, right and well-formed) of this rank's share of the problems."""
    problems = [(f, p) for f in FAMILIES for p in held_out(seed, f, each)][rank::ranks]
    replies = Generator(model, tok, torch.bfloat16).run(
        [prompt(p, tok) for _, p in problems], room=900, heat=heat, seed=seed + rank
    )
    out = []
    for (family, problem), ids in zip(problems, replies, strict=True):
        _, answer, formed = parted(ids, tok)
        out.append((family, formed and is_right(problem, answer)))
    return out


def scores(
    model: Tiny, tok: TinyTokenizer, rank: int, ranks: int, each: int, seed: int, heat: float = 0.0
) -> dict[str, float]:
    """Share of right answers per family, the same on every rank."""
    mine = outcomes(model, tok, rank, ranks, each, seed, heat)
    shared: list[list[Outcome]] = [mine] * ranks
    if ranks > 1:
        dist.all_gather_object(shared, mine)
    by: dict[str, list[bool]] = {f: [] for f in FAMILIES}
    for part in shared[:ranks] if ranks > 1 else [mine]:
        for family, ok in part:
            by[family].append(ok)
    return {f: round(sum(v) / len(v), 3) for f, v in by.items()}


def mean(by: dict[str, float]) -> float:
    """Unweighted mean over the families."""
    return round(sum(by.values()) / len(by), 4)
