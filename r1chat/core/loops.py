"""Finds exact cycles at the end of a running thought: a model that says the same over and over.

A cycle of period p is there when the last p tokens stand three times in a row. Only exact copies count, so
counting, tables and lists that differ in a token never do.
"""

from collections.abc import Iterable, Sequence

MIN_PERIOD = 4
MAX_PERIOD = 256
COPIES = 3
AFTER = 512
"""Tokens of a text before which nothing is looked for: short drills repeat on purpose."""
SHORT = 64
"""Tokens that a cycle of fewer than `MIN_PERIOD` must have: `0.33333333` and `---|---|---` are no loops."""
IN_THOUGHT = 48
"""Tokens that a cycle in a thought must have beside its three copies: 1/7 is 0.142857142857…"""
IN_ANSWER = 2048
"""The same in an answer, where a person may have asked for the repetition."""

STRIDE = 4
"""Tokens from one look to the next; not more than the shortest period, so every cycle is seen within one."""
_NEEDLE = (COPIES - 1) * MIN_PERIOD
"""Tokens at the end that are searched before themselves; in a cycle they stand one period earlier."""
_CODES = 0xFFFFF
"""Ids become characters, so that looking is done by C; all vocabularies end far below."""


class LoopFinder:
    """Watches one growing text, for about a microsecond a token.

    `before` are ids that the text begins with already. `span` is how long a cycle must be at least, in
    tokens, beside its three copies.
    """

    def __init__(self, before: Sequence[int] = (), *, span: int = 0) -> None:
        self._span = span
        self._count = len(before)
        self._kept = max(span, COPIES * MAX_PERIOD)
        self._tail = _text(before[-self._kept :])
        self._fresh: list[int] = []

    def feed(self, token: int) -> int:
        """One more token; returns the period of the cycle that the text ends in, 0 where there is none."""
        self._fresh.append(token)
        if (self._count + len(self._fresh)) % STRIDE:
            return 0
        fresh, self._fresh = self._fresh, []
        return self.extend(fresh)

    def extend(self, tokens: Sequence[int]) -> int:
        """More tokens, at most `STRIDE` for every cycle to be seen in time; else as `feed`."""
        self._tail = tail = (self._tail + _text(tokens))[-self._kept :]
        self._count += len(tokens)
        if self._count < AFTER:
            return 0
        needle, end = tail[-_NEEDLE:], len(tail) - 1
        while (at := tail.rfind(needle, -MAX_PERIOD - _NEEDLE, end)) >= 0:
            period = len(tail) - _NEEDLE - at
            if self._cycles(period):
                return period
            end = at + _NEEDLE - 1
        return 0

    def _cycles(self, period: int) -> bool:
        tail = self._tail
        least = max(self._span, COPIES * period if period >= MIN_PERIOD else SHORT)
        start = len(tail) - least
        if start < 0 or tail[start : len(tail) - period] != tail[start + period :]:
            return False
        block = tail[-period:]
        shorter = (q for q in range(1, MIN_PERIOD) if q < period and period % q == 0)
        return not any(block == block[:q] * (period // q) for q in shorter)


def cycle_start(ids: Sequence[int], period: int, *, floor: int = 0) -> int:
    """Where the cycle of that period at the end of `ids` begins; not before `floor`."""
    at = len(ids) - period
    while at > floor and ids[at - 1] == ids[at - 1 + period]:
        at -= 1
    return max(at, floor)


def _text(ids: Iterable[int]) -> str:
    return "".join([chr(token & _CODES) for token in ids])
