"""What an empty chat says."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from r1chat.core.commands import command

_HINTS = ("help", "models", "chats", "thinking")


class Welcome(Vertical):
    """A name, a sentence, and where to look next."""

    def compose(self) -> ComposeResult:
        yield Static(Content("r1chat"), classes="name", markup=False)
        yield Static(
            Content("Ask something. It thinks on this computer, and nothing leaves it."),
            classes="sentence",
            markup=False,
        )
        lines = [
            Content.assemble((f"{entry.key_label:>7}", "bold"), f"  {entry.title}")
            for entry in map(command, _HINTS)
        ]
        yield Static(Content("\n").join(lines), classes="keys", markup=False)
