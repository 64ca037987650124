"""What is read stays where it is, whatever comes and goes above it: mixed into what scrolls."""

from typing import TYPE_CHECKING

from textual._animator import SimpleAnimation
from textual.geometry import Size, clamp
from textual.layout import DockArrangeResult
from textual.scrollbar import ScrollBar
from textual.widget import Widget

from r1chat.tui.outside import Span

if TYPE_CHECKING:
    from textual.containers import VerticalScroll as _Base
else:
    _Base = object


class Staying(_Base):
    """Scrolls along in the very layout that moves what is seen, so that no picture shows it elsewhere.

    Where the end is followed, that goes before.
    """

    _arranged: DockArrangeResult | None = None
    """As of the last layout."""
    _sought: Widget | None = None
    """What is to be at the top until a person scrolls: it may take several layouts to find its place."""
    _sought_at: float | None = None
    """Where the last layout had it."""

    @property
    def follows(self) -> bool:
        """The end is followed as it grows."""
        return self._anchored and not self._anchor_released

    def stays(self, widget: Widget) -> bool:
        """Whether a child is something that stays."""
        return True

    @property
    def spans(self) -> dict[Widget, Span]:
        """Where the children lie, as of the last layout."""
        placed = () if self._arranged is None else self._arranged.placements
        return {placement.widget: Span(placement.region.y, placement.region.bottom) for placement in placed}

    def seek(self, widget: Widget) -> None:
        """Have a child at the top, from the next layout on."""
        self.release_anchor()
        self.app.animator.force_stop_animation(self, "scroll_y")
        self._sought, self._sought_at = widget, None
        self._clear_arrangement_cache()  # there is to be a layout though nothing has changed
        self.refresh(layout=True)

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Where the children are, with the scroll position that belongs to it."""
        found = super().arrange(size, optimal)
        before, self._arranged = self._arranged, found
        if before is not None and before is not found and not self.follows:
            self._shift(self._moved(before, found), found.total_region.bottom - size.height)
        if before is not found:
            self.call_later(self.laid_out)
        return found

    def laid_out(self) -> None:
        """The children were laid out anew."""

    def _moved(self, before: DockArrangeResult, now: DockArrangeResult) -> float:
        """By how many lines what is seen has moved."""
        tops = {placement.widget: placement.region.y for placement in now.placements}
        if self._sought in tops and self._sought_at in {None, self.scroll_y}:
            return tops[self._sought] - self.scroll_y
        self._sought = None
        for placement in before.placements:
            widget, region = placement.widget, placement.region
            if region.bottom > self.scroll_y and widget in tops and self.stays(widget):
                return tops[widget] - region.y
        return 0

    def _shift(self, lines: float, most: int) -> None:
        """Scroll by so many lines, to `most` at most, and have what scrolls just now go on from there."""
        bar = self.vertical_scrollbar
        if lines:
            self.set_reactive(Widget.scroll_y, clamp(self.scroll_y + lines, 0, max(0, most)))
            self.set_reactive(Widget.scroll_target_y, self.scroll_target_y + lines)
            bar.set_reactive(ScrollBar.position, self.scroll_y)
            match self.app.animator._animations.get((id(self), "scroll_y")):
                case (
                    SimpleAnimation(
                        start_value=float() | int() as start, end_value=float() | int() as end
                    ) as moving
                ):
                    moving.start_value, moving.end_value = start + lines, end + lines
                    moving.final_value = moving.end_value
        self._sought_at = self.scroll_y
        if bar.grabbed:
            bar.grabbed, bar.grabbed_position = self.app.mouse_position, bar.position
