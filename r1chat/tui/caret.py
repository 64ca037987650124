"""Where a caret goes in wrapped text: by words along a line, by lines up and down."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that put no blanks between words: every character is a stop."""
_WORD = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")
_FAR = 400
"""Characters that one word is long at most, for a caret that goes back over it."""


class Spot(NamedTuple):
    """A place among wrapped lines."""

    line: int
    column: int
    """In characters."""


def spot(starts: Sequence[int], place: int) -> Spot:
    """Where the character number `place` stands, given where the lines start."""
    line = max(0, bisect_right(starts, place) - 1)
    return Spot(line, place - starts[line])


def next_word(text: str, place: int) -> int:
    """The beginning of the word behind `place`; the text's end where there is none."""
    inside = _WORD.match(text, place)
    match = _WORD.search(text, inside.end() if inside else place)
    return match.start() if match else len(text)


def word_before(text: str, place: int) -> int:
    """The beginning of the word before `place`; 0 where there is none."""
    back = len(text[:place].rstrip())
    first = max(0, back - _FAR)
    begins = [match.start() for match in _WORD.finditer(text, first, back)]
    return begins[-1] if begins else first


def vertically(starts: Sequence[int], lines: Sequence[str], place: int, step: int, column: int) -> int:
    """So many lines further down (up, where negative), as near to `column` as the line reaches."""
    line = min(max(0, spot(starts, place).line + step), len(lines) - 1)
    return starts[line] + min(column, len(lines[line]))
