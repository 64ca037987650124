"""A list of options in a window of any size."""

from typing import Literal

from textual.widgets import OptionList


class SteadyList(OptionList):
    """Textual 8.2 fails to turn a page where no line of the list is in sight."""

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        """Turn a page."""
        if self._index_to_line:
            super()._move_page(direction)
