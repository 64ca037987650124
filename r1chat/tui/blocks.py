"""Finds where the blocks of a Markdown text that is still being written are over.

A block that is over never changes again, so it is rendered once. Each item of a list is a block, which stays
open over blank lines, since what is indented below belongs to it; a fence and displayed mathematics stay open
until they are closed.
"""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)")
_RULE = re.compile(r" {0,3}([-*])(?:\s*\1){2,}\s*$")

_DEEPEST = 4
"""Blanks at a line's beginning that are taken as a part of the item above, however wide its mark is."""


def is_item(block: str) -> bool:
    """Whether a block is an item of a list."""
    return _ITEM.match(block) is not None and _RULE.match(block) is None


def is_fence(block: str) -> bool:
    """Whether a block is fenced code."""
    return _FENCE.match(block) is not None


class BlockSplitter:
    """The state of one answer."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._partial = ""
        self._fence = ""
        self._display = ""
        self._blank = False

    @property
    def open(self) -> str:
        """The source of the block that is not over yet."""
        return "".join(self._lines) + self._partial

    def feed(self, text: str) -> tuple[str, ...]:
        """Take more text; the blocks that are over now come back, in order."""
        *lines, self._partial = (self._partial + text).split("\n")
        closed: list[str] = []
        for line in lines:
            self._take(line + "\n", closed)
        return tuple(closed)

    def finish(self) -> tuple[str, ...]:
        """The text is over: what was open comes back."""
        closed: list[str] = []
        last, self._partial = self._partial, ""
        if last:
            self._take(last, closed)
        self._close(closed)
        return tuple(closed)

    def _take(self, line: str, closed: list[str]) -> None:
        if self._fence:
            self._take_in_fence(line, closed)
        elif self._display:
            self._lines.append(line)
            self._display = "" if self._display in line else self._display
        elif not line.strip():
            self._lines.append(line)
            self._blank = _ITEM.match(self._lines[0]) is not None
            if not self._blank:
                self._close(closed)
        else:
            self._take_first_or_next(line, closed)

    def _take_first_or_next(self, line: str, closed: list[str]) -> None:
        fence = _FENCE.match(line)
        heading = _HEADING.match(line)
        if self._begins_anew(line, interrupts=bool(fence or heading)):
            self._close(closed)
        self._blank = False
        self._lines.append(line)
        if heading and len(self._lines) == 1:
            self._close(closed)
        elif fence:
            self._fence = fence.group(1)
        else:
            self._display = _open_display(line)

    def _take_in_fence(self, line: str, closed: list[str]) -> None:
        self._lines.append(line)
        mark = line.strip()
        if mark.startswith(self._fence) and not mark.strip(self._fence[0]):
            self._fence = ""
            if _FENCE.match(self._lines[0]):
                self._close(closed)

    def _begins_anew(self, line: str, *, interrupts: bool) -> bool:
        if not self._lines:
            return False
        if item := _ITEM.match(self._lines[0]):
            indent = len(line) - len(line.lstrip(" "))
            if indent >= min(len(item[0]), _DEEPEST) or line.startswith("\t"):
                return False
            return interrupts or self._blank or _ITEM.match(line) is not None
        return interrupts or self._blank

    def _close(self, closed: list[str]) -> None:
        block = "".join(self._lines)
        self._lines, self._blank, self._fence, self._display = [], False, "", ""
        if block.strip():
            closed.append(block)


def _open_display(line: str) -> str:
    """What will close the displayed mathematics that `line` leaves open; empty where it leaves none."""
    if line.rfind("\\[") > line.rfind("\\]"):
        return "\\]"
    return "$$" if line.count("$$") % 2 else ""
