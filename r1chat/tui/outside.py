"""What of a long chat is put away: what lies above the part that is on the screen, and what lies below it."""

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import takewhile
from typing import Generic, NamedTuple, TypeVar

NEAR = 2
"""Screens on either side of what is seen; where less is there, more is taken in."""
FAR = 4
"""What lies further off than so many screens may be put away. The space between saves going to and fro."""

_Item = TypeVar("_Item")


class Side(Enum):
    """Of what is seen."""

    ABOVE = "above"
    BELOW = "below"

    @property
    def other(self) -> "Side":
        """The opposite one."""
        return Side.BELOW if self is Side.ABOVE else Side.ABOVE


class Span(NamedTuple):
    """Where something lies, in lines."""

    top: int
    bottom: int


class Outside(Generic[_Item]):
    """Holds the beginning and the end of a sequence, whose middle is somewhere else."""

    def __init__(self, above: Iterable[_Item] = (), below: Iterable[_Item] = ()) -> None:
        self.above = tuple(above)
        self.below = tuple(below)

    def take(self, side: Side, count: int) -> tuple[_Item, ...]:
        """Take at most so many of those that lie next to the middle."""
        if side is Side.ABOVE:
            first = max(0, len(self.above) - count)
            taken, self.above = self.above[first:], self.above[:first]
        else:
            taken, self.below = self.below[:count], self.below[count:]
        return taken

    def put(self, side: Side, items: Iterable[_Item]) -> None:
        """Put items there that were the first or the last of the middle."""
        if side is Side.ABOVE:
            self.above = (*self.above, *items)
        else:
            self.below = (*items, *self.below)

    def wanted(self, seen: Span, end: int) -> Side | None:
        """The side of which more should be there; `end`: so many lines are there."""
        near = NEAR * (seen.bottom - seen.top)
        if self.above and seen.top < near:
            return Side.ABOVE
        if self.below and end - seen.bottom < near:
            return Side.BELOW
        return None


def far(spans: Sequence[Span], seen: Span, side: Side) -> int:
    """How many of those at the outer end of `side` are far from what is seen; `spans` go down."""
    away = FAR * (seen.bottom - seen.top)
    if side is Side.ABOVE:
        return sum(1 for _ in takewhile(lambda span: span.bottom < seen.top - away, spans))
    return sum(1 for _ in takewhile(lambda span: span.top > seen.bottom + away, reversed(spans)))
