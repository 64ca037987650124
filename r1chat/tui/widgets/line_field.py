"""A line in which a person types what an action on a chat still needs."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message

from r1chat.core.commands import Place
from r1chat.core.conversation import Chat
from r1chat.export.files import free_name
from r1chat.tui.bindings import bindings
from r1chat.tui.chat_rows import one_line
from r1chat.tui.widgets.plain_input import PlainInput

LINES: dict[str, tuple[str, Callable[[Chat], str]]] = {
    "rename": ("Title", lambda chat: one_line(chat.title)),
    "tag": ("Tags, parted by commas", lambda chat: ", ".join(map(one_line, chat.tags))),
    "export": ("File: .md, .html or .json", free_name),
}
"""What needs a line: what it is called, and what stands there at first."""


class LineField(PlainInput):
    """Shown while it is needed. Enter hands up what is typed, Esc leaves everything as it was."""

    BINDINGS = bindings(Place.LINE)

    @dataclass
    class Typed(Message):
        """It was typed for this verb and chat."""

        verb: str
        chat: Chat
        words: str

    class Left(Message):
        """Nothing is to be done."""

    def __init__(self) -> None:
        super().__init__(select_on_focus=False)
        self._verb = ""
        self._chat: Chat | None = None

    def ask(self, verb: str, chat: Chat) -> None:
        """Ask for a line."""
        self._verb, self._chat = verb, chat
        label, first = LINES[verb]
        self.border_title = label
        self.value = first(chat)
        self.display = True
        self.cursor_position = len(self.value)
        self.focus()

    def on_key(self, event: events.Key) -> None:
        """Take the line on Enter, in its turn among the keys: what is typed after it is no part of it."""
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_keep()

    def action_keep(self) -> None:
        """Hand up what is typed."""
        self.display = False
        if self._chat is not None:
            self.post_message(self.Typed(self._verb, self._chat, self.value))

    def action_leave(self) -> None:
        """Leave everything as it was."""
        self.display = False
        self.post_message(self.Left())
