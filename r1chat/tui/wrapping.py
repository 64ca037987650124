"""Wraps text that grows at its end: the cost of more text does not depend on how much is there already."""

import re
from collections.abc import Callable

from rich.cells import cell_len, split_graphemes

_WORD = re.compile(r"\S+\s*|\s+")
_CHARACTERS_PER_CELL = 8
"""A word of characters without width is as wide as this many of them in one cell, so lines end."""


class Wrapping:
    """Lines of at most `width` cells. Blanks at a line's end may hang over."""

    def __init__(self, width: int, text: str = "") -> None:
        self.width = max(1, width)
        self.lines: list[str] = [""]
        self.starts = [0]
        """Characters of the text before each line."""
        self._length = 0
        self.append(text)

    def append(self, text: str) -> int:
        """Add text; the index of the first line that changed comes back.

        Breaks before the last line never depend on what follows, so wrapping anew from its start is enough.
        """
        first = len(self.lines) - 1
        if text:
            at, last = self.starts.pop(), self.lines.pop()
            gone = self._length - at - len(last)  # blanks that hung too far over its end
            self._length += len(text)
            for paragraph in (last + text).split("\n"):
                for start, line in _wrap(paragraph, self.width):
                    self.lines.append(line)
                    self.starts.append(at + start + (gone if start >= len(last) else 0))
                at += len(paragraph) + 1 + gone
                last, gone = "", 0
        return first


class GrowingText:
    """A text that grows at its end, laid out at the widths that were asked for last."""

    def __init__(self, text: str = "", *, clean: Callable[[str], str] = str) -> None:
        """`clean` makes text harmless, piece by piece, before it is wrapped."""
        self._clean = clean
        self._parts = [text] if text else []
        self._wrapped: dict[int, tuple[Wrapping, int]] = {}

    @property
    def whole(self) -> str:
        """All of it, as it was given."""
        return "".join(self._parts)

    def append(self, text: str) -> None:
        """Add to the end. Nothing is laid out before somebody asks for it."""
        if text:
            self._parts.append(text)

    def lines(self, columns: int) -> list[str]:
        """The text in lines of at most `columns` cells."""
        return self.laid_out(columns).lines

    def laid_out(self, columns: int) -> Wrapping:
        """The lines, and where each begins in the harmless text.

        A layout asks for two widths, with and without a scroll bar, so the last two are kept.
        """
        wrapping, done = self._wrapped.pop(columns, (None, 0))
        wrapping = wrapping or Wrapping(columns)
        if done < len(self._parts):
            wrapping.append(self._clean("".join(self._parts[done:])))
        while len(self._wrapped) > 1:
            del self._wrapped[next(iter(self._wrapped))]
        self._wrapped[columns] = (wrapping, len(self._parts))
        return wrapping

    def height(self, columns: int) -> int:
        """How many lines `columns` make; a newline at the end begins no line yet."""
        if not self._parts:
            return 0
        lines = self.lines(columns)
        return len(lines) - (len(lines) > 1 and not lines[-1])


def _wrap(paragraph: str, width: int) -> list[tuple[int, str]]:
    """One paragraph, greedily, each line behind the place where it begins.

    A word wider than a line begins on a line of its own and is chopped.
    """
    if len(paragraph) <= width and paragraph.isascii():
        return [(0, paragraph)]
    lines: list[tuple[int, str]] = []
    start = used = 0
    for match in _WORD.finditer(paragraph):
        word = match.group()
        body = word.rstrip()
        cells = _cells(body)
        if used and used + cells > width:
            lines.append((start, paragraph[start : match.start()].rstrip()))
            start, used = match.start(), 0
        if cells > width:
            chunks = chop(body, width)
            start = match.start()
            for chunk in chunks[:-1]:
                lines.append((start, chunk))
                start += len(chunk)
            cells = _cells(chunks[-1])
        used += cells + min(width, len(word) - len(body))
    last = paragraph[start:]
    hanging = len(last) - len(last.rstrip())
    lines.append((start, last[: len(last) - max(0, hanging - width)]))
    return lines


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    return max(cell_len(text), len(text) // _CHARACTERS_PER_CELL)


def chop(word: str, width: int) -> list[str]:
    """A word in pieces of at most `width` cells, characters of several code points kept whole."""
    if word.isascii():
        return [word[at : at + width] for at in range(0, len(word), width)]
    pieces: list[str] = []
    start = used = 0
    most = width * _CHARACTERS_PER_CELL
    for begin, end, cells in split_graphemes(word)[0]:
        if begin > start and (used + cells > width or end - start > most):
            pieces.append(word[start:begin])
            start, used = begin, 0
        while end - start > most:
            pieces.append(word[start : start + most])
            start += most
        used += cells
    pieces.append(word[start:])
    return pieces
