"""Closes what an answer in Markdown leaves open, so that it does not swallow what comes after it."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark")
_TRIES = 20
_AFTER = ("", "# x")


def closed(text: str) -> str:
    """`text` with an open fence closed. HTML that does not end is shown as the text that it is."""
    lines = re.split(r"\r\n?|\n", text)
    for _ in range(_TRIES):  # text that was HTML may leave something open in its turn
        tokens = _blocks(lines)
        if _goes_on(tokens, len(lines)):
            break
        last = tokens[-1]
        if last.type == "fence":
            lines.append(last.markup)
        elif last.map is not None:
            _show(lines, *last.map)
    blocks = [token for token in _blocks(lines) if token.type == "html_block"]
    folded = "".join(token.content.lower() for token in blocks)
    if folded.count("<details") > folded.count("</details"):
        for token in blocks:
            if token.map is not None and "<details" in token.content.lower():
                _show(lines, *token.map)
    return "\n".join(lines)


def _blocks(lines: list[str]) -> list[Token]:
    return _PARSER.parse("\n".join((*lines, *_AFTER)))


def _goes_on(tokens: list[Token], end: int) -> bool:
    """Whether the heading behind the text is a heading."""
    last = tokens[-1]
    return last.type == "heading_close" and last.level == 0 and tokens[-3].map == [end + 1, end + 2]


def _show(lines: list[str], begin: int, end: int) -> None:
    for number in range(begin, min(end, len(lines))):
        lines[number] = lines[number].replace("<", "&lt;")
