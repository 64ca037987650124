"""Drafts from the text itself: how it went on where its last words stood before.

An R1 thought restates the question, its equations and itself, so that a copy of an earlier place is often
right, and costs no second model. Saxena, "Prompt Lookup Decoding", 2023, is where the idea is from.
"""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

SHORTEST = 3
"""Tokens that must agree for a place to count: fewer agree by chance."""
LONGEST = 8
"""Tokens of agreement after which no better place is sought."""
LOOKS = 8
"""Places that are looked at, the newest first."""

_BITS = 20
_KEY = (1 << SHORTEST * _BITS) - 1


class Match(NamedTuple):
    """A place where the text went on before."""

    start: int
    """Index of the token that followed."""
    length: int
    """How many tokens before it agree with the text's end, at most `LONGEST`."""


class Ngrams:
    """An index of a growing text by its last three ids, in constant time a token.

    Each place knows the one before it of the same three ids, so that the text can be cut back as well. Ids
    are below 2**20.
    """

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._newest: dict[int, int] = {}
        self._before = array("i")
        self._key = 0

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[int]) -> None:
        """More of the text."""
        key, newest, before = self._key, self._newest, self._before
        place = len(self._ids)
        for token in ids:
            place += 1
            key = (key << _BITS | token) & _KEY
            if place < SHORTEST:
                before.append(0)
                continue
            before.append(newest.get(key, 0))
            newest[key] = place
        self._key = key
        self._ids += ids

    def cut(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        while len(self._ids) > length:
            place = self._before.pop()
            if len(self._ids) >= SHORTEST:
                key = self._key_at(len(self._ids))
                if place:
                    self._newest[key] = place
                else:
                    del self._newest[key]
            self._ids.pop()
        self._key = self._key_at(len(self._ids))

    def match(self) -> Match | None:
        """The place that agrees with the text's end in most tokens, the newest of several."""
        ids, end = self._ids, len(self._ids)
        if end < SHORTEST:
            return None
        best, place = None, self._before[end - 1]
        for _ in range(LOOKS):
            if not place:
                break
            length = SHORTEST
            while length < LONGEST and length < place and ids[place - length - 1] == ids[end - length - 1]:
                length += 1
            if best is None or length > best.length:
                best = Match(place, length)
            if length == LONGEST:
                break
            place = self._before[place - 1]
        return best

    def draft(self, match: Match, count: int) -> list[int]:
        """The `count` tokens that followed there; where the text ends it goes round."""
        period = len(self._ids) - match.start
        return [self._ids[match.start + index % period] for index in range(count)]

    def _key_at(self, length: int) -> int:
        key = 0
        for token in self._ids[max(0, length - SHORTEST) : length]:
            key = key << _BITS | token
        return key
