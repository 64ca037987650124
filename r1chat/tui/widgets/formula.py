"""Displayed mathematics."""

from collections.abc import Sequence

from markdown_it.token import Token
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock

from r1chat.tui.line_drawing import clean
from r1chat.tui.widgets.line_block import GOES_ON, Line, LineBlock


class Formula(LineBlock, MarkdownBlock):
    """A formula in two dimensions; one that is wider than the screen goes on below."""

    def __init__(self, markdown: Markdown, token: Token) -> None:
        from r1chat.tui.latex import display

        super().__init__(markdown, token)
        rows = [clean(row) for row in display(token.content)]
        width = max(map(len, rows), default=0)
        self._rows = [row.ljust(width) for row in rows]
        self._wide = max(map(cell_len, rows), default=0)

    def compose(self) -> ComposeResult:
        """No widgets."""
        return iter(())

    def lay_out(self, width: int) -> Sequence[Line]:
        """Its rows, side by side where they fit."""
        if self._wide <= width:
            return [Line(Content(row.rstrip())) for row in self._rows]
        length = len(self._rows[0])
        lines: list[Line] = []
        at = 0
        while at < length:
            end = self._break(at, max(1, width - len(GOES_ON)))
            mark = GOES_ON if end < length else ""
            lines += [
                Line(Content(row[at:end].rstrip() if not mark else row[at:end]), mark=mark)
                for row in self._rows
            ]
            at = end
        return lines

    def _break(self, at: int, room: int) -> int:
        """Where the next lines begin: behind a blank in every row, else a blank or a bar, else anywhere."""
        furthest = at + 1
        while (
            furthest < len(self._rows[0])
            and max(cell_len(row[at : furthest + 1]) for row in self._rows) <= room
        ):
            furthest += 1
        if furthest < len(self._rows[0]):
            for blanks in (" ", " ─_"):
                for end in range(furthest, at + (furthest - at) // 2, -1):
                    if all(row[end - 1] in blanks for row in self._rows):
                        return end
        return furthest
