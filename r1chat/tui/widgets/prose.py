"""The text of an answer between what is not text: many paragraphs in one widget."""

from collections.abc import Iterable, Sequence

from markdown_it.token import Token
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock

from r1chat.tui.prose import Paragraph
from r1chat.tui.widgets.line_block import Line, LineBlock

_BLANK = Line(Content(""))
_MOST = 20_000
"""Characters in one widget, above which another is begun: one step of a layout stays short."""


class Prose(LineBlock, MarkdownBlock):
    """Grows by whole paragraphs.

    The screen's layout visits every widget of the transcript each time that a line is added, so a long answer
    must not be a widget for each paragraph, and five for each item of a list.
    """

    def __init__(self, markdown: Markdown) -> None:
        super().__init__(markdown, Token("paragraph_open", "p", 1))
        self._paragraphs: list[Paragraph] = []
        self._characters = 0
        self._lines: list[Line] = []
        self._laid = self._laid_width = 0

    @property
    def full(self) -> bool:
        """No more should be added."""
        return self._characters > _MOST

    def add(self, paragraphs: Iterable[Paragraph]) -> None:
        """Put paragraphs below those that are there."""
        first = len(self._lines)
        for paragraph in paragraphs:
            self._paragraphs.append(paragraph)
            self._characters += len(paragraph.content)
        if self.is_mounted:
            self.changed(first)

    def lay_out(self, width: int) -> Sequence[Line]:
        """All paragraphs, with blank lines between them."""
        if width != self._laid_width:
            self._lines, self._laid, self._laid_width = [], 0, width
        for paragraph in self._paragraphs[self._laid :]:
            if paragraph.gap and self._lines:
                self._lines.append(_BLANK)
            self._lines += map(Line, paragraph.lines(width))
        self._laid = len(self._paragraphs)
        return self._lines
