"""What of a chat is mounted while one scrolls: what is seen, and some screens around it."""

from textual import events
from textual.widget import Widget

from r1chat.tui.outside import Side, Span, far
from r1chat.tui.widgets.edge import Edge
from r1chat.tui.widgets.reaching import Reaching
from r1chat.tui.widgets.windowed import kept

_SLICE = 4
"""Messages that are mounted in one go: few, so that none of them holds up a key."""


class Tending(Reaching):
    """Mounts what may be seen soon, and puts away what lies far off."""

    _brought = False
    """Messages were mounted that are not laid out yet: how far they reach is not known."""

    def action_scroll_end(self) -> None:
        """To the end of the chat, not only of what is mounted."""
        self.call_later(self.to_end)

    def action_scroll_home(self) -> None:
        """To the beginning of the chat."""
        self.call_later(self.to_beginning)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._look()

    def stays(self, widget: Widget) -> bool:
        """Edges come and go."""
        return not isinstance(widget, Edge)

    def laid_out(self) -> None:
        """There may be room for more."""
        self._brought = False
        self._look()

    async def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, Edge):
            self.release_anchor()
            async with self._changing:
                await self._bring(event.widget.side)

    def _look(self) -> None:
        if self._wanted() is not None:
            self.call_later(self._tend)

    async def _tend(self) -> None:
        async with self._changing:
            if (side := self._wanted()) is not None:
                await self._bring(side)

    async def _bring(self, side: Side) -> None:
        """Mount some messages on that side; what is far away on the other side goes."""
        self._brought = True
        with self.app.batch_update():
            await self._put_far(side.other)
            await self._mount_at(side, self._outside.take(side, _SLICE))

    def _wanted(self) -> Side | None:
        if self._brought or (self.follows and self.max_scroll_y):
            return None
        return self._outside.wanted(self._seen, self.virtual_size.height)

    @property
    def _seen(self) -> Span:
        top = round(self.scroll_y)
        return Span(top, top + self.scrollable_content_region.height)

    async def _put_far(self, side: Side) -> None:
        shown, _ = self._parts()
        seen, spans, held = self._seen, self.spans, self._held
        places = [seen if widget in held else spans.get(widget, seen) for widget in shown]
        count = far(places, seen, side)
        gone = shown[:count] if side is Side.ABOVE else shown[len(shown) - count :]
        self._outside.put(side, kept(gone))
        await self.remove_children(gone)

    @property
    def _held(self) -> set[object]:
        """What has the keys or is selected, with all around it: it is not put away."""
        if not self.is_attached:
            return set()
        meant = [*self.screen.selections, *filter(None, [self.screen.focused])]
        return {node for widget in meant for node in widget.ancestors_with_self}
