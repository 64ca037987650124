"""Help: every key and command, from the tables that the program itself goes by."""

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from r1chat.core.commands import SECTIONS, Place, in_keys
from r1chat.tui.bindings import bindings
from r1chat.tui.screens.steady import SteadyScreen

_THREE_COLUMNS = 66
"""Columns of a window from which on a sentence stands beside its key and its slash command."""


class HelpScreen(ModalScreen[None], SteadyScreen[None]):
    """Closed by the keys that one would try."""

    CSS_PATH = "help.tcss"
    BINDINGS = bindings(Place.HELP)

    def compose(self) -> ComposeResult:
        with VerticalScroll() as scroll:
            scroll.border_title = "Help"
            scroll.border_subtitle = in_keys("{help.close} closes")
            for section in SECTIONS:
                yield Static(Content(section.title), classes="heading", markup=False)
                for entry in section.commands:
                    yield _row(entry.key_label, entry.slash_label, entry.help)
                if section.note:
                    yield Static(Content(in_keys(section.note)), classes="note", markup=False)

    def on_resize(self, event: Resize) -> None:
        """Have the sentences below their keys where they would be too narrow beside them."""
        self.set_class(event.size.width < _THREE_COLUMNS, "-narrow")

    def action_close(self) -> None:
        """Back to the chat."""
        self.dismiss()


def _row(key: str, slash: str, words: str) -> Horizontal:
    return Horizontal(
        Static(Content(key), classes="key", markup=False),
        Static(Content(slash), classes="slash", markup=False),
        Static(Content(words), classes="words", markup=False),
        classes="row",
    )
