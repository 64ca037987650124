"""The teacher of `tiny`: problems, worked-out traces, training documents, grading."""

from random import Random

from teacher.base import Family, Problem, Segment, Turn
from teacher.document import document
from teacher.families import FAMILIES, WEIGHTS
from teacher.grade import is_right
from teacher.wording import wording

__all__ = [
    "FAMILIES",
    "WEIGHTS",
    "Family",
    "Problem",
    "Segment",
    "Turn",
    "document",
    "held_out",
    "is_right",
    "wording",
]

TRIES = 200  # draws a problem wanted, before it is clear that there are too few


def held_out(seed: int, family: str, n: int) -> list[Problem]:
    """`n` distinct problems of a family that are never trained on; the same for a seed."""
    rng = Random(f"{seed}:{family}")
    found: dict[str, Problem] = {}
    tries = 0
    while len(found) < n:
        tries += 1
        if tries > TRIES * n:
            raise ValueError(f"{family} has hardly more than {len(found)} held-out problems, not {n}")
        problem = FAMILIES[family].problem(rng, True)
        found.setdefault(repr((problem.data, problem.history and problem.question)), problem)
    return list(found.values())
