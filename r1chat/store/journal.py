"""Keeps the draft of a reply on disk while it streams, without holding the stream up."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

from r1chat.core.conversation import Message
from r1chat.errors import StoreError
from r1chat.store.rows import Piece
from r1chat.store.store import Store

INTERVAL_S = 0.4
"""A token waits at most this long for its checkpoint; with the commit itself that stays below 0.5 s."""
EARLY = 48
"""So many waiting tokens start a checkpoint at once: what it costs, it costs by the checkpoint."""
LIMIT = 64
"""The stream waits for the disk rather than get further ahead of it; not while the disk refuses."""

Run = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs a call of the store where it does not block the event loop."""


class Journal:
    """Checkpoints of one draft. A disk that refuses is tried again; nothing is dropped meanwhile."""

    def __init__(self, store: Store, message_id: str, run: Run) -> None:
        self._message_id, self._run = message_id, run
        self.store = store
        """Where the draft is kept."""
        self._pending: list[Piece] = []
        self._whole: Message | None = None
        self._due = asyncio.Event()
        self._some = asyncio.Event()
        self._tried = asyncio.Event()
        self._end = asyncio.Event()
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        self._waiting = self._under_way = 0
        self.trouble: StoreError | None = None
        """Why the last checkpoint failed; None when it did not."""

    @property
    def behind(self) -> int:
        """Tokens that are not on disk."""
        return self._waiting + self._under_way

    async def add(self, piece: Piece) -> None:
        """More of the draft. Returns once all but the last few tokens before it are on disk."""
        if self._closed:
            return
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_on(), name="draft journal")
        self._pending.append(piece)
        self._waiting += len(piece.tokens)
        self._some.set()
        if self.behind >= EARLY:
            self._due.set()
        while self.behind >= LIMIT and self.trouble is None and not self._writer.done():
            self._tried.clear()
            await self._tried.wait()
        if self._writer.done() and not self._writer.cancelled():
            self._writer.result()

    def rewrite(self, message: Message) -> None:
        """What the draft holds has changed: the next checkpoint writes all of it, `message`, in its place."""
        if self._closed:
            return
        self._pending.clear()
        self._whole = message
        self._waiting = len(message.tokens)
        self._some.set()
        self._due.set()

    async def flush(self) -> None:
        """One checkpoint of all that waits. Afterwards `trouble` tells whether it worked."""
        async with self._writing:
            whole, self._whole = self._whole, None
            batch, self._pending = _joined(self._pending), []
            if whole is None and batch == Piece():
                return
            self._waiting, self._under_way = 0, self._waiting
            self._some.clear()
            self._due.clear()
            try:
                await self._write(whole, batch)
            except StoreError as error:
                self.trouble = error
                self._some.set()
            else:
                self.trouble = None
            finally:
                self._under_way = 0
                self._tried.set()

    async def _write(self, whole: Message | None, batch: Piece) -> None:
        """Bring both to disk; what the disk refuses waits again, unless a newer whole has its words."""
        try:
            if whole is not None:
                await self._run(partial(self.store.finish_draft, whole))
                whole = None
            if batch != Piece():
                await self._run(partial(self.store.append_draft, self._message_id, batch))
        except StoreError:
            if self._whole is None:
                self._whole = whole
                self._pending.insert(0, batch)
                self._waiting += len(batch.tokens) + (len(whole.tokens) if whole is not None else 0)
            raise

    async def close(self) -> None:
        """No more checkpoints by itself: the whole message is about to take the journal's place."""
        self._closed = True
        for event in (self._some, self._due, self._end, self._tried):
            event.set()
        if self._writer is not None:
            await asyncio.wait({self._writer})

    async def _write_on(self) -> None:
        """Ends by itself after `close`: cancelled in a checkpoint, it would not know what is on disk."""
        try:
            while not self._closed:
                await self._some.wait()
                await _set_within(self._due, INTERVAL_S)
                if not self._closed:
                    await self.flush()
                if self.trouble is not None:
                    await _set_within(self._end, INTERVAL_S)
        finally:
            self._tried.set()


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    """Wait for `event`, but not longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _joined(pieces: Iterable[Piece]) -> Piece:
    pieces = tuple(pieces)
    return Piece(
        "".join(piece.thinking for piece in pieces),
        "".join(piece.answer for piece in pieces),
        tuple(token for piece in pieces for token in piece.tokens),
        any(piece.closed for piece in pieces),
        max((piece.thinking_s for piece in pieces), default=0.0),
    )
