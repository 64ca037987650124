"""Puts what arrives into the part file: in large pieces, in a thread, while the next bytes already come."""

import asyncio
import contextlib
from collections.abc import Callable

from r1chat.hub.digest import Digest
from r1chat.hub.part import Part
from r1chat.hub.threads import in_thread
from r1chat.hub.trouble import DiskTrouble

BATCH = 2 << 20
"""Bytes of one write: each costs a change of threads."""


class Sink:
    """Writes behind what `part` holds. In memory are two batches at most: one in writing, one that fills.

    `digest` is fed with what is written; `check` is called in a thread before each sync.
    """

    def __init__(self, part: Part, digest: Digest, check: Callable[[], None]) -> None:
        self._part, self._digest, self._check = part, digest, check
        self._batch: list[bytes] = []
        self._size = 0
        self._writing: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self.end = part.have
        """Offset behind the last byte that was put in, written or not."""

    async def put(self, piece: bytes) -> None:
        """Take one more piece. Raises DiskTrouble, of an earlier write too."""
        self._batch.append(piece)
        self._size += len(piece)
        self.end += len(piece)
        if self._size >= BATCH:
            await self._written()
            self._start()

    async def flush(self) -> None:
        """Return when all that was put in is in the file. Raises DiskTrouble."""
        await self._written()
        self._start()
        await self._written()

    async def settle(self) -> None:
        """As `flush`, and the bytes outlive a crash of the machine."""
        await self.flush()
        if self._syncing is not None:
            await self._syncing
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

    def _start(self) -> None:
        batch, self._batch, self._size = self._batch, [], 0
        if batch:
            self._writing = asyncio.create_task(self._write(batch), name="hub-write")

    async def _write(self, batch: list[bytes]) -> None:
        await in_thread(self._append, batch)
        self._digest.grew()
        if self._part.wants_sync and (self._syncing is None or self._syncing.done()):
            if self._syncing is not None:
                self._syncing.result()
            self._syncing = asyncio.create_task(asyncio.to_thread(self._sync), name="hub-sync")

    async def _written(self) -> None:
        """Wait for the write under way; shielded, since a write must not be cut in two."""
        if self._writing is not None:
            try:
                await asyncio.shield(self._writing)
            finally:
                if self._writing.done():
                    self._writing = None

    def _append(self, batch: list[bytes]) -> None:
        at = self._part.have
        self._part.append(batch)
        self._digest.feed(batch, at)

    def _sync(self) -> None:
        self._check()
        self._part.sync()
