"""Help: every key and command, from the tables that the program itself goes by."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from r1chat.core.commands import COMMANDS
from r1chat.tui.widgets.prompt import Prompt


class HelpScreen(ModalScreen[None]):
    """Closed by the keys that one would try."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q", "dismiss", "Close", id="help.close", tooltip="Close help.", show=False),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll() as scroll:
            scroll.border_title = "Help"
            scroll.border_subtitle = "Esc closes"
            yield Static("Keys and commands", classes="heading", markup=False)
            for entry in COMMANDS:
                slash = f"/{entry.slash} {entry.argument}".strip()
                yield _row(entry.key_label, slash, entry.help)
            yield Static("In the prompt", classes="heading gap", markup=False)
            for binding in Prompt.BINDINGS:
                if isinstance(binding, Binding):
                    yield _row(_label(binding.key), "", binding.tooltip)


def _row(key: str, slash: str, words: str) -> Horizontal:
    return Horizontal(
        Static(Content(key), classes="key", markup=False),
        Static(Content(slash), classes="slash", markup=False),
        Static(Content(words), classes="words", markup=False),
        classes="row",
    )


def _label(keys: str) -> str:
    first = keys.partition(",")[0]
    return "+".join(part.capitalize() for part in first.split("+"))
