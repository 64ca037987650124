r"""Where formulas stand in Markdown: `\(…\)`, `$…$`, `\[…\]`, `$$…$$`, `\begin{align}…`, bare `\boxed{…}`.

One grammar for the screen and for web pages.
"""

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.dollarmath import dollarmath_plugin

BLOCK = "math_block"
"""The kind of token that is displayed mathematics."""
INLINE = frozenset({"math_inline", "math_inline_double"})
"""Those of mathematics in a line."""
DISPLAYED = frozenset({"$$", "\\["})
"""The markup of what was meant to be displayed, though it stands in a line."""
_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_ENVIRONMENT = re.compile(r"\\begin\{((?:align|equation|gather|multline|cases|[pbBvV]?matrix)(?:ed)?\*?)\}")
_BOXED = "\\boxed{"
_DOLLARS = re.compile(r"\$(?!\$)((?:[^$\\]|\\.)+)\$", re.DOTALL)
_MACRO = re.compile(r"\\[A-Za-z]+(?:\{[^{}]*\})?")
_PROSE = re.compile(r"[A-Za-z]{3,}\s+[A-Za-z]{2,}")
"""Two words in a row; in mathematics words stand in macros."""


def with_formulas(markdown: MarkdownIt) -> MarkdownIt:
    """The parser, which finds formulas from now on."""
    # a dollar sign beside a digit outside, or beside a blank inside, is money
    markdown.use(
        dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True
    )
    markdown.block.ruler.before(
        "fence", "display", _display, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    markdown.inline.ruler.before("escape", "brackets", _brackets)
    markdown.inline.ruler.before("math_inline", "money", _money)
    return markdown


def _display(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Lines from one that begins with an opening to the one that ends with its closing."""
    begin = state.bMarks[first] + state.tShift[first]
    environment = _ENVIRONMENT.match(state.src, begin)
    opening = environment[0] if environment else state.src[begin : begin + 2]
    closing = f"\\end{{{environment[1]}}}" if environment else _CLOSING.get(opening, "")
    if not closing or opening == "\\(":
        return False
    line, text = first, state.src[begin + len(opening) : state.eMarks[first]]
    if closing not in text:
        line = _line_with(closing, state, first + 1, end)
        text = _text(state, line) if line < end else ""
    if not text.rstrip(" .,;").endswith(closing):
        return False
    if not silent:
        _push(state, first, line, opening, closing, whole=bool(environment))
    return True


def _line_with(closing: str, state: StateBlock, first: int, end: int) -> int:
    """The first line from `first` on that has it, else `end`; what was looked through is not once more."""
    known = state.env.setdefault("closings", {})
    begin, found = known.get((closing, end), (end, end))
    if not begin <= first <= found:
        lines = (line for line in range(first, end) if closing in _text(state, line))
        begin, found = first, next(lines, end)
        known[closing, end] = begin, found
    return int(found)


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] : state.eMarks[line]]


def _push(state: StateBlock, first: int, last: int, opening: str, closing: str, *, whole: bool) -> None:
    text = state.getLines(first, last + 1, state.blkIndent, False).strip()
    if not whole:
        text = text[len(opening) :].rpartition(closing)[0]
    token = state.push(BLOCK, "math", 0)
    token.content, token.map, token.block = text, [first, last + 1], True
    state.line = last + 1


def _brackets(state: StateInline, silent: bool) -> bool:
    r"""`\(…\)` and `\[…\]`; a `\boxed{…}` that stands in no mathematics is some of its own."""
    start = state.pos
    if state.src[start] != "\\":
        return False
    if state.src.startswith(_BOXED, start):
        end = _closing_brace(state.src, start + len(_BOXED) - 1, state.posMax)
        inside = slice(start, end)
    else:
        found = state.src.find(_CLOSING.get(state.src[start : start + 2], "\0"), start + 2, state.posMax)
        end = found + 2 if found > 0 else 0
        inside = slice(start + 2, end - 2)
    if not end:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.markup = state.src[inside], state.src[start : start + 2]
    state.pos = end
    return True


def _money(state: StateInline, silent: bool) -> bool:
    """A dollar sign that opens what reads as prose, or reaches into code, opens no mathematics."""
    found = _DOLLARS.match(state.src, state.pos, state.posMax)
    if found is None or not ("`" in found[1] or _PROSE.search(_MACRO.sub("", found[1]))):
        return False
    if not silent:
        state.pending += "$"
    state.pos += 1
    return True


def _closing_brace(text: str, opening: int, end: int) -> int:
    """Behind the brace that closes the one at `opening`; 0 where none does before `end`."""
    closing = _braces(text).get(opening, 0)
    return closing if closing <= end else 0


@lru_cache(1)
def _braces(text: str) -> dict[int, int]:
    """For each opening brace that is closed, behind which place. All at once: a model may open thousands."""
    open_ones: list[int] = []
    closed: dict[int, int] = {}
    for brace in re.finditer("[{}]", text):
        if brace[0] == "{":
            open_ones.append(brace.start())
        elif open_ones:
            closed[open_ones.pop()] = brace.end()
    return closed
