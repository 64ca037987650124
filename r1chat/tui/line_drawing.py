"""Draws one line of text for a widget: in its style, with what is selected marked."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip
from textual.style import Style as LineStyle
from textual.widget import Widget

from r1chat.core.terminal import plain

_TAB = " " * 4
_SELECTED = "screen--selection"


class Layer(NamedTuple):
    """Characters of a line that are drawn in a style over that of the others."""

    start: int
    end: int
    style: Style


def clean(text: str) -> str:
    """Text that a terminal shows and does not obey, tabs as blanks."""
    return plain(text).replace("\t", _TAB)


def draw(widget: Widget, line: str, y: int, width: int, layers: Sequence[Layer] = ()) -> Strip:
    """Line `y` of a widget's text, cut or filled to `width` cells; later `layers` lie over earlier ones."""
    style = widget.visual_style.rich_style
    segments = _segments(line, style, [*layers, *_selected(widget, line, y)])
    return Strip(segments).crop_extend(0, width, style).apply_offsets(0, y)


def draw_content(widget: Widget, content: Content, y: int, width: int) -> Strip:
    """The same for a line with styles in it, which has no offsets yet, nor any looks of links."""
    base = widget.visual_style
    if (selection := widget.text_selection) and (span := selection.get_span(y)):
        end = len(content.plain) if span[1] == -1 else span[1]
        look = LineStyle.from_styles(widget.screen.get_component_styles(_SELECTED))
        content = content.stylize(look, span[0], end)
    parts = content.render(base, end="", parse_style=widget._get_style)
    strip = Strip([Segment(text, terminal_style(base + style)) for text, style in parts])
    return strip.crop_extend(0, width, terminal_style(base))


@lru_cache(maxsize=256)
def terminal_style(style: LineStyle) -> Style:
    """A style as a terminal takes it; to make it takes longer than to draw with it."""
    return style.rich_style


def _selected(widget: Widget, line: str, y: int) -> list[Layer]:
    selection = widget.text_selection
    span = selection.get_span(y) if selection else None
    if span is None:
        return []
    end = len(line) if span[1] == -1 else span[1]
    return [Layer(span[0], end, widget.screen.get_component_rich_style(_SELECTED))]


def _segments(line: str, style: Style, layers: Sequence[Layer]) -> list[Segment]:
    if not layers:
        return [Segment(line, style)]
    edges = {min(max(0, edge), len(line)) for layer in layers for edge in layer[:2]}
    segments: list[Segment] = []
    for start, end in pairwise(sorted(edges | {0, len(line)})):
        look = style
        for layer in layers:
            if layer.start <= start and end <= layer.end:
                look += layer.style
        segments.append(Segment(line[start:end], look))
    return segments
