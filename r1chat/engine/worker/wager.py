"""Whether to draft, and how many tokens: a wager that measures what it wins, and may lose next to nothing.

Everything is counted in singles, the time of one token decoded alone. A draft is bought from a purse that
fills by 0.3 % of each single and by what drafts have won, so that drafting as a whole cannot cost
more than that, on whatever machine and text.
"""

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from r1chat.engine.worker.ngram import LONGEST, SHORTEST

ROWS = (4, 8)
"""Tokens of a batch, the drawn one first. On CPUs llama.cpp computes in fours, and two cost two singles."""
MODEL = 0
"""The kind of a draft by a second model; other kinds are lengths of n-gram matches."""

SHARE = 0.003
"""Of each single, into the purse."""
FULL = 3.0
"""In the purse at most. With a full purse a draft is tried again that was not worth it."""
REFRESH = 32
"""Batches in a row after which one token is decoded alone, to know what that takes by now."""
NAP = 256
"""Singles at most that are not looked at."""

_FIRST = 5
"""Singles that are measured before the first wager."""
_SURPRISE = 1.3
"""How many times more or less than before a batch may cost before the singles are measured again."""
_DECAY = 0.97
"""Of what is known of a kind's luck, with each batch: some thirty batches count."""


class Bet(NamedTuple):
    """A draft to make."""

    kind: int
    tokens: int
    """How many to draft."""


class _Odds:
    """How often a kind's next token is the one that is drawn."""

    def __init__(self, prior: float) -> None:
        self._hits, self._tries = 2 * prior, 2.0

    def tell(self, drafted: int, accepted: int) -> None:
        self._hits = _DECAY * self._hits + accepted
        self._tries = _DECAY * self._tries + accepted + (accepted < drafted)

    def expect(self, count: int) -> float:
        """Tokens accepted of `count`: the first that is wrong ends them."""
        chance = self._hits / self._tries
        return sum(chance**index for index in range(1, count + 1))


class Wager:
    """The books of one loaded model; times in seconds.

    `stake` is in the purse at first: nothing where nobody asked for drafts.
    """

    def __init__(self, stake: float = 0.0) -> None:
        self._purse = stake
        self._single_s = 0.0
        self._first: list[float] = []
        self._costs: dict[tuple[bool, int], float] = {}
        self._odds: dict[int, _Odds] = {}
        self._stale = 0
        self.won = 0.0
        """Singles saved by drafting so far; negative where it lost."""

    def rest(self, *, model: bool) -> int:
        """Singles to decode before the purse can buy what is worth it: until then nothing is looked for.

        Where nothing is worth it, that is when the purse is full.
        """
        kinds = range(SHORTEST, LONGEST + 1)
        offers = [(kind, rows) for kind in ((MODEL, *kinds) if model else kinds) for rows in ROWS]
        prices = [self.cost(kind, rows) - 1 for kind, rows in offers if self._rate(kind, rows) > 1]
        missing = min([FULL, *prices]) - self._purse
        return min(NAP, max(0, round(missing / SHARE)))

    def choose(self, kinds: Iterable[int]) -> Bet | None:
        """The draft that brings most, of the kinds at hand; None where decoding alone is quicker."""
        if not self._single_s or self._stale >= REFRESH:
            return None
        best, best_rate = None, 0.0 if self._purse >= FULL else 1.0
        for kind in kinds:
            for rows in ROWS:
                rate = self._rate(kind, rows)
                if rate > best_rate and self.cost(kind, rows) - 1 <= self._purse:
                    best, best_rate = Bet(kind, rows - 1), rate
        return best

    def cost(self, kind: int, rows: int) -> float:
        """What a batch of `rows` takes, its drafting included, in singles."""
        model = kind == MODEL
        measured = self._costs.get((model, rows))
        if measured is not None:
            return measured
        smaller = self._costs.get((model, ROWS[0]))
        # hope: on a GPU twice the rows cost next to nothing more, and one try tells
        return rows / 2 if smaller is None else 1.5 * smaller

    def tell_rest(self, singles: int) -> None:
        """So many tokens were decoded alone, and nobody looked at the clock."""
        self._purse = min(FULL, self._purse + singles * SHARE)
        if singles >= REFRESH:
            self._stale = REFRESH  # the text has grown since, and with it the time of a single

    def tell_single(self, seconds: float) -> None:
        """One token was decoded alone."""
        self._purse = min(FULL, self._purse + SHARE)
        news = min(8, 1 + self._stale) / 16  # what comes rarely counts for more
        self._stale = 0
        if self._single_s:
            self._single_s += news * (min(seconds, 2 * self._single_s) - self._single_s)
            return
        self._first.append(seconds)
        if len(self._first) == _FIRST:
            self._single_s = statistics.median(self._first)

    def tell_batch(self, kind: int, drafted: int, accepted: int, seconds: float) -> None:
        """A draft was decoded with the token before it, and `accepted` of its tokens were drawn."""
        rows = drafted + 1
        # no batch is slower than its tokens one by one: more is a machine that was busy with something else
        cost = min(seconds / self._single_s, rows)
        key = (kind == MODEL, rows)
        before = self._costs.setdefault(key, cost)
        if self._stale and not before / _SURPRISE < cost < before * _SURPRISE:
            self._stale = REFRESH  # perhaps the singles have changed: see before believing it
        else:
            self._costs[key] += (cost - before) / 8
            self._stale += 1
        gain = 1 + accepted - cost
        self.won += gain
        self._purse = min(FULL, self._purse + gain)
        self._odds_of(kind).tell(drafted, accepted)

    def _rate(self, kind: int, rows: int) -> float:
        """Tokens that a batch is expected to bring in the time of a single."""
        return (1 + self._odds_of(kind).expect(rows - 1)) / self.cost(kind, rows)

    def _odds_of(self, kind: int) -> _Odds:
        odds = self._odds.get(kind)
        if odds is None:  # a longer match is right more often; the first batches correct the guess
            odds = self._odds[kind] = _Odds(0.7 if kind == MODEL else 0.1 * kind)
        return odds
