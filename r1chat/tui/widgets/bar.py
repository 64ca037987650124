"""A scroll bar that costs little beside what grows: its pieces are alike, so each look is made once."""

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object

_MOST = 64
"""Looks that are kept: colours under the mouse and without it, and ends of the thumb."""


class Bar(ScrollBar):
    """Every layout of the screen draws it, though its thumb hardly moves."""

    def __init__(self, thickness: int) -> None:
        super().__init__(vertical=True, name="vertical", thickness=thickness)
        self._made: dict[Segment, Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """A piece of the bar for each line."""
        bar = self.render()
        colours = self.app.console.get_style(bar.style) if isinstance(bar, ScrollBarRender) else Style()
        if not (isinstance(bar, ScrollBarRender) and colours.bgcolor and colours.color):
            return super().render_lines(crop)
        pieces = bar.render_bar(
            size=self.outer_size.height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=self.outer_size.width,
            back_color=colours.bgcolor,
            bar_color=colours.color,
        )
        if len(self._made) > _MOST:
            self._made.clear()
        strips = [self._strip(piece) for piece in pieces.segments[crop.y : crop.bottom]]
        for line_filter in self.get_line_filters():
            background = self.background_colors[1]
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def _strip(self, piece: Segment) -> Strip:
        strip = self._made.get(piece)
        if strip is None:
            base = self.visual_style.rich_style
            (whole,) = Segment.apply_style([piece], base)
            strip = self._made[piece] = Strip([whole])
        return strip


class Barred(_Base):
    """Mixed into what scrolls while it grows: it has such a bar."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The bar at its right, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = bar = Bar(self.scrollbar_size_vertical)
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar
