"""The block of an answer that is being written, as it will look, at a cost that does not grow with it."""

from collections.abc import Sequence

from markdown_it.token import Token
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock

from r1chat.tui.drafting import Draft
from r1chat.tui.line_drawing import clean
from r1chat.tui.widgets.line_block import Line, LineBlock


class OpenBlock(LineBlock, MarkdownBlock):
    """Anything but code and tables, which have widgets of their own that grow."""

    growing = True

    def __init__(self, markdown: Markdown) -> None:
        super().__init__(markdown, Token("paragraph_open", "p", 1))
        self._draft = Draft(self.inline)
        self._lines: list[Line] = []
        self._laid_width = 0
        """0: laid out anew when it is asked for."""
        self.display = False

    def inline(self, text: str) -> Content:
        """What stands within a line, as it will look."""
        from r1chat.tui.mathematics import parser

        return self._token_to_content(parser().parseInline(text)[0])

    def grow(self, text: str) -> None:
        """Take more of the block."""
        settled = self._draft.settled
        self._draft.grow(clean(text))
        self._laid_width = 0
        self.display = True
        if self.is_mounted:
            self.changed(settled)

    def renew(self, text: str) -> None:
        """Begin anew with what is open now."""
        self._draft = Draft(self.inline)
        self._draft.grow(clean(text))
        self._laid_width = 0
        self.display = bool(text.strip())
        if self.is_mounted:
            self.changed(0)

    def lay_out(self, width: int) -> Sequence[Line]:
        """What to show of it."""
        if width != self._laid_width:
            self._lines, self._laid_width = list(map(Line, self._draft.rows(width))), width
        return self._lines
