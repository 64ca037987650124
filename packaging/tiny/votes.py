"""cons@k: the majority of k samples; pass@1 as the mean over all of them."""

from __future__ import annotations

from collections import Counter

from teacher import Problem, is_right
from teacher.grade import meaning

SAMPLES = 16


def elected(problem: Problem, answers: list[str]) -> str | None:
    """An answer that means what most of them mean, the earliest one on a tie; 1/2 and 0.5 are one vote."""
    counts = Counter(vote for a in answers if (vote := meaning(problem, a)) is not None)
    if not counts:
        return None
    winner = counts.most_common(1)[0][0]
    return next(a for a in answers if meaning(problem, a) == winner)


def row(problems: list[Problem], answers: list[list[str]], samples: int, end: str) -> dict[str, float]:
    """The figures of one family; `end` is put behind their names."""
    right = [[is_right(p, a) for a in some] for p, some in zip(problems, answers, strict=True)]
    out: dict[str, float] = {f"voted{end}": len(right)}
    out[f"pass1_mean{end}"] = round(sum(map(sum, right)) / sum(map(len, right)), 4)
    out[f"pass_any{end}"] = round(sum(map(any, right)) / len(right), 4)
    for k in (8, 16):
        if k <= samples and problems[0].family != "chat":
            chosen = [elected(p, some[:k]) for p, some in zip(problems, answers, strict=True)]
            good = [a is not None and is_right(p, a) for p, a in zip(problems, chosen, strict=True)]
            out[f"cons{k}{end}"] = round(sum(good) / len(good), 4)
    return out
