"""Draws one line of text for a widget: in its style, with what is selected marked."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain

_TAB = " " * 4


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


def _selected(widget: Widget, line: str, y: int) -> list[Layer]:
    selection = widget.text_selection
    span = selection.get_span(y) if selection else None
    if span is None:
        return []
    end = len(line) if span[1] == -1 else span[1]
    return [Layer(span[0], end, widget.screen.get_component_rich_style("screen--selection"))]


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
