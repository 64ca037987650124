"""A list of options in a window of any size, that may change at any moment."""

from typing import Literal

from textual.events import Click
from textual.widgets import OptionList


class SteadyList(OptionList):
    """Textual 8.2 fails at a page where no line of the list is in sight, and at a click on what is gone."""

    async def _on_click(self, event: Click) -> None:
        """A click on a line that was taken off on its way here is for nothing."""
        if event.style.meta.get("option", -1) >= self.option_count:
            event.prevent_default()

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        """Turn a page."""
        if self._index_to_line:
            super()._move_page(direction)
