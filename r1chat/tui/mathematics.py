r"""Mathematics in Markdown: `\(…\)`, `$…$`, `\[…\]`, `$$…$$`, `\begin{align}…`, and a bare `\boxed{…}`."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from r1chat.tui.latex import inline
from r1chat.tui.latex.typeset import BOX_CLOSE, BOX_OPEN

BLOCK = "math_block"
"""The kind of token that is displayed mathematics."""
_INLINE = frozenset({"math_inline", "math_inline_double"})
_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_ENVIRONMENT = re.compile(r"\\begin\{((?:align|equation|gather|multline|cases|[pbBvV]?matrix)(?:ed)?\*?)\}")
_BOXED = "\\boxed{"
_DOLLARS = re.compile(r"\$(?!\$)((?:[^$\\]|\\.)+)\$", re.DOTALL)
_MACRO = re.compile(r"\\[A-Za-z]+(?:\{[^{}]*\})?")
_PROSE = re.compile(r"[A-Za-z]{3,}\s+[A-Za-z]{2,}")
"""Two words in a row; in mathematics words stand in macros."""
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
"""Within a cell of a table there is no other way to break a line."""
_TICK = re.compile(r"^\[([ xX])\](?=\s)")
_TICKED = {" ": "☐", "x": "☑"}
_PARTS = re.compile(f"({BOX_OPEN}.*?{BOX_CLOSE})")


@cache
def parser() -> MarkdownIt:
    """GitHub's Markdown with mathematics, and with HTML left as the text that it is rather than dropped."""
    markdown = MarkdownIt("gfm-like", {"html": False})
    # a dollar sign beside a digit outside, or beside a blank inside, is money
    markdown.use(
        dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True
    )
    markdown.block.ruler.before(
        "fence", "display", _display, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    markdown.inline.ruler.before("escape", "brackets", _brackets)
    markdown.inline.ruler.before("math_inline", "money", _money)
    markdown.core.ruler.push("mathematics", _as_text)
    return markdown


def _display(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Lines from one that begins with an opening to the one that ends with its closing."""
    begin = state.bMarks[first] + state.tShift[first]
    environment = _ENVIRONMENT.match(state.src, begin)
    opening = environment[0] if environment else state.src[begin : begin + 2]
    closing = f"\\end{{{environment[1]}}}" if environment else _CLOSING.get(opening, "")
    if not closing or opening == "\\(":
        return False
    for line in range(first, end):
        text = state.src[begin + len(opening) if line == first else state.bMarks[line] : state.eMarks[line]]
        if closing in text:
            if not text.rstrip(" .,;").endswith(closing):
                return False
            if not silent:
                _push(state, first, line, opening, closing, whole=bool(environment))
            return True
    return False


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
        state.push("math_inline", "math", 0).content = state.src[inside]
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
    """Behind the brace that closes the one at `opening`; 0 where none does."""
    depth = 0
    for at in range(opening, end):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return at + 1
    return 0


def _as_text(state: StateCore) -> None:
    """Mathematics within lines becomes text, what is boxed strong; `<br>` and boxes to tick are drawn."""
    for at, token in enumerate(state.tokens):
        if token.type == "inline" and token.children:
            token.children = [part for child in token.children for part in _parts(child)]
            first = token.children[0]
            if at > 1 and state.tokens[at - 2].type == "list_item_open" and first.type == "text":
                first.content = _TICK.sub(lambda box: _TICKED[box[1].lower()], first.content)


def _parts(child: Token) -> list[Token]:
    if child.type in _INLINE:
        return _texts(child.content)
    if child.type != "text" or not (pieces := _BREAK.split(child.content))[1:]:
        return [child]
    parts = [
        part
        for piece in pieces
        for part in (Token("hardbreak", "br", 0), Token("text", "", 0, content=piece))
    ]
    return parts[1:]


def _texts(source: str) -> list[Token]:
    tokens: list[Token] = []
    for part in filter(None, _PARTS.split(inline(source))):
        text = Token("text", "", 0, content=part)
        if part.startswith(BOX_OPEN):
            tokens += [Token("strong_open", "strong", 1), text, Token("strong_close", "strong", -1)]
        else:
            tokens.append(text)
    return tokens
