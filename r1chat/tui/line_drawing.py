"""Draws one line of text for a widget: in its style, with what is selected marked."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain

_TAB = " " * 4


def clean(text: str) -> str:
    """Text that a terminal shows and does not obey, tabs as blanks."""
    return plain(text).replace("\t", _TAB)


def draw(widget: Widget, line: str, y: int, width: int) -> Strip:
    """Line `y` of a widget's text, cut or filled to `width` cells."""
    style = widget.visual_style.rich_style
    return Strip(_segments(widget, line, y)).crop_extend(0, width, style).apply_offsets(0, y)


def _segments(widget: Widget, line: str, y: int) -> list[Segment]:
    style = widget.visual_style.rich_style
    selection = widget.text_selection
    span = selection.get_span(y) if selection else None
    if span is None:
        return [Segment(line, style)]
    start, end = span[0], len(line) if span[1] == -1 else span[1]
    marked = style + widget.screen.get_component_rich_style("screen--selection")
    parts = ((line[:start], style), (line[start:end], marked), (line[end:], style))
    return [Segment(text, look) for text, look in parts if text]
