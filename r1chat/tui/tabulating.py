"""How wide the columns of a table are on a screen that may be too narrow for it."""

from collections.abc import Sequence

from textual.content import Content

GAP = 3
"""Cells between two columns."""
_NARROWEST = 6
"""Cells that a column needs to be readable at all."""
_WORD = 14
"""A column is as wide as its longest word where that is no longer than this."""


def column_widths(natural: Sequence[int], words: Sequence[int], room: int) -> list[int] | None:
    """Cells for each column; None where they cannot stand beside each other.

    `natural` is how wide each would like to be, `words` the longest word in each. Columns that need little
    get it, and the others share what is left.
    """
    left = room - GAP * (len(natural) - 1)
    for least in (_WORD, _NARROWEST):
        floors = [
            min(wish, max(_NARROWEST, min(word, least))) for wish, word in zip(natural, words, strict=True)
        ]
        if sum(floors) <= left:
            return _shared(natural, floors, left)
    return None


def _shared(natural: Sequence[int], floors: Sequence[int], room: int) -> list[int]:
    """Between floor and wish, no column wider than another's limit as long as both want more."""
    low, high = 0, max(natural, default=0)
    while low < high:
        cap = (low + high + 1) // 2
        if sum(_capped(natural, floors, cap)) <= room:
            low = cap
        else:
            high = cap - 1
    widths = _capped(natural, floors, low)
    spare = room - sum(widths)
    for at, wish in enumerate(natural):
        if spare and widths[at] < wish:
            widths[at] += 1
            spare -= 1
    return widths


def _capped(natural: Sequence[int], floors: Sequence[int], cap: int) -> list[int]:
    return [min(wish, max(floor, cap)) for wish, floor in zip(natural, floors, strict=True)]


def aligned(cell: Content, width: int, side: str) -> Content:
    """One line of a cell, filled to `width`; `side` is `right`, `center` or anything else."""
    spare = max(0, width - cell.cell_length)
    before = spare if side == "right" else spare // 2 if side == "center" else 0
    return cell.pad_left(before).pad_right(spare - before)


def longest_word(cell: Content) -> int:
    """In cells of the screen."""
    return max((Content(word).cell_length for word in cell.plain.split()), default=0)


def longest_line(cell: Content) -> int:
    """In cells of the screen."""
    return max(line.cell_length for line in cell.split(allow_blank=True))


def widest(
    rows: Sequence[Sequence[Content]], lines: Sequence[int] = (), words: Sequence[int] = ()
) -> tuple[list[int], list[int]]:
    """The longest line and the longest word of each column, in cells; `lines` and `words` are those so far.

    The first row says how many columns there are.
    """
    columns = len(rows[0]) if rows else 0
    longest, unbroken = [*lines] or [0] * columns, [*words] or [0] * columns
    for row in rows:
        for at, cell in enumerate(row[:columns]):
            longest[at] = max(longest[at], longest_line(cell))
            unbroken[at] = max(unbroken[at], longest_word(cell))
    return longest, unbroken
