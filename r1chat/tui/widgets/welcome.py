"""What an empty chat says."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from r1chat.core.commands import command
from r1chat.core.terminal import plain

_HINTS = ("help", "models", "chats", "thinking")


class Welcome(Vertical):
    """A name, a sentence, and where to look next."""

    def __init__(self) -> None:
        super().__init__()
        self._advice = Static("", classes="advice", markup=False)
        self._advice.display = False

    def advise(self, lines: Iterable[str]) -> None:
        """Say what to begin with, where there is no model yet but the embedded one."""
        self._advice.update(Content(plain("\n".join(lines))))
        self._advice.display = True

    def compose(self) -> ComposeResult:
        yield Static(Content("r1chat"), classes="name", markup=False)
        yield Static(
            Content("Ask something. It thinks on this computer, and nothing leaves it."),
            classes="sentence",
            markup=False,
        )
        yield self._advice
        lines = [
            Content.assemble((f"{entry.key_label:>7}", "bold"), f"  {entry.title}")
            for entry in map(command, _HINTS)
        ]
        yield Static(Content("\n").join(lines), classes="keys", markup=False)
