"""cons@k: the majority of k samples; pass@1 as the mean over all of them."""

from __future__ import annotations

from collections import Counter

from teacher import Problem, is_right
from teacher.grade import boxed, plain

SAMPLES = 16


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


def row(problems: list[Problem], answers: list[list[str]], samples: int, end: str) -> dict[str, float]:
    """The figures of one family; `end` is put behind their names."""
    right = [[is_right(p, a) for a in some] for p, some in zip(problems, answers, strict=True)]
    out: dict[str, float] = {f"voted{end}": len(right)}
    out[f"pass1_mean{end}"] = round(sum(map(sum, right)) / sum(map(len, right)), 4)
    out[f"pass_any{end}"] = round(sum(map(any, right)) / len(right), 4)
    for k in (8, 16):
        if k <= samples and problems[0].family != "chat":
            chosen = [elected(some[:k]) for some in answers]
            good = [a is not None and is_right(p, a) for p, a in zip(problems, chosen, strict=True)]
            out[f"cons{k}{end}"] = round(sum(good) / len(good), 4)
    return out
