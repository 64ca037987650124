"""Takes the answer to one GET off its connection and into the part file, in a thread of its own.

Nothing waits in between: what was read from the connection is written before the next read, so the length of
the part file says what was received, and a `kill -9` costs no byte that was taken. The event loop has no part
in it, so a fast download is no load on the screen, nor a busy screen on the download.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from r1chat.hub.body import pieces
from r1chat.hub.digest import Digest
from r1chat.hub.line import Line
from r1chat.hub.part import Part
from r1chat.hub.throttle import Throttle
from r1chat.threads import ended, own_thread

if TYPE_CHECKING:
    import httpx2

Open = Callable[[Line], contextlib.AbstractContextManager["httpx2.Response"]]


class Ends(NamedTuple):
    """What a pump is between."""

    part: Part
    digest: Digest
    size: int
    """Bytes of the whole file."""
    throttle: Throttle
    read_s: float
    """Seconds of silence after which the connection is given up."""


class Pump:
    """Fetches one answer. `run` it in the event loop; the callbacks are called in its thread.

    `begin` judges the answer and returns the offset in the file at which its body begins; `passed` hears of
    every piece; `check` is called at times, to stop it by an exception.
    """

    def __init__(
        self,
        ends: Ends,
        open_: Open,
        begin: Callable[["httpx2.Response"], int],
        passed: Callable[[int], None],
        check: Callable[[], None],
    ) -> None:
        self._ends, self._open, self._begin = ends, open_, begin
        self._passed, self._check = passed, check
        self._line = Line()
        self._stopped = threading.Event()
        self._syncing: Future[None] | None = None
        self.position = 0
        """Offset in the file of the next byte that the server sends."""

    async def run(self) -> None:
        """Return when the body has ended, whole or not. A cancellation ends it at once.

        Raises HubError; what had been read until then is in the file.
        """
        work = own_thread(self._work, "hub-pump")
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopped.set()
            if self._line.cut():
                await ended(work)
            else:
                work.cancel()
            raise

    def _work(self) -> None:
        try:
            with self._open(self._line) as response:
                if self._line.claim():
                    self.position = self._begin(response)
                    self._pass_on(response)
        finally:
            self._line.close()

    def _pass_on(self, response: "httpx2.Response") -> None:
        ends, syncer = self._ends, ThreadPoolExecutor(1, "hub-sync")
        try:
            for piece in pieces(response, ends.read_s, ends.throttle.largest):
                self._take(memoryview(piece)[: ends.size - self.position])
                self._sync_sometimes(syncer)
                if (wait := ends.throttle.take(len(piece))) > 0:
                    self._stopped.wait(wait)
                if self.position >= ends.size or self._line.is_cut:
                    break
        finally:
            syncer.shutdown(wait=False)  # a sync under way may take long, and is left to itself

    def _take(self, piece: memoryview) -> None:
        """One piece of the body, which belongs at the position."""
        part, digest = self._ends.part, self._ends.digest
        known = max(0, min(len(piece), part.have - self.position))
        if known and not part.matches(piece[:known], self.position):
            digest.restart(lambda: part.cut(self.position))
            known = 0
        self.position += len(piece)
        if known < len(piece):
            part.append(piece[known:])
            digest.grew()
        self._passed(len(piece))

    def _sync_sometimes(self, syncer: ThreadPoolExecutor) -> None:
        """Let the bytes outlive a crash of the machine, now and then; raises what came of the last time."""
        if self._syncing is not None and self._syncing.done():
            syncing, self._syncing = self._syncing, None
            syncing.result()
        if self._ends.part.wants_sync and self._syncing is None:
            self._check()
            self._syncing = syncer.submit(self._ends.part.sync)
