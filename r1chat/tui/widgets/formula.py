"""Displayed mathematics."""

from collections.abc import Sequence

from markdown_it.token import Token
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
        self._wide = width

    def compose(self) -> ComposeResult:
        """No widgets."""
        return iter(())

    def lay_out(self, width: int) -> Sequence[Line]:
        """Its rows, side by side where they fit."""
        if self._wide <= width:
            return [Line(Content(row.rstrip())) for row in self._rows]
        step = max(1, width - len(GOES_ON))
        return [
            Line(Content(row[at : at + step]), mark=GOES_ON if at + step < self._wide else "")
            for at in range(0, self._wide, step)
            for row in self._rows
        ]
