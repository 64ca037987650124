"""A file that went with a question: one line, which opens."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from r1chat.core.attached import Attached
from r1chat.core.commands import Place
from r1chat.core.terminal import plain
from r1chat.tui.bindings import bindings
from r1chat.tui.widgets.plain_text import PlainText
from r1chat.tui.wording import lines


class FoldedFile(Vertical, can_focus=True):
    """Its text is drawn only once it is opened."""

    BINDINGS = bindings(Place.FILE)

    def __init__(self, file: Attached) -> None:
        super().__init__()
        self._file = file
        self._line = Static(markup=False, classes="line")

    def compose(self) -> ComposeResult:
        yield self._line

    def on_mount(self) -> None:
        self._title()

    async def on_click(self, event: events.Click) -> None:
        if event.widget is self._line:
            await self.action_fold()

    async def action_fold(self) -> None:
        """Open or fold it."""
        if texts := self.query(PlainText):
            await texts.remove()
        else:
            await self.mount(PlainText(self._file.text))
        self._title()

    def _title(self) -> None:
        mark = "▾" if self.query(PlainText) else "▸"
        self._line.update(Content(plain(f"{mark} {self._file.name} · {lines(self._file.text)}")))
