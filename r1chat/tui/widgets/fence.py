"""A block of code: coloured, long lines wrapped, and it may grow."""

from collections.abc import Sequence

from markdown_it.token import Token
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownFence

from r1chat.tui.highlighting import Highlighter
from r1chat.tui.line_drawing import clean
from r1chat.tui.widgets.line_block import GOES_ON, Line, LineBlock
from r1chat.tui.wrapping import chop


class Fence(LineBlock, MarkdownFence):
    """Code, whole or still being written. `text` is what it says, for copying."""

    def __init__(self, markdown: Markdown, token: Token, code: str = "") -> None:
        super().__init__(markdown, token, code)
        words = token.info.split()
        self._language = words[0] if words else ""
        self.counts = token.type == "fence"
        """It has a number among the blocks of its answer; code that is only indented has none."""
        self._highlighter = Highlighter(self._language)
        self._partial = ""
        self._laid: list[Line] = []
        self._starts: list[int] = []
        """Where in `_laid` each line of code begins that is whole."""
        self._whole = 0
        """Up to here `_laid` holds whole lines of code; behind it, what is there of the next."""
        self._laid_width = 0
        if code:
            self._highlighter.add(clean(code).split("\n"))
            self._highlighter.finish()

    @classmethod
    def highlight(cls, code: str, language: str, ansi: bool = False, dark: bool = False) -> Content:
        """Nothing: code is coloured as it is drawn."""
        return Content("")

    @property
    def allow_horizontal_scroll(self) -> bool:
        """Long lines are wrapped."""
        return False

    def compose(self) -> ComposeResult:
        """No widgets."""
        return iter(())

    def label(self, number: int) -> None:
        """Say above it which block it is, for who wants to copy or save that one."""
        self.border_title = Content(f"{number} · {clean(self._language)}" if self._language else f"{number}")
        self.add_class("-labelled")

    def grow(self, code: str) -> None:
        """Take more of the code."""
        *whole, self._partial = (self._partial + clean(code)).split("\n")
        self._redraw(self._highlighter.add(whole))

    def finish(self) -> None:
        """It has grown to its end."""
        self.growing = False
        if self._partial:
            self._highlighter.add([self._partial])
            self._partial = ""
        self._redraw(self._highlighter.finish())

    def _redraw(self, first: int) -> None:
        top = self._starts[first] if first < len(self._starts) else self._whole
        del self._laid[top:], self._starts[first:]
        self._whole = top
        if self.is_mounted:
            self.changed(top)

    def lay_out(self, width: int) -> Sequence[Line]:
        """The lines of code, each in as many lines of the screen as it takes."""
        if width != self._laid_width:
            self._laid, self._starts, self._whole, self._laid_width = [], [], 0, width
        if len(self._starts) < len(self._highlighter.lines):
            del self._laid[self._whole :]
            for content in self._highlighter.lines[len(self._starts) :]:
                self._starts.append(len(self._laid))
                self._laid += _wrapped(content, width)
            self._whole = len(self._laid)
        if self._partial and self._whole == len(self._laid):
            self._laid += _wrapped(Content(self._partial), width)
        return self._laid


def _wrapped(content: Content, width: int) -> list[Line]:
    text = content.plain
    if len(text) < width and text.isascii():
        return [Line(content)]
    pieces = chop(text, max(2, width - 1))
    at, lines = 0, []
    for piece in pieces:
        lines.append(Line(content[at : at + len(piece)], wrapped=True, mark=GOES_ON))
        at += len(piece)
    lines[-1] = Line(lines[-1].content)
    return lines
