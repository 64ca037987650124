"""Paragraphs, headings, lists and quotes as lines of text, each with what stands at its left."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from markdown_it.token import Token
from rich.cells import cell_len
from textual.content import Content

BULLETS = ("• ", "▪ ", "‣ ")
"""By how deep a list lies in others."""
QUOTE = "▌ "
_MARK = "$text-primary"
_HEADINGS = {"h1": "bold underline $text-primary"}
_HEADING = "bold $text-primary"


class Paragraph(NamedTuple):
    """Text that is wrapped as one."""

    content: Content
    first: str = ""
    """Stands before its first line: bullets, numbers, quotes."""
    rest: str = ""
    """The same before the others."""
    gap: bool = True
    """A blank line stands above it, unless it is the first of all."""

    def lines(self, width: int) -> list[Content]:
        """In lines of at most `width` cells."""
        if not self.first:
            return self.content.wrap(max(1, width))
        first, *others = self.content.wrap(max(2, width - cell_len(self.first))) or [Content("")]
        mark = Content.styled(self.first, _MARK)
        return [mark + first, *(Content.styled(self.rest, _MARK) + line for line in others)]


class _Left:
    """What stands at the left of one item, or of a quote."""

    def __init__(self, first: str, rest: str) -> None:
        self.first, self.rest = first, rest


def paragraphs(tokens: Iterable[Token], inline: Callable[[Token], Content]) -> list[Paragraph] | None:
    """The text of a block; None where it holds anything else, such as code, a table or a formula."""
    found: list[Paragraph] = []
    left: list[_Left] = []
    depth = 0
    heading, gap = "", True
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                mark = f"{token.info}{token.markup} " if token.info else BULLETS[min(depth, len(BULLETS)) - 1]
                left.append(_Left(mark, " " * cell_len(mark)))
            case "blockquote_open":
                left.append(_Left(QUOTE, QUOTE))
            case "list_item_close" | "blockquote_close":
                left.pop()
            case "heading_open":
                heading, gap = _HEADINGS.get(token.tag, _HEADING), True
            case "heading_close":
                heading = ""
            case "paragraph_open":
                gap = not token.hidden
            case "paragraph_close":
                pass
            case "inline":
                content = inline(token)
                found.append(_paragraph(content.stylize(heading) if heading else content, left, gap=gap))
            case _:
                return None
    return found


def _paragraph(content: Content, left: list[_Left], *, gap: bool) -> Paragraph:
    first = "".join(part.first for part in left)
    for part in left:
        part.first = part.rest
    return Paragraph(content, first, "".join(part.rest for part in left), gap=gap)
