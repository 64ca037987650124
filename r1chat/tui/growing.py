"""Code and tables while they are written: what is new is handed on, so that nothing is read twice."""

import re
from typing import Protocol

from textual.widget import Widget

from r1chat.core.terminal import plain
from r1chat.tui.blocks import is_fence
from r1chat.tui.unclosed import shown
from r1chat.tui.widgets.fence import Fence
from r1chat.tui.widgets.table import Table

_DELIMITER = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?\Z|\s*\|\s*:?-+:?\s*\Z")


class Builder(Protocol):
    """Makes widgets of a block's source."""

    def build(self, source: str) -> list[Widget]:
        """Those of one block."""


class GrowingFence:
    """A fence at the left edge."""

    def __init__(self, builder: Builder, source: str) -> None:
        first, _, _ = source.partition("\n")
        self._mark = first[0]
        self._begin = len(first) + 1
        self._fed = 0
        (fence,) = builder.build(f"{first}\n")
        if not isinstance(fence, Fence):
            raise TypeError(fence)
        self.widget = fence
        fence.growing = True

    def feed(self, source: str) -> None:
        """Take the source so far. Blank lines at its end wait, as does what may be the closing mark."""
        code = source[self._begin :].rstrip()
        last = code.rfind("\n") + 1
        if code[last:].lstrip()[:1] == self._mark:
            code = code[:last].rstrip()
        if len(code) > self._fed:
            self.widget.grow(code[self._fed :])
            self._fed = len(code)

    def finish(self, source: str) -> bool:
        """It is over; False where it is not what it was taken for."""
        lines = source.rstrip().split("\n")
        if lines[-1].strip().strip(self._mark):
            self.feed(source)
            code = source[self._begin :].rstrip()
            self.widget.grow(code[self._fed :])
        else:
            self.feed("\n".join(lines[:-1]))
        self.widget.finish()
        return True


class GrowingTable:
    """A table whose head is whole."""

    def __init__(self, builder: Builder, source: str) -> None:
        self._builder = builder
        self._head = "".join(line + "\n" for line in source.split("\n")[:2])
        self._fed = len(self._head)
        self._half = False
        """The last row that was shown may go on."""
        table = builder.build(self._head)[0]
        if not isinstance(table, Table):
            raise TypeError(table)
        self.widget = table
        table.growing = True

    def feed(self, source: str) -> None:
        """Take the source so far."""
        end = source.rfind("\n") + 1
        rows = source[self._fed : end]
        half = shown(source[end:]).text
        half = half if half.strip(" |") else ""
        if not rows and not half:
            return
        (table,) = self._builder.build(plain(self._head + rows + half))[:1]
        if isinstance(table, Table):
            self.widget.grow(table, replace_last=self._half)
            self._half = bool(half)
        self._fed = end

    def finish(self, source: str) -> bool:
        """It is over; False where a line is none of its rows: it is another thing than it looked like."""
        if not all("|" in line for line in source.rstrip().split("\n")):
            return False
        self.feed(source if source.endswith("\n") else source + "\n")
        self.widget.finish()
        return True


Growing = GrowingFence | GrowingTable


def growing(builder: Builder, source: str) -> Growing | None:
    """What takes an open block's source from here on; None where it is no code or table, or not yet."""
    if "\n" not in source:
        return None
    if is_fence(source) and not source[0].isspace():
        return GrowingFence(builder, source)
    lines = source.split("\n", 2)
    if len(lines) == len(("head", "rule", "rows")) and "|" in lines[0] and _DELIMITER.match(lines[1]):
        built = builder.build(f"{lines[0]}\n{lines[1]}\n")
        if len(built) == 1 and isinstance(built[0], Table):
            return GrowingTable(builder, source)
    return None
