"""The part of a long chat that is mounted: some messages in a row, and the last turn."""

import asyncio
from collections.abc import Iterable

from textual.widget import Widget

from r1chat.core.conversation import Message, Role
from r1chat.tui.clock import Clock
from r1chat.tui.outside import Outside, Side
from r1chat.tui.widgets.branching import Branching, message_of
from r1chat.tui.widgets.edge import Edge
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.staying import Staying

PAGE = 20
"""Messages that are mounted at once at most, and stay so where a turn begins below them."""
Kept = Message | Note
"""What can be put away. Of a note that was taken off a new one is made."""


class Windowed(Staying, Branching):
    """Mounts one part of a chat in place of another.

    The last turn is always mounted, whether it runs or not: commands mean it. Where messages before it are
    put away it is not displayed, nor is what stands below it.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(can_focus=True)
        self._clock = clock
        self._outside: Outside[Kept] = Outside()
        self._changing = asyncio.Lock()
        """Held by whoever mounts messages and takes them off."""

    @property
    def at_end(self) -> bool:
        """What stands last is displayed."""
        return not self._outside.below

    def _displayed(self, message_id: str) -> Question | Reply | None:
        shown = (child for child in self.said if child.display and child.message)
        return next((child for child in shown if child.message and child.message.id == message_id), None)

    @property
    def _page(self) -> int:
        """Messages that fill the screen: a turn takes six lines or more."""
        return max(6, min(PAGE, self.size.height // 6 * 2))

    def _parts(self) -> tuple[list[Widget], list[Widget]]:
        """What is mounted of the chat before its last turn, and that turn with all that stands below."""
        shown = [child for child in self.children if not isinstance(child, Edge)]
        last = {type(child): number for number, child in enumerate(shown) if message_of(child) is not None}
        first = min(last.values(), default=len(shown))
        return shown[:first], shown[first:]

    def _all(self) -> tuple[Kept, ...]:
        """All of the chat before its last turn, mounted or not."""
        return (*self._outside.above, *kept(self._parts()[0]), *self._outside.below)

    async def _show_part(self, first: int) -> None:
        """Mount a page from there on in place of what is mounted."""
        parts, (shown, _) = self._all(), self._parts()
        last = first + self._page
        self._outside = Outside(parts[:first], parts[last:])
        with self.app.batch_update():
            await self.remove_children(shown)
            await self._mount_at(Side.ABOVE, parts[first:last])

    async def _join(self) -> None:
        """Have the end displayed."""
        if not self.at_end:
            await self._show_part(max(0, len(self._all()) - self._page))

    async def _mount_at(self, side: Side, parts: Iterable[Kept]) -> None:
        """Mount at one end of what is mounted before the last turn, and say what is put away."""
        edge, widgets = self._edge(side), [self._widget(part) for part in parts]
        if edge is None:
            await self.mount_all(widgets, before=0)
        elif side is Side.ABOVE:
            await self.mount_all(widgets, after=edge)
        else:
            await self.mount_all(widgets, before=edge)
        await self._tell()

    async def _tell(self) -> None:
        """Say at both edges what is put away, and display the end where nothing is put away before it."""
        _, end = self._parts()
        for side, parts in ((Side.ABOVE, self._outside.above), (Side.BELOW, self._outside.below)):
            edge = self._edge(side)
            if edge is not None and not parts:
                await edge.remove()
            elif edge is None and parts:
                edge = Edge(side)
                await self.mount(edge, before=0 if side is Side.ABOVE else end[0])
            if edge is not None:
                edge.count(sum(isinstance(part, Message) for part in parts))
        for widget in end:
            widget.display = self.at_end

    def _edge(self, side: Side) -> Edge | None:
        edges = (child for child in self.children if isinstance(child, Edge))
        return next((edge for edge in edges if edge.side is side), None)

    def _widget(self, part: Kept) -> Widget:
        if isinstance(part, Note):
            return Note(part.message, part.hint, tone=part.tone)
        if part.role is Role.USER:
            return self.marked(Question(part.text, message=part))
        return self.marked(Reply(part, self._clock))


def kept(widgets: Iterable[Widget]) -> list[Kept]:
    """What is to be mounted anew of widgets that are taken off."""
    found = ((widget if isinstance(widget, Note) else message_of(widget)) for widget in widgets)
    return [part for part in found if part is not None]
