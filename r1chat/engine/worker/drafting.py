"""Tokens decoded ahead of the sampler: guesses that cost little when several go through the model at once.

A guess never decides anything. The sampler draws each token from the model's own logits, in order, as it does
without drafts; where the token it draws is the one that was guessed, its logits are there already. So the
words are distributed as the model's own, and the seeded draw advances alike.
"""

import sys
import time
from collections.abc import Collection, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from r1chat.engine.worker.capi import KvFull
from r1chat.engine.worker.kv import Branch, KvCache
from r1chat.engine.worker.ngram import Ngrams
from r1chat.engine.worker.wager import MODEL, ROWS, Wager


class Guesser(Protocol):
    """A second model that says how a text may go on."""

    def ready(self, ids: Sequence[int]) -> bool:
        """It knows most of `ids` already: a guess costs little more than its own tokens."""

    def read(self, ids: Sequence[int]) -> None:
        """Come to know `ids`. Raises Aborted."""

    def guess(self, ids: Sequence[int], count: int) -> list[int]:
        """The `count` tokens that it holds likeliest after `ids`; fewer where it cannot. Raises Aborted."""

    def close(self) -> None:
        """Free it."""


class Drafter(NamedTuple):
    """What drafts for a loaded model, from one reply to the next."""

    wager: Wager | None = None
    """None: nothing is guessed."""
    guesser: Guesser | None = None


NO_DRAFTS = Drafter()


class _Batch(NamedTuple):
    """The last batch."""

    began: float
    kind: int | None
    """Of its draft; None: it has none, or one that was no guess."""
    drafted: int
    """Tokens of its draft."""


class Drafts:
    """Decodes the tokens of one sample, and with them those that may follow where that pays.

    `ends` are the ids that end a reply: no draft goes on to one. What was guessed and not drawn yet is the
    branch's `ahead`.
    """

    def __init__(self, drafter: Drafter, kv: KvCache, branch: Branch, ends: frozenset[int]) -> None:
        self._wager, self._guesser = drafter
        self._kv, self._branch, self._ends = kv, branch, ends
        self._index = Ngrams()
        self._batch: _Batch | None = None
        self._row = 0
        self._rest = sys.maxsize if self._wager is None else 0
        self._nap = 0
        self._asked = False
        self.drafted = 0
        """Tokens that were guessed."""
        self.accepted = 0
        """Of them, those that were drawn."""

    def step(self, token: int, known: Collection[int] = ()) -> int:
        """See that `token` is decoded; returns the row of the last batch to sample what follows it.

        `known` are ids that are sure to follow. Raises Aborted and KvFull; then `token` is not in the cache.
        """
        ahead = self._branch.ahead
        if ahead and ahead[0] == token:
            self._branch.ids.append(ahead.popleft())
            self._row += 1
            return self._row
        if ahead or not self._rest:
            self.settle()
        if self._rest and not known:
            self._rest -= 1
            self._kv.step_one(token, self._branch)
            return 0
        began = time.perf_counter()
        kind, draft = (None, tuple(islice(known, ROWS[-1] - 1))) if known else self._guess(token)
        if not draft:
            began = time.perf_counter()  # a guess that came to nothing is no part of what a single takes
        if not self._decode(token, draft):
            kind, draft = None, ()
        self._batch, self._row = _Batch(began, kind, len(draft)), 0
        return 0

    def settle(self) -> None:
        """Take back what was not drawn of the last guess, and enter in the books what came of it."""
        batch, self._batch = self._batch, None
        if self._branch.ahead:
            self._kv.cut(self._branch, len(self._branch.ids))
        if self._wager is not None:
            self._book(self._wager, batch)

    def _book(self, wager: Wager, batch: _Batch | None) -> None:
        if batch is not None and batch.drafted == 0:
            wager.tell_single(time.perf_counter() - batch.began)
            return
        if batch is not None and batch.kind is not None:
            self.drafted += batch.drafted
            self.accepted += self._row
            wager.tell_batch(batch.kind, batch.drafted, self._row, time.perf_counter() - batch.began)
        if self._nap:
            wager.tell_rest(self._nap - self._rest)
        self._rest = self._nap = wager.rest(model=self._guesser is not None)

    def _guess(self, token: int) -> tuple[int | None, Sequence[int]]:
        """How the text may go on after `token`, and the kind of that guess."""
        if self._wager is None:
            return None, ()
        ids, index = self._branch.ids, self._index
        index.cut(len(ids))
        index.add(ids[len(index) :])
        index.add((token,))
        match = index.match()
        kinds = [match.length] if match else []
        if self._guesser is not None:
            if not self._asked:
                self._guesser.read(ids)
            self._asked = True
            if self._guesser.ready(ids):
                kinds.append(MODEL)
        bet = self._wager.choose(kinds) if kinds else None
        if bet is None:
            return None, ()
        if bet.kind == MODEL and self._guesser is not None:
            return MODEL, self._whole(self._guesser.guess([*ids, token], bet.tokens))
        return bet.kind, self._whole(index.draft(match, bet.tokens)) if match else ()

    def _whole(self, draft: list[int]) -> list[int]:
        """As much of a draft as comes before the reply's end and fills a batch."""
        sure = next((i for i, token in enumerate(draft) if token in self._ends), len(draft))
        return draft[: max((rows - 1 for rows in ROWS if rows - 1 <= sure), default=0)]

    def _decode(self, token: int, draft: Sequence[int]) -> bool:
        """Decode a token and, where the cells suffice, its draft; whether they did."""
        if draft:
            try:
                self._kv.step_ahead(token, draft, self._branch)
            except KvFull:
                pass
            else:
                return True
        self._kv.step_one(token, self._branch)
        return False
