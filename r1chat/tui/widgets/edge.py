"""What stands at an end of the mounted part of a chat: how much of it is put away there."""

from textual.content import Content
from textual.widgets import Static

from r1chat.tui.outside import Side


class Edge(Static):
    """A line that brings more when it is clicked."""

    def __init__(self, side: Side) -> None:
        super().__init__(markup=False)
        self.side = side

    def count(self, messages: int) -> None:
        """Say how many messages lie there."""
        sign, where = ("↑", "earlier") if self.side is Side.ABOVE else ("↓", "later")
        self.update(Content(f"{sign} {messages:,} {where} message{'s' * (messages != 1)}"))
