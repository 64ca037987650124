"""One file of the Hub on its way to this disk: asks, fetches, goes on after every drop, checks, names it.

The file gets its name only when it has the size and the checksum that the server promised and the structure
of a GGUF file. A cancellation is a pause: what has arrived stays in the part file.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from r1chat.core.gguf import GgufError, HeaderCut, read_header
from r1chat.core.soundness import check_model
from r1chat.hub.clock import Clock
from r1chat.hub.digest import Digest
from r1chat.hub.judge import NoRanges, begin_of
from r1chat.hub.meter import Meter
from r1chat.hub.part import Part, Promise, sync_folder
from r1chat.hub.pump import Ends, Pump
from r1chat.hub.source import Checksum, RemoteFile, Source, locate
from r1chat.hub.space import SPARE, check_room, free_bytes
from r1chat.hub.states import Connecting, Downloading, Stalled, State, Verifying
from r1chat.hub.throttle import Throttle
from r1chat.hub.trouble import Damaged, Temporary
from r1chat.hub.web import Web
from r1chat.modelfile import FIRST_READ, MAX_HEADER
from r1chat.threads import in_thread, leave, own_thread, to_the_end

if TYPE_CHECKING:
    import httpx2

EARLY_LOOK = 10 << 20
"""Bytes after which the header is checked for the first time: a wrong file should not cost 40 GB."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long what is waited for. Seconds."""

    read_s: float = 20
    """For the next bytes of a connection; then another one is opened."""
    stalled_s: float = 5
    """Until silence is called a stall."""
    tries: int = 9
    """Attempts in a row that bring no new byte; every byte starts the count anew."""
    first_wait_s: float = 0.5
    """Before the second attempt; then twice as long each time."""
    longest_wait_s: float = 30
    longest_asked_s: float = 3600
    """A server that asks to wait longer is taken for one that refuses."""


class Transfer:
    """Fetches `file` to `target`. `tell` hears of every change of state but the growth of a download."""

    def __init__(
        self,
        web: Web,
        file: RemoteFile,
        target: Path,
        *,
        clock: Clock,
        throttle: Throttle,
        patience: Patience | None = None,
        tell: Callable[[State], None] | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._web, self._file, self._target = web, file, target
        self._clock, self._throttle, self._free = clock, throttle, free
        self._patience = patience or Patience()
        self._tell = tell
        self._part: Part | None = None
        self._digest: Digest | None = None
        self._hashing: asyncio.Task[Checksum] | None = None
        self._meter: Meter | None = None
        self._reason, self._retry_at = "", 0.0
        self._pump: Pump | None = None
        self._looked = self._from_start = False
        self._size = file.size
        self._done = 0

    @property
    def state(self) -> State:
        """What it is doing at this moment."""
        now = self._clock.now()
        done = self._done = self._part.have if self._part is not None else self._done
        if self._digest is not None and 0 < self._size == done:
            return Verifying(done=done, total=done, checked=self._digest.checked)
        if self._meter is None:
            wait = max(0.0, self._retry_at - now)
            return Connecting(done=done, total=self._size, reason=self._reason, retry_in_s=wait)
        if (idle := self._meter.idle_s(now)) >= self._patience.stalled_s:
            return Stalled(done=done, total=self._size, idle_s=idle)
        position = self._pump.position if self._pump is not None else done
        eta = self._meter.eta_s(self._size - position, now)
        return Downloading(done=done, total=self._size, bytes_per_s=self._meter.speed(now), eta_s=eta)

    async def run(self) -> Path:
        """Fetch it, or what is missing of it. Raises HubError; what has arrived is kept but in Damaged."""
        try:
            await in_thread(self._open)
            await self._attempts()
            await self._conclude(self._opened)
        except Damaged:
            await in_thread(self._opened.empty)
            raise
        finally:
            await to_the_end(self._leave())
        return self._target

    @property
    def _opened(self) -> Part:
        if self._part is None:
            raise RuntimeError("the part file is not open")
        return self._part

    def _open(self) -> None:
        self._part = Part(self._target)
        self._done = self._part.have

    async def _attempts(self) -> None:
        """Try until all bytes are here, or too often for nothing."""
        part, tries, wait = self._opened, 0, self._patience.first_wait_s
        while True:
            before = part.have
            try:
                source = await locate(self._web, self._file)
                await self._adopt(source)
                if part.have < source.size:
                    await self._stream(source)
                return
            except Temporary as error:
                if part.have > before:
                    tries, wait = 0, self._patience.first_wait_s
                self._from_start = isinstance(error, NoRanges)
                tries += 1
                asked = error.retry_after_s
                if tries >= self._patience.tries or (asked or 0) > self._patience.longest_asked_s:
                    raise
                await self._wait(error.message, wait if asked is None else asked)
                wait = min(2 * wait, self._patience.longest_wait_s)

    async def _wait(self, reason: str, seconds: float) -> None:
        self._meter = None
        self._reason, self._retry_at = reason, self._clock.now() + seconds
        self._say()
        await self._clock.sleep(seconds)

    async def _adopt(self, source: Source) -> None:
        """Make the part file the beginning of what the server offers now."""
        part, old = self._opened, self._opened.promise
        checksum = source.checksum
        promise = Promise(
            repo=self._file.repo,
            file=self._file.name,
            revision=source.commit or self._file.revision,
            endpoint=self._web.site,
            size=source.size,
            etag=source.etag,
            sha256=checksum.hex if checksum.kind == "sha256" else None,
            git=checksum.hex if checksum.kind == "git" else "",
        )
        self._size = source.size
        if old is None or not old.same_file(source):
            if part.have:
                self._reason = (
                    f"{self._file.name} was changed on the server: it is fetched from its beginning."
                )
            await self._drop_digest()
            await in_thread(part.begin, promise)
        elif (old.revision, old.endpoint) != (promise.revision, promise.endpoint):
            await in_thread(part.renew, promise)
        await in_thread(self._check_room, SPARE)
        if self._digest is None:
            self._digest = Digest(part, source.checksum.kind, source.size)
            self._hashing = asyncio.create_task(self._digest.result(), name="hub-digest")
        self._say()

    def _check_room(self, spare: int) -> None:
        folder = self._target.parent
        check_room(folder, self._size - self._opened.have, spare=spare, free=self._free(folder))

    async def _stream(self, source: Source) -> None:
        """Fetch from where the part file ends. Returns when it is full."""
        part, digest = self._opened, self._digest
        if digest is None:
            raise RuntimeError("there is no digest")
        have = 0 if self._from_start else part.have
        self._from_start = False
        wanted = {"range": f"bytes={have}-"} if have else {}
        meter, loop = Meter(), asyncio.get_running_loop()

        def begin(response: "httpx2.Response") -> int:
            at = begin_of(response, self._file, source, have, self._web)
            meter.begin(self._clock.now())
            self._reason, self._meter = "", meter
            loop.call_soon_threadsafe(self._say)
            return at

        def passed(count: int) -> None:
            meter.add(count, self._clock.now())
            if not self._looked and part.have >= min(EARLY_LOOK, self._size):
                self._looked = True
                self._look()

        pump = self._pump = Pump(
            Ends(part, digest, source.size, self._throttle, self._patience.read_s),
            lambda line: self._web.file(source.url, wanted, line, read_s=self._patience.read_s),
            begin,
            passed,
            lambda: self._check_room(0),
        )
        await pump.run()
        if part.have < source.size:
            raise Temporary(f"The connection to {self._web.host} ended too early.")

    async def _conclude(self, part: Part) -> None:
        """Check the whole and give it its name."""
        self._meter = None
        self._say()
        promise = part.promise
        if self._hashing is None or promise is None:
            raise RuntimeError("nothing was fetched")
        syncing = own_thread(part.sync, "hub-last-sync")  # the disk need not wait for the sum
        try:
            if await self._hashing != promise.checksum:
                raise Damaged(
                    f"{self._file.name} arrived damaged: its checksum is not the one that the server "
                    "promised. It was thrown away.",
                    "Fetch it again; if it stays so, the server's copy is damaged or the network changes it.",
                )
            await in_thread(self._look)
            await syncing
        except Damaged:
            await asyncio.wait({syncing})  # it writes beside the part file, of which nothing is to stay
            raise
        finally:
            leave(syncing)
        await in_thread(part.finish)
        await asyncio.to_thread(sync_folder, self._target.parent)

    def _look(self) -> None:
        """Check the structure as far as it is here. Raises Damaged."""
        if self._target.suffix != ".gguf":
            return
        try:
            try:
                self._check_head(self._opened.head(FIRST_READ))
            except HeaderCut:
                self._check_head(self._opened.head(MAX_HEADER))
        except HeaderCut as error:
            if self._opened.have >= min(MAX_HEADER, self._size):
                raise self._no_model(error) from error
        except GgufError as error:
            raise self._no_model(error) from error

    def _check_head(self, head: bytes) -> None:
        header = read_header(head, self._size)
        if header.number("split.no") == 0:
            check_model(head, header)

    def _no_model(self, error: GgufError) -> Damaged:
        return Damaged(
            f"{self._file.name} is no model that r1chat can use, and was thrown away. {error.message}",
            "Choose another file or repository.",
        )

    async def _drop_digest(self) -> None:
        if self._digest is not None and self._hashing is not None:
            self._digest.stop()
            await asyncio.wait({self._hashing})
        self._digest = self._hashing = None
        self._looked = False

    async def _leave(self) -> None:
        await self._drop_digest()
        if self._part is not None:
            self._done = self._part.have
            await in_thread(self._part.close)
            self._part = None
        self._meter = None

    def _say(self) -> None:
        if self._tell is not None:
            self._tell(self.state)
