"""The transcript: questions, replies and notes of the branch that a person looks at."""

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from r1chat.core.conversation import Conversation, Message, Role
from r1chat.tui.clock import Clock
from r1chat.tui.widgets.bar import Barred
from r1chat.tui.widgets.bare import Bare
from r1chat.tui.widgets.branching import Branching, alike, message_of, said_in
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.welcome import Welcome

PAGE = 20
"""Messages that are mounted at once."""


class Earlier(Static):
    """How much of the chat lies above, not mounted yet."""


class Transcript(Barred, Bare, Branching):
    """Follows its end unless a person scrolled up; older messages come when its beginning is reached."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(can_focus=True)
        self._clock = clock
        self._older: tuple[Message, ...] = ()
        self._mounting = False

    def compose(self) -> ComposeResult:
        yield Welcome()

    def on_mount(self) -> None:
        self.anchor()

    async def show(self, conversation: Conversation | None) -> None:
        """Show the active branch of a chat, or an empty one; questions that wait stay below it."""
        path = said_in(conversation) if conversation else ()
        self.place(conversation.places() if conversation else {})
        first = max(6, min(PAGE, self.size.height // 6 * 2))  # a turn takes six lines or more: this fills it
        self._older = path[:-first]
        widgets = [*self._earlier(), *map(self._widget, path[-first:])]
        waiting = [question for question in self.query(Question) if question.queued]
        with self.app.batch_update():
            await self.remove_children([widget for widget in self.children if widget not in waiting])
            widgets = widgets or ([] if waiting else [Welcome()])
            await self.mount_all(widgets, before=self._waiting)
        self.anchor()

    async def keep_up(self, conversation: Conversation) -> bool:
        """Show what another program changed in the branch; the rest stays as it is. False if nothing."""
        path, older, shown = said_in(conversation), len(self._older), self.said
        same, count = alike(self._older, path) == older, alike(map(message_of, shown), path[older:])
        self.place(conversation.places())
        if same and older + count == len(path) and count == len(shown):
            return False
        if not same or not count:
            await self.show(conversation)
            return True
        with self.app.batch_update():
            await self.remove_children(self.behind(count))
            await self.mount_all(map(self._widget, path[older + count :]), before=self._waiting)
            if self.is_vertical_scroll_end:
                await self._put_away()
        return True

    async def begin(self, question: Message, draft: Message, asked: Question | None) -> Reply:
        """A turn has begun; `asked` is its question where it is new. The reply comes back, in its place."""
        reply = self.marked(Reply(draft, self._clock, live=True))
        with self.app.batch_update():
            await self.query(Welcome).remove()
            shown = await self.leave_branch(question)
            if asked is None and not shown:
                asked = Question(question.text)
            if asked is not None:
                asked.message, asked.queued = question, False
                self.marked(asked)
            if asked is not None and not asked.is_attached:
                await self.mount(asked, before=self._waiting)
            await self.mount(reply, before=self._waiting)
            await self._put_away()
        self.anchor()
        return reply

    async def _put_away(self) -> None:
        """Unmount all but the last page: a long chat stays as quick as a short one."""
        shown = self.said
        if len(shown) <= PAGE or self._mounting:
            return
        gone = self.children[: self.children.index(shown[-PAGE])]
        self._older += tuple(message for message in map(message_of, gone) if message is not None)
        await self.remove_children(gone)
        await self.mount(*self._earlier(), before=0)

    async def add(self, widget: Question | Note) -> None:
        """Put a queued question or a note at the end; nothing where the screen is gone, as while it ends."""
        if not self.is_attached:
            return
        await self.query(Welcome).remove()
        await self.mount(widget)
        self.anchor()

    async def to_beginning(self) -> None:
        """Scroll to the oldest message that is mounted; from there, one page further."""
        if self.scroll_y <= 1:
            await self.load_older()
        else:
            self.scroll_home(animate=False)

    async def load_older(self, count: int = PAGE) -> None:
        """Mount some more messages above, and keep in place what is being read."""
        if not self._older or self._mounting:
            return
        self._mounting = True
        below = self.max_scroll_y - self.scroll_y
        page, self._older = self._older[-count:], self._older[:-count]
        with self.app.batch_update():
            await self.query(Earlier).remove()
            await self.mount_all([*self._earlier(), *map(self._widget, page)], before=0)
        self.call_after_refresh(self._stay, below)

    def _stay(self, below: float) -> None:
        self.scroll_to(y=self.max_scroll_y - below, animate=False, immediate=True)
        self._mounting = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value <= 1:
            self.call_later(self.load_older)

    async def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Earlier):
            await self.load_older()

    def _widget(self, message: Message) -> Widget:
        if message.role is Role.USER:
            return self.marked(Question(message.text, message=message))
        return self.marked(Reply(message, self._clock))

    def _earlier(self) -> list[Widget]:
        words = Content(f"↑ {len(self._older):,} earlier messages")
        return [Earlier(words, markup=False)] if self._older else []
