"""Colours code that is still being written: more of it costs no more where there is much already.

Code is given to Pygments in stretches of a dozen lines or more, each of which begins where a lexer can begin:
at the left edge, below a blank line, and in no comment or string. A stretch that is over is never looked at
again; the open one is, each time that it has grown by some lines.
"""

from collections.abc import Iterable
from itertools import takewhile

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound
from textual.content import Content, Span
from textual.highlight import HighlightTheme

_STRETCH = 8
"""Lines from which on a stretch may end."""
_LONGEST = 200
"""Lines at which it ends in any case."""
_PATIENCE = 6
"""The open stretch is looked at again when it is longer by one line in so many."""
_WIDEST = 5_000
"""A line of more characters is not coloured: lexers may take very long for one."""
_CLOSERS = (" ", "\t", ")", "]", "}")


class Highlighter:
    """Lines of code in one language; `lines` are coloured as far as they were looked at."""

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._begin = 0
        """The open stretch's first line."""
        self._look_at = 1
        """How many lines it has when it is looked at next."""
        self._code: list[str] = []
        self.lines: list[Content] = []
        """One content for each line."""

    def add(self, lines: Iterable[str]) -> int:
        """Take more lines; the index of the first whose colours may have changed comes back."""
        first = len(self.lines)
        self._code += lines
        self.lines += map(Content, self._code[first:])
        while len(self._code) - self._begin >= self._look_at:
            first = min(first, self._look())
        return first

    def finish(self) -> int:
        """Colour what is left; the index of the first line that may have changed comes back."""
        return self._look()

    def _look(self) -> int:
        """Colour the open stretch; the index of the first line that may have changed comes back."""
        before, begin = self.lines[self._begin :], self._begin
        code = self._code[self._begin : self._begin + _LONGEST]
        if code and max(map(len, code)) <= _WIDEST:
            ends = self._colour(code)
            whole = len(code) if len(code) >= _LONGEST else 0
            if len(code) >= _STRETCH:
                self._begin += max((at for at in ends if _begins_anew(code, at)), default=whole)
        else:
            self._begin += len(code)
        left = len(self._code) - self._begin
        self._look_at = left + 1 + left // _PATIENCE if left < _LONGEST else left
        same = takewhile(_is_same, zip(before, self.lines[begin:], strict=True))
        return begin + sum(1 for _ in same)

    def _colour(self, code: list[str]) -> set[int]:
        """Put colours on a stretch; the lines before which no comment or string is open come back."""
        spans: list[list[Span]] = [[] for _ in code]
        ends: set[int] = set()
        line = column = 0
        for kind, text in self._lexer.get_tokens("\n".join(code)):
            style = _style(kind)
            for number, part in enumerate(text.split("\n")):
                if number:
                    line, column = line + 1, 0
                if part and style and line < len(spans):
                    spans[line].append(Span(column, column + len(part), style))
                column += len(part)
            if column == 0 and not _continues(kind):
                ends.add(line)
        for at, (words, found) in enumerate(zip(code, spans, strict=True), self._begin):
            self.lines[at] = Content(words, spans=found)
        return ends


def _is_same(pair: tuple[Content, Content]) -> bool:
    """One line twice, of which only the colours may differ."""
    return pair[0].spans == pair[1].spans


def _lexer(language: str) -> Lexer:
    options = {"stripnl": False, "ensurenl": True, "startinline": True}
    try:
        return get_lexer_by_name(language or "text", **options)
    except ClassNotFound:
        return get_lexer_by_name("text", **options)


def _begins_anew(code: list[str], at: int) -> bool:
    return 0 < at < len(code) and not code[at - 1].strip() and not code[at].startswith(_CLOSERS)


def _continues(kind: _TokenType) -> bool:
    return kind in Token.Comment or kind in Token.Literal.String


def _style(kind: _TokenType) -> str:
    """The style of a kind of token, or of the kind that it is one of."""
    return next(
        (HighlightTheme.STYLES[one] for one in reversed(kind.split()) if one in HighlightTheme.STYLES), ""
    )
