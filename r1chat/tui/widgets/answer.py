"""An answer that is being written: blocks that are over are Markdown, and the open one looks as it will."""

import asyncio

from textual.app import ComposeResult
from textual.containers import Vertical

from r1chat.tui.blocks import BlockSplitter
from r1chat.tui.growing import Growing, growing
from r1chat.tui.widgets.bare import Bare
from r1chat.tui.widgets.frozen_markdown import FrozenMarkdown


class Answer(Bare, Vertical):
    """Streams an answer. What it costs to add to it does not grow with what is there."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._waiting = [text]
        self._source: list[str] = []
        self._splitter = BlockSplitter()
        self._rendered = FrozenMarkdown()
        self._growing: Growing | None = None
        self._writing = asyncio.Lock()

    @property
    def text(self) -> str:
        """The answer so far, as the model wrote it."""
        return "".join((*self._source, *self._waiting))

    def compose(self) -> ComposeResult:
        yield self._rendered

    def feed(self, text: str) -> None:
        """Take more of the answer; `flush` shows it."""
        self._waiting.append(text)

    async def flush(self) -> None:
        """Bring what was fed to the screen."""
        async with self._writing:
            await self._flush()

    async def finish(self) -> None:
        """The answer is over: no block is open any more."""
        async with self._writing:
            await self._flush()
            await self._close(self._splitter.finish())
            self._rendered.open.renew("")

    async def _flush(self) -> None:
        text = "".join(self._waiting)
        self._waiting = []
        if not text:
            return
        self._source.append(text)
        closed = self._splitter.feed(text)
        await self._close(closed)
        await self._grow(text, anew=bool(closed))

    async def _close(self, blocks: tuple[str, ...]) -> None:
        if blocks and self._growing is not None:
            ended, self._growing = self._growing, None
            if ended.finish(blocks[0]):
                blocks = blocks[1:]
            else:
                await ended.widget.remove()
        await self._rendered.add(blocks)

    async def _grow(self, text: str, *, anew: bool) -> None:
        source = self._splitter.open
        if self._growing is None and (begun := growing(self._rendered, source)):
            self._growing = begun
            self._rendered.open.renew("")
            await self._rendered.place([begun.widget])
        if self._growing is not None:
            self._growing.feed(source)
        elif anew:
            self._rendered.open.renew(source)
        else:
            self._rendered.open.grow(text)
