"""Puts what arrives into the part file: in large pieces, in a thread, while the next bytes already come."""

import asyncio
import contextlib
from collections.abc import Callable

from r1chat.hub.digest import Digest
from r1chat.hub.part import Part
from r1chat.hub.threads import in_thread
from r1chat.hub.trouble import DiskTrouble

BATCH = 2 << 20
"""Bytes that may wait for the disk. They are lost in a `kill -9`, so none wait that need not."""


class Sink:
    """Writes behind what `part` holds: each piece at once, and what comes meanwhile with the next write.

    `digest` is fed with what is written; `check` is called in a thread before each sync.
    """

    def __init__(self, part: Part, digest: Digest, check: Callable[[], None]) -> None:
        self._part, self._digest, self._check = part, digest, check
        self._batch: list[bytes] = []
        self._size = 0
        self._room = asyncio.Event()
        self._writing: asyncio.Future[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self.end = part.have
        """Offset behind the last byte that was put in, written or not."""

    async def put(self, piece: bytes) -> None:
        """Take one more piece. Raises DiskTrouble, of an earlier write too."""
        self._batch.append(piece)
        self._size += len(piece)
        self.end += len(piece)
        if self._syncing is not None and self._syncing.done():
            synced, self._syncing = self._syncing, None
            synced.result()
        self._write()
        while self._size >= BATCH:
            self._room.clear()
            await self._room.wait()
            self._write()

    async def flush(self) -> None:
        """Return when all that was put in is in the file. Raises DiskTrouble."""
        self._write()
        while self._writing is not None:
            await asyncio.shield(self._writing)
            self._write()

    async def settle(self) -> None:
        """As `flush`, and the bytes outlive a crash of the machine."""
        await self.flush()
        if self._syncing is not None:
            await asyncio.wait({self._syncing})
        await asyncio.to_thread(self._part.sync)

    async def cut(self, size: int) -> None:
        """Go on behind the first `size` bytes; what was there is forgotten."""
        await self.flush()
        await in_thread(self._part.cut, size)
        self._digest.restart()
        self.end = size

    async def stop(self) -> None:
        """Save what was put in, as far as that can be; a running sync is left to itself."""
        with contextlib.suppress(DiskTrouble):
            await self.flush()

    def _write(self) -> None:
        """See to it that what waits is written. Raises what the last write raised."""
        if self._writing is not None and self._writing.done():
            done, self._writing = self._writing, None
            done.result()
        if self._writing is None and self._batch:
            batch, self._batch, self._size = self._batch, [], 0
            self._room.set()
            self._writing = asyncio.get_running_loop().run_in_executor(None, self._append, batch)
            self._writing.add_done_callback(self._written)

    def _written(self, write: "asyncio.Future[None]") -> None:
        """Go on with what came meanwhile."""
        self._room.set()
        if write.cancelled() or write.exception() is not None:
            return  # `_write` raises it
        self._digest.grew()
        self._sync_sometimes()
        if self._writing is write:
            self._write()

    def _append(self, batch: list[bytes]) -> None:
        at = self._part.have
        self._part.append(batch)
        self._digest.feed(batch, at)

    def _sync_sometimes(self) -> None:
        if self._part.wants_sync and self._syncing is None:
            self._syncing = asyncio.create_task(asyncio.to_thread(self._sync), name="hub-sync")

    def _sync(self) -> None:
        self._check()
        self._part.sync()
