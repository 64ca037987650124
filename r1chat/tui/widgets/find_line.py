"""The line below a thought that takes words to find, and tells how often they are there."""

from typing import Protocol

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from r1chat.core.commands import Place, command
from r1chat.tui.bindings import bindings
from r1chat.tui.widgets.plain_input import PlainInput


class Searched(Protocol):
    """What is searched."""

    def seek(self, words: str) -> None:
        """Look for words; none end the search."""

    def tally(self) -> str:
        """Which of how many places it stands at, in words; empty where nothing is looked for."""

    def read(self) -> None:
        """Take the keys back."""


class FindLine(Horizontal):
    """Searches as one types. Enter goes into the text, where keys walk from place to place."""

    BINDINGS = bindings(Place.FIND)

    def __init__(self, searched: Searched) -> None:
        super().__init__()
        self._searched = searched
        self._words = PlainInput(compact=True, placeholder="Find in the thought", select_on_focus=False)
        self._words._bindings.key_to_bindings.pop("enter")  # it is this line's own
        self._tally = Static(classes="tally", markup=False)

    def compose(self) -> ComposeResult:
        yield Static(Content("/"), classes="sign", markup=False)
        yield self._words
        yield self._tally

    def ask(self) -> None:
        """Take the keys."""
        self.screen.set_focus(self._words)

    def tell(self) -> None:
        """Bring the count up to date."""
        keys = " · ".join(
            f"{entry.key_label} {entry.title.lower()}"
            for entry in map(command, ("thought.find_next", "thought.find_previous", "thought.leave"))
        )
        tally = self._searched.tally()
        self._tally.update(Content(f"{tally} · {keys}" if tally and not self._words.has_focus else tally))

    @on(Input.Changed)
    def _seek(self, event: Input.Changed) -> None:
        event.stop()
        self._searched.seek(event.value)
        self.tell()

    async def action_go(self) -> None:
        """Into the text; without words there is nothing to walk through."""
        self._searched.read()
        if not self._words.value:
            await self.action_end()

    async def action_end(self) -> None:
        """End the search."""
        self._searched.read()
        self._searched.seek("")
        await self.remove()
