r"""Mathematics in Markdown: `\(…\)`, `$…$`, `\[…\]`, `$$…$$`, `\begin{align}…`, and a bare `\boxed{…}`."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from r1chat.export.formulas import INLINE, with_formulas
from r1chat.tui.latex import inline
from r1chat.tui.latex.typeset import BOX_CLOSE, BOX_OPEN

_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
"""Within a cell of a table there is no other way to break a line."""
_TICK = re.compile(r"^\[([ xX])\](?=\s)")
_TICKED = {" ": "☐", "x": "☑"}
_PARTS = re.compile(f"({BOX_OPEN}.*?{BOX_CLOSE})")


@cache
def parser() -> MarkdownIt:
    """GitHub's Markdown with mathematics, and with HTML left as the text that it is rather than dropped."""
    markdown = with_formulas(MarkdownIt("gfm-like", {"html": False}))
    markdown.core.ruler.push("mathematics", _as_text)
    return markdown


def _as_text(state: StateCore) -> None:
    """Mathematics within lines becomes text, what is boxed strong; `<br>` and boxes to tick are drawn."""
    for at, token in enumerate(state.tokens):
        if token.type == "inline" and token.children:
            token.children = [part for child in token.children for part in _parts(child)]
            first = token.children[0]
            if at > 1 and state.tokens[at - 2].type == "list_item_open" and first.type == "text":
                first.content = _TICK.sub(lambda box: _TICKED[box[1].lower()], first.content)


def _parts(child: Token) -> list[Token]:
    if child.type in INLINE:
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
    return tokens or [Token("text", "", 0)]
