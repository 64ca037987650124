"""A screen that a mouse cannot break, and on which nothing fails in silence."""

from textual import on
from textual.await_complete import AwaitComplete
from textual.dom import NoScreen
from textual.geometry import Offset
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError


class SteadyScreen(Screen[ScreenResultType]):
    """What escapes a worker is said. Textual 8.2 fails where a selection begins on what was taken off a
    moment ago and is still drawn; this does not."""

    @on(Worker.StateChanged)
    async def _heed(self, event: Worker.StateChanged) -> None:
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if not isinstance(error, R1ChatError):
            self.log.error(f"worker {event.worker.name}: {error!r}")
            hint = "Everything so far is saved. This is a mistake in r1chat, not in what you did."
            error = R1ChatError(f"{event.worker.name}: {error!r}", hint)
        await self._report(error)

    async def _report(self, error: R1ChatError) -> None:
        """Say what went wrong."""
        self.notify(plain(str(error)), severity="error", markup=False)

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """What is there to be selected."""
        try:
            widget, offset = super().get_widget_and_offset_at(x, y)
        except NoScreen:
            return None, None
        return (widget, offset) if widget is not None and widget.is_attached else (None, None)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """End it, once: a second click may come before it is gone. What is not whole yet ends when it is."""
        if not self.is_mounted:
            self.call_later(self._end, result)
            return AwaitComplete()
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def _end(self, result: ScreenResultType | None) -> None:
        self.dismiss(result)
