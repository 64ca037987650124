"""The sidebar: search, chats, and a look at the one that is highlighted."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from r1chat.core.commands import command
from r1chat.core.conversation import Chat
from r1chat.core.terminal import plain
from r1chat.tui.chat_rows import Entry
from r1chat.tui.clock import Clock
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.line_field import LINES, LineField
from r1chat.tui.widgets.preview import Preview
from r1chat.tui.widgets.search_field import SearchField

_AGES_S = 30
"""How often ages are drawn anew."""
_ROOMY = (100, 30)
"""Columns and lines of the screen from which on there is room for a preview."""
_HINTS = ("rename", "pin", "tag", "archive", "delete", "search")


class Sidebar(Vertical):
    """Shown on demand. What is typed and chosen in it goes up as the messages of its parts."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.field = SearchField()
        self.line = LineField()
        self.list = ChatList(clock)
        self.preview = Preview()
        self._foot = Static(classes="foot", markup=False)
        self.archived = False
        """The archived chats are listed, not the others."""
        self._said = ""
        self.shown = ""
        """The search whose results are listed; empty where chats are."""

    @property
    def text(self) -> str:
        """What is searched for; empty where all chats are wanted."""
        return self.field.value.strip()

    @property
    def previews(self) -> bool:
        """There is room for a preview."""
        size = self.app.size
        return self.display and size.width >= _ROOMY[0] and size.height >= _ROOMY[1]

    def compose(self) -> ComposeResult:
        yield self.field
        yield self.line
        yield self.list
        yield self.preview
        yield self._foot

    def on_mount(self) -> None:
        self.set_interval(_AGES_S, self.list.refresh)

    def on_resize(self) -> None:
        self.set_class(self.previews, "-roomy")
        self._tell(self._said)

    def open(self, *, search: bool = False) -> None:
        """Show it, with the keys in the list or in the search field."""
        self.display = True
        (self.field if search else self.list).focus()

    def close(self) -> None:
        """Hide it; the next time it shows all chats."""
        self.display = self.line.display = self.archived = False
        self.field.value = ""

    def show(self, entries: Sequence[Entry], *, searched: str, current: str | None) -> None:
        """List chats, or what was found for `searched`."""
        self.list.show(entries, current=current, top=searched != self.shown)
        self.shown = searched
        if entries:
            self._tell("")
        elif searched:
            self.say("Nothing was found.")
        else:
            self.say("No chat is archived." if self.archived else "No chats yet.")

    def say(self, words: str) -> None:
        """A sentence at the foot, until something else is listed."""
        self._tell(words)

    def _tell(self, words: str) -> None:
        """Say this, else which keys there are."""
        self._said = words
        self._foot.update(Content(plain(words)) if words else _hints(self.size.width - 2))

    def ask(self, verb: str, chat: Chat) -> None:
        """Ask for the line that an action still needs."""
        self.display = True
        self.line.ask(verb, chat)

    @on(ChatList.Asked)
    def _ask(self, event: ChatList.Asked) -> None:
        """What needs a line gets it before it goes up: at once, so that no key typed for it is lost."""
        if event.verb in LINES:
            event.stop()
            self.ask(event.verb, event.chat)

    @on(SearchField.Moved)
    def _move(self, event: SearchField.Moved) -> None:
        event.stop()
        self.list.action_move(event.rows)

    @on(SearchField.Listed)
    @on(LineField.Left)
    @on(LineField.Typed)
    def _to_list(self) -> None:
        self.list.focus()


def _hints(width: int) -> Content:
    """Keys and what they do, in lines that part none from its word."""
    lines = [Content("")]
    for entry in [command(f"chats.{name}") for name in _HINTS]:
        hint = Content.assemble((entry.key_label.lower(), "bold"), f" {entry.title.lower()}")
        if lines[-1] and lines[-1].cell_length + 2 + hint.cell_length > width:
            lines.append(hint)
        else:
            lines[-1] = Content("  ").join((lines[-1], hint)) if lines[-1] else hint
    return Content("\n").join(lines)
