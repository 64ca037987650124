"""Where a person types what to search for."""

from textual.message import Message

from r1chat.core.commands import Place
from r1chat.tui.bindings import bindings
from r1chat.tui.widgets.plain_input import PlainInput


class SearchField(PlainInput):
    """One line above the list of chats. The arrow keys move in the results while one types."""

    BINDINGS = bindings(Place.SEARCH)

    class Opened(Message):
        """A person wants the highlighted result of what is typed."""

    class Moved(Message):
        """A person wants another result highlighted, that many rows further."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    class Listed(Message):
        """A person wants to go to the results."""

    class Left(Message):
        """A person is done with searching."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search all chats", compact=True, select_on_focus=False)

    def action_open(self) -> None:
        """Open what is highlighted."""
        self.post_message(self.Opened())

    def action_up(self) -> None:
        """One result up."""
        self.post_message(self.Moved(-1))

    def action_down(self) -> None:
        """One result down."""
        self.post_message(self.Moved(1))

    def action_list(self) -> None:
        """Go to the results."""
        self.post_message(self.Listed())

    def action_clear(self) -> None:
        """Search for nothing; where nothing is typed, leave."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Left())
