"""The transcript: questions, replies and notes of the branch that a person looks at."""

from itertools import takewhile

from textual.app import ComposeResult

from r1chat.core.conversation import Conversation, Message, Role
from r1chat.tui.outside import Outside, Side
from r1chat.tui.widgets.bar import Barred
from r1chat.tui.widgets.bare import Bare
from r1chat.tui.widgets.branching import alike, message_of, said_in
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.tending import Tending
from r1chat.tui.widgets.welcome import Welcome
from r1chat.tui.widgets.windowed import PAGE, kept


class Transcript(Barred, Bare, Tending):
    """Follows its end unless a person scrolled up; what one scrolls to comes before it is reached."""

    def compose(self) -> ComposeResult:
        yield Welcome()

    def on_mount(self) -> None:
        self.anchor()

    def action_page_down(self) -> None:
        """A page down; at the end that is followed on."""
        if self.at_end and self.is_vertical_scroll_end:
            self.anchor()
        else:
            self.scroll_page_down()

    async def show(self, conversation: Conversation | None) -> None:
        """Show the active branch of a chat, or an empty one; questions that wait stay below it."""
        async with self._changing:
            await self._show(conversation)

    async def _show(self, conversation: Conversation | None) -> None:
        path = said_in(conversation) if conversation else ()
        self.place(conversation.places() if conversation else {})
        self._outside = Outside(path[: -self._page])
        waiting = [question for question in self.query(Question) if question.queued]
        with self.app.batch_update():
            await self.remove_children([widget for widget in self.children if widget not in waiting])
            widgets = [*map(self._widget, path[-self._page :])] or ([] if waiting else [Welcome()])
            await self.mount_all(widgets, before=self._waiting)
            await self._tell()
        self._rest()

    async def keep_up(self, conversation: Conversation) -> bool:
        """Show what another program changed in the branch; the rest stays as it is. False if nothing."""
        async with self._changing:
            return await self._keep_up(conversation)

    async def _keep_up(self, conversation: Conversation) -> bool:
        path, (_, end) = said_in(conversation), self._parts()
        before = [part for part in self._all() if isinstance(part, Message)]
        now = [*before, *filter(None, map(message_of, end))]
        count = alike(now, path)
        self.place(conversation.places())
        if count == len(path) == len(now):
            return False
        mounted = len(self.said) - (len(now) - count)  # those of them that stay as they are
        if mounted <= 0 or (count < len(before) and not self.at_end):
            await self._show(conversation)
            return True
        with self.app.batch_update():
            await self.remove_children(self.behind(mounted))
            await self.mount_all(map(self._widget, path[count:]), before=self._waiting)
            if self.is_vertical_scroll_end or not self.at_end:
                await self._settle()
        return True

    async def begin(self, question: Message, draft: Message, asked: Question | None) -> Reply:
        """A turn has begun; `asked` is its question where it is new. The reply comes back, in its place."""
        reply = self.marked(Reply(draft, self._clock, live=True))
        async with self._changing:
            with self.app.batch_update():
                await self.query(Welcome).remove()
                shown = await self._make_way(question)
                if asked is None and not shown:
                    asked = Question(question.text)
                if asked is not None:
                    asked.message, asked.queued = question, False
                    self.marked(asked)
                if asked is not None and not asked.is_attached:
                    await self.mount(asked, before=self._waiting)
                await self.mount(reply, before=self._waiting)
                await self._settle()
        self._rest()
        return reply

    async def add(self, widget: Question | Note) -> None:
        """Put a queued question or a note at the end; nothing where the screen is gone, as while it ends."""
        if not self.is_attached:
            return
        async with self._changing:
            await self.query(Welcome).remove()
            if not self._is_read:
                await self._join()
            await self.mount(widget)
            await self._tell()
        self._rest()

    async def _make_way(self, question: Message) -> bool:
        """Have displayed what goes on with `question`, and nothing behind; whether that is there already."""
        place = None
        for number, part in enumerate(self._all()):
            if isinstance(part, Message) and (
                part.id == question.id or (part.role is Role.USER and part.parent_id == question.parent_id)
            ):
                place = part.id if self._displayed(part.id) else number
        match place:
            case int():
                await self._show_part(place)
            case None if not self._is_read:
                await self._join()
        there = await self.leave_branch(question)
        if place is not None:
            self._outside.below = ()
        return there

    async def _settle(self) -> None:
        """Keep one page mounted: a long chat stays as quick as a short one."""
        shown, _ = self._parts()
        if not self.at_end:
            gone = [widget for widget in shown if not widget.display]
            self._outside.below = (*self._outside.below, *kept(gone))
        else:
            rest = {*self._held, *self.said[-PAGE:]}
            gone = list(takewhile(lambda widget: widget not in rest, shown))
            self._outside.put(Side.ABOVE, kept(gone))
        await self.remove_children(gone)
        await self._tell()

    @property
    def _is_read(self) -> bool:
        """Somebody reads in the midst of it, with the keys there, and not at its end."""
        focused = self.screen.focused
        return not self.at_end and focused is not None and self in focused.ancestors

    def _rest(self) -> None:
        """At its end, unless that is put away because somebody reads elsewhere."""
        if self.at_end:
            self.anchor()
