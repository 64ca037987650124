"""A screen that a mouse cannot break."""

from textual.await_complete import AwaitComplete
from textual.dom import NoScreen
from textual.geometry import Offset
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class SteadyScreen(Screen[ScreenResultType]):
    """Textual 8.2 fails where a selection begins on what was taken off a moment ago and is still drawn."""

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """What is there to be selected."""
        try:
            widget, offset = super().get_widget_and_offset_at(x, y)
        except NoScreen:
            return None, None
        return (widget, offset) if widget is not None and widget.is_attached else (None, None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """End it, once: a second click may come before it is gone. What is not whole yet ends when it is."""
        if not self.is_mounted:
            self.call_later(self._end, result)
            return AwaitComplete()
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def _end(self, result: ScreenResultType | None) -> None:
        self.dismiss(result)
