"""A search of the Hub: words above, what was found below."""

from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from r1chat.core.commands import Place
from r1chat.errors import R1ChatError
from r1chat.tui.bindings import bindings
from r1chat.tui.hub_words import HUB, Offer, hub_cells
from r1chat.tui.stock import Stock
from r1chat.tui.widgets.model_table import ModelTable
from r1chat.tui.widgets.plain_input import PlainInput

EMPTY = "Type words of a model's name and press Enter: the Hugging Face Hub is asked for GGUF files."
NOTHING = "The Hub has no GGUF repository of that name."


class Words(PlainInput):
    """What is searched for. Where it is empty, left and right turn to the list beside."""

    def action_cursor_left(self, select: bool = False) -> None:
        """Move, or turn."""
        if self.value:
            super().action_cursor_left(select)
        else:
            self.post_message(ModelTable.Turned(-1))

    def action_cursor_right(self, select: bool = False) -> None:
        """Move, or turn."""
        if self.value:
            super().action_cursor_right(select)
        else:
            self.post_message(ModelTable.Turned(1))


class HubSearch(Vertical):
    """Finds repositories, one line a quantisation. What it has to say goes up as `Said`."""

    BINDINGS = bindings(Place.HUB)

    @dataclass
    class Said(Message):
        """A sentence for the place of the details."""

        words: str

    def __init__(self, stock: Stock) -> None:
        super().__init__()
        self._stock = stock
        self._offers: tuple[Offer, ...] = ()
        self._typing = True
        """A person is at the words, not at the lines."""

    def compose(self) -> ComposeResult:
        yield Words(placeholder="Search the Hugging Face Hub", id="search-words", compact=True)
        yield ModelTable(HUB, name="search-table")

    @property
    def offer(self) -> Offer | None:
        """The line under the cursor."""
        key = self.query_one(ModelTable).marked
        return next((offer for offer in self._offers if offer.key == key), None)

    def take_focus(self) -> None:
        """To where a person was: the words or the lines."""
        if self._typing:
            self.query_one(Words).focus()
        else:
            self.query_one(ModelTable).focus()

    def action_words(self) -> None:
        """To the words."""
        self._typing = True
        self.take_focus()

    def action_lines(self) -> None:
        """To the lines, where there are any."""
        self._typing = not self._offers
        self.take_focus()

    def on_resize(self) -> None:
        self.show()

    def show(self) -> None:
        """Draw the lines anew: what is here may have changed."""
        lines, before = [], ""
        for offer in self._offers:
            first, before = offer.model.repo != before, offer.model.repo
            here = self._stock.has(offer) is not None
            cells = hub_cells(offer, first=first, here=here, width=self.size.width)
            lines.append((offer.key, cells))
        self.query_one(ModelTable).show(lines)

    @on(Input.Submitted)
    def _asked(self, event: Input.Submitted) -> None:
        event.stop()
        if words := " ".join(event.value.split()):
            self.post_message(self.Said(f"Asking the Hub for {words} …"))
            self.search(words)

    @work(name="search", group="search", exclusive=True, exit_on_error=False)
    async def search(self, words: str) -> None:
        """Ask the Hub; a newer question takes the place of one that runs."""
        try:
            self._offers = await self._stock.search(words)
        except R1ChatError as error:
            self.post_message(self.Said(str(error)))
            return
        self.show()
        self.post_message(self.Said("" if self._offers else NOTHING))
        if self.query_one(Words).has_focus:
            self.action_lines()
