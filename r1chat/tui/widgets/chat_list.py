"""The list of chats: titles and ages, the last used first."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from r1chat.core.commands import Place
from r1chat.core.conversation import Chat
from r1chat.core.terminal import plain
from r1chat.tui.bindings import bindings
from r1chat.tui.wording import age

PAGE = 40
"""Chats that are listed at first, and that are added where the end is reached."""
AHEAD = 5
"""So near to the end, more are asked for."""


class ChatList(OptionList):
    """A sidebar. Enter or a click asks for a chat to be opened."""

    @dataclass
    class Chosen(Message):
        """A person wants this chat."""

        chat_id: str

    @dataclass
    class More(Message):
        """The end of the list is near."""

    BINDINGS = bindings(Place.CHATS)

    async def action_close(self) -> None:
        """Close the list."""
        await self.run_action("screen.command('chats')")

    def show(self, chats: Iterable[Chat], *, current: str | None, now: float) -> None:
        """Replace what is listed; `now` is Unix time, `current` the id of the open chat."""
        marked = self.highlighted_option.id if self.highlighted_option else current
        self.clear_options()
        self.add_options([Option(_entry(chat, chat.id == current, now), id=chat.id) for chat in chats])
        if not self.option_count:
            self.add_option(Option(Content.styled("No chats yet.", "dim"), disabled=True))
        for index, option in enumerate(self.options):
            if option.id == marked:
                self.highlighted = index

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Ask for more chats when the last of them are reached."""
        event.stop()
        if event.option_index >= self.option_count - AHEAD and self.option_count >= PAGE:
            self.post_message(self.More())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ask for the chat."""
        event.stop()
        if event.option_id:
            self.post_message(self.Chosen(event.option_id))


def _entry(chat: Chat, current: bool, now: float) -> Content:
    title = " ".join(plain(chat.title).split()) or "Untitled"
    when = age(chat.updated_at, now) + (" · open" if current else "")
    return Content.assemble(title, (f"\n{when}", "dim"))
