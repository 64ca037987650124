"""Watches a reply for circles, and decides what becomes of a thought that goes round in one."""

from collections.abc import Sequence

import msgspec

from r1chat.core.loops import IN_ANSWER, IN_THOUGHT, LoopFinder, cycle_start

STRETCH = 256
"""Tokens that are drawn hotter after a cut."""
HEAT = 0.5
"""What is added to the temperature meanwhile."""
LEAST_HEAT = 1.0
"""The temperature is at least this meanwhile; a greedy model would only say the same again."""


def heated(temperature: float) -> float:
    """The temperature that leads out of a circle."""
    return max(LEAST_HEAT, temperature + HEAT)


class Cut(msgspec.Struct, frozen=True):
    """Where a thought is to be cut back to."""

    kept: int
    """How many of the generated ids of the thought stay."""
    period: int
    """Tokens of the cycle."""
    copies: int
    """How often it was said in full."""
    final: bool
    """It had its second chance: the thought is to be closed."""


class ThoughtWatch:
    """One thought. `before` are the ids of it that an assistant prefix holds; those cannot be withdrawn."""

    def __init__(self, before: Sequence[int] = ()) -> None:
        self._ids = list(before)
        self._floor = len(before)
        self._finder = LoopFinder(before, span=IN_THOUGHT)
        self._cut = False

    def feed(self, token: int) -> Cut | None:
        """One more token of the thought; where it has to be cut, if it has."""
        self._ids.append(token)
        period = self._finder.feed(token)
        return self._cut_back(period) if period else None

    def extend(self, tokens: Sequence[int]) -> Cut | None:
        """At most `STRIDE` more tokens of the thought, at less cost."""
        self._ids += tokens
        period = self._finder.extend(tokens)
        return self._cut_back(period) if period else None

    def _cut_back(self, period: int) -> Cut:
        ids = self._ids
        start = cycle_start(ids, period, floor=self._floor)
        cut = Cut(start - self._floor, period, (len(ids) - start) // period, self._cut)
        del ids[start:]
        self._finder = LoopFinder(ids, span=IN_THOUGHT)
        self._cut = True
        return cut


def answer_watch() -> LoopFinder:
    """Watches an answer. It is not cut: a person may have asked for the repetition; a long one ends it."""
    return LoopFinder(span=IN_ANSWER)
