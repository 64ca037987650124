"""The list of chats, or of what a search found."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from r1chat.core.commands import Place
from r1chat.core.conversation import Chat
from r1chat.core.search import Hit
from r1chat.tui.bindings import bindings
from r1chat.tui.chat_rows import Entry, chat_of, chat_row, hit_row
from r1chat.tui.clock import Clock
from r1chat.tui.widgets.rows import Rows

PAGE = 100
"""Chats that are listed at first; where the end comes near, four times as many are asked for."""
AHEAD = 10
"""So near to the end, more are asked for."""
_CHAT_LINES, _HIT_LINES = 2, 4


class ChatList(Rows):
    """A sidebar's list. Enter or a click asks for a chat to be opened; other keys ask for what help says."""

    BINDINGS = bindings(Place.CHATS)

    @dataclass
    class Chosen(Message):
        """A person wants this chat, at what was found in it."""

        entry: Entry

    @dataclass
    class Asked(Message):
        """A person wants something done to this chat: `verb` is the command's name."""

        verb: str
        chat: Chat

    @dataclass
    class Moved(Message):
        """Another chat is highlighted."""

        near_end: bool

    class Turned(Message):
        """A person wants the other list: of archived chats, or of those that are not."""

    class Left(Message):
        """A person is done with the list."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.entries: tuple[Entry, ...] = ()
        self._current: str | None = None

    @property
    def count(self) -> int:
        """Rows in all."""
        return len(self.entries)

    @property
    def chat(self) -> Chat | None:
        """The chat that is highlighted."""
        return None if self.highlighted is None else chat_of(self.entries[self.highlighted])

    def show(self, entries: Sequence[Entry], *, current: str | None, top: bool = False) -> None:
        """List these; `current` is the open one. The highlight stays with its chat, or goes to the top."""
        before = self.chat
        wanted = None if top else (before.id if before else current)
        place = 0 if self.highlighted is None or top else min(self.highlighted, len(entries) - 1)
        self.entries, self._current = tuple(entries), current
        self.tall = _HIT_LINES if entries and isinstance(entries[0], Hit) else _CHAT_LINES
        ids = [chat_of(entry).id for entry in entries]
        self.lay_out(ids.index(wanted) if wanted in ids else max(place, 0))

    def row(self, index: int, width: int) -> list[Content]:
        """What to draw."""
        entry, now = self.entries[index], self._clock.wall()
        opened = chat_of(entry).id == self._current
        if isinstance(entry, Hit):
            return hit_row(entry, opened=opened, now=now, width=width, lines=self.tall - 2)
        return chat_row(entry, opened=opened, now=now)

    def choose(self, index: int) -> None:
        """Ask for the chat."""
        self.post_message(self.Chosen(self.entries[index]))

    def moved(self) -> None:
        """Tell so, and whether the last of them are near."""
        self.post_message(self.Moved((self.highlighted or 0) >= self.count - AHEAD))

    def action_open(self) -> None:
        """Open the highlighted chat."""
        if self.highlighted is not None:
            self.choose(self.highlighted)

    def action_rename(self) -> None:
        """Give the chat another title."""
        self._ask("rename")

    def action_pin(self) -> None:
        """Put the chat before the others."""
        self._ask("pin")

    def action_tag(self) -> None:
        """Change the chat's tags."""
        self._ask("tag")

    def action_archive(self) -> None:
        """Take the chat out of the list."""
        self._ask("archive")

    def action_delete(self) -> None:
        """Delete the chat."""
        self._ask("delete")

    def action_duplicate(self) -> None:
        """Have the chat twice."""
        self._ask("duplicate")

    def action_export(self) -> None:
        """Write the chat to a file."""
        self._ask("export")

    async def action_search(self) -> None:
        """Go to the search field."""
        await self.run_action("screen.command('search')")

    async def action_undo(self) -> None:
        """Bring back the chat that was deleted last."""
        await self.run_action("screen.command('undelete')")

    def action_archived(self) -> None:
        """List what was archived, or the others again."""
        self.post_message(self.Turned())

    def action_close(self) -> None:
        """Leave the list."""
        self.post_message(self.Left())

    def _ask(self, verb: str) -> None:
        if (chat := self.chat) is not None:
            self.post_message(self.Asked(verb, chat))
