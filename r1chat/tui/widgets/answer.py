"""An answer that is being written: blocks that are over are Markdown, the open one is plain text."""

from textual.app import ComposeResult
from textual.containers import Vertical

from r1chat.tui.blocks import BlockSplitter
from r1chat.tui.widgets.frozen_markdown import FrozenMarkdown
from r1chat.tui.widgets.plain_text import PlainText


class Answer(Vertical):
    """Streams an answer. What it costs to add to it does not grow with what is there."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._waiting = [text]
        self._source: list[str] = []
        self._splitter = BlockSplitter()
        self._rendered = FrozenMarkdown()
        self._open = PlainText(classes="open")
        self._open.display = False

    @property
    def text(self) -> str:
        """The answer so far, as the model wrote it."""
        return "".join((*self._source, *self._waiting))

    def compose(self) -> ComposeResult:
        yield self._rendered
        yield self._open

    def feed(self, text: str) -> None:
        """Take more of the answer; `flush` shows it."""
        self._waiting.append(text)

    async def flush(self) -> None:
        """Bring what was fed to the screen."""
        text = "".join(self._waiting)
        self._waiting = []
        if not text:
            return
        self._source.append(text)
        closed = self._splitter.feed(text)
        if closed:
            await self._rendered.add(closed)
            self._open.replace(self._splitter.open)
        else:
            self._open.append(text)
        self._open.display = bool(self._splitter.open)

    async def finish(self) -> None:
        """The answer is over: no block is open any more."""
        await self.flush()
        await self._rendered.add(self._splitter.finish())
        self._open.replace("")
        self._open.display = False
