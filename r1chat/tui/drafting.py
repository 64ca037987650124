r"""The open block of an answer as lines that can be shown while it is written.

It is read line by line: a list's bullets, a quote's and a heading's mark are drawn, what is marked within a
line is shown as it will be, and what is settled is never read again. A formula that is displayed is held back
until it is whole. When the block is over it is rendered as Markdown, which reads more than this does.
"""

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.content import Content

from r1chat.tui.prose import BULLETS, QUOTE
from r1chat.tui.unclosed import shown

Inline = Callable[[str], Content]
"""Renders what stands within one line."""

_PREFIX = re.compile(r"(\s*)((?:[-*+]|\d{1,9}[.)])\s+|(?:>\s?)+|#{1,6}\s+|)")
_UNDECIDED = re.compile(r"\s*(?:[-*+]{1,2}|\d{1,9}[.)]?|#{1,6}|>+|`{1,2}|~{1,2}|\\|\$)?\Z")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_DISPLAY = {"\\[": "\\]", "$$": "$$"}
_PIECE = 80
"""Characters that are settled at a time."""
_MOST = 2_000
"""Characters that may stay unsettled: a mark that is never closed must not make the rest costly."""
_WAITING = 8
"""From so many characters held back on, a sign says that something comes."""
_SIGN = Content("…")


class Draft:
    """One block while it grows."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._raw = ""
        self._fresh = True
        """The line that `_raw` begins is not read yet."""
        self._until = ""
        """What ends the displayed formula that is open, or `fence`."""
        self._lines: list[tuple[str, list[Content]]] = []
        """Settled: for each line its prefix, and its pieces."""
        self._tail = Content("")
        self._layout = _Layout(0)

    def grow(self, text: str) -> None:
        """Take more of the block's source."""
        *whole, self._raw = (self._raw + text).split("\n")
        for line in whole:
            self._end(line)
        self._read()

    def rows(self, width: int) -> list[Content]:
        """What to show, in rows of at most `width` cells."""
        if self._layout.width != width:
            self._layout = _Layout(width)
        return self._layout.rows(self._lines, self._tail)

    @property
    def settled(self) -> int:
        """How many rows will stay as they are, at the width that was asked for last."""
        return self._layout.settled

    def _end(self, line: str) -> None:
        if self._until:
            self._end_verbatim(line)
        elif _FENCE.match(line) and self._fresh:
            self._until = "fence"
        elif self._fresh and (closing := _open_display(line)):
            self._until = closing
        else:
            self._add(self._read_piece(self._begin(line)))
        self._fresh, self._tail = True, Content("")

    def _end_verbatim(self, line: str) -> None:
        if self._until != "fence":
            self._until = "" if self._until in line else self._until
        elif _FENCE.fullmatch(line.rstrip()):
            self._until = ""
        else:
            self._lines.append(("  ", [Content(line)]))

    def _read(self) -> None:
        self._tail = Content("")
        if self._until == "fence":
            return
        if self._until or _open_display(self._raw) or (self._fresh and _UNDECIDED.match(self._raw)):
            self._tail = _SIGN if self._until or len(self._raw) > _WAITING else self._tail
            return
        if not self._raw or _FENCE.match(self._raw):
            return
        self._raw = self._begin(self._raw)
        if len(self._raw) > _MOST:
            self._add(self._read_piece(self._raw))
            self._raw = ""
        found = shown(self._raw)
        if found.settled >= _PIECE:
            self._add(self._read_piece(self._raw[: found.settled]))
            self._raw = self._raw[found.settled :]
            found = shown(self._raw)
        self._tail = self._inline(found.text)
        if found.held > _WAITING:
            self._tail += _SIGN

    def _read_piece(self, text: str) -> Content:
        return self._inline(text) if len(text) <= _MOST else Content(text)

    def _begin(self, line: str) -> str:
        """Begin a line where it has not begun; what is behind its prefix comes back."""
        if not self._fresh:
            return line
        self._fresh = False
        found = _PREFIX.match(line)
        if found is None:
            return line
        indent, mark = found.groups()
        rest = line[found.end() :]
        goes_on = not mark and rest and self._lines and self._lines[-1][1]
        if goes_on:
            self._add(Content(" "))
        elif mark.strip() in {"-", "*", "+"}:
            self._lines.append((indent + BULLETS[min(len(indent) // 2, len(BULLETS) - 1)], []))
        elif mark.startswith(">"):
            self._lines.append((QUOTE * mark.count(">"), []))
        else:
            self._lines.append((f"{indent}{mark}".rstrip("# ") + " " * (mark[:1].isdigit()), []))
        return rest

    def _add(self, content: Content) -> None:
        if content:
            if not self._lines:
                self._lines.append(("", []))
            self._lines[-1][1].append(content)


class _Layout:
    """Rows at one width; what is settled is wrapped once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._rows: list[Content] = []
        self._line = self._piece = 0
        """Up to here, lines and pieces are in `_rows` and `_edge`."""
        self._edge = Content("")
        """The last row of the line that is not over, without its prefix."""
        self._begun = False
        """That line has rows already."""

    @property
    def settled(self) -> int:
        """Rows that will stay."""
        return len(self._rows)

    def rows(self, lines: Sequence[tuple[str, list[Content]]], tail: Content) -> list[Content]:
        """All of them."""
        while self._line < len(lines):
            prefix, pieces = lines[self._line]
            for piece in pieces[self._piece :]:
                self._edge = self._wrap(prefix, self._edge + piece, self._rows)
            self._piece = len(pieces)
            if self._line == len(lines) - 1:
                break
            self._rows.append(self._led(prefix, self._edge))
            self._line, self._piece, self._edge, self._begun = self._line + 1, 0, Content(""), False
        prefix = lines[-1][0] if lines else ""
        begun, last = self._begun, list[Content]()
        edge = self._wrap(prefix, self._edge + tail, last)
        rows = [*self._rows, *last, self._led(prefix, edge)] if lines or tail else []
        self._begun = begun
        return rows

    def _wrap(self, prefix: str, content: Content, rows: list[Content]) -> Content:
        *whole, edge = content.wrap(max(2, self.width - cell_len(prefix))) or [Content("")]
        for row in whole:
            rows.append(self._led(prefix, row))
            self._begun = True
        return edge

    def _led(self, prefix: str, row: Content) -> Content:
        if not prefix:
            return row
        return Content(" " * cell_len(prefix) if self._begun else prefix) + row


def _open_display(line: str) -> str:
    """What will end the displayed formula that `line` begins; empty where it begins none, or ends it."""
    text = line.strip()
    closing = _DISPLAY.get(text[:2], "")
    return closing if closing and closing not in text[2:] else ""
