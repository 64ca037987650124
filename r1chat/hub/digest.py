"""The checksum of a part file, made in a thread of its own while the file grows.

It reads what was written from the system's cache, which costs less than to hand bytes from thread to thread.
What an earlier run left it reads in the same way: Python offers no way to keep the inner state of a hash.
"""

import hashlib
import threading
from collections.abc import Callable
from typing import Protocol

from r1chat.hub.source import Checksum
from r1chat.threads import own_thread, to_the_end

STEP = 2 << 20
"""Bytes in one go, 2 ms or so: it must be able to stop soon."""
_LEAST = 512 << 10
"""Bytes that it waits for while the file grows, so that it does not wake for every packet."""


class Growing(Protocol):
    """A file that grows at its end."""

    have: int
    """Bytes that are there."""

    def read_into(self, buffer: memoryview, at: int) -> int:
        """Fill `buffer` from `at` on; returns how many bytes were there."""
        ...


class Digest:
    """The checksum of `part` when it has `size` bytes."""

    def __init__(self, part: Growing, kind: str, size: int) -> None:
        self._part = part
        self._kind, self._size = kind, size
        self._hash = _new_hash(kind, size)
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._stopped = False
        self.checked = 0
        """Bytes that it has read."""

    def grew(self) -> None:
        """There are new bytes."""
        if self._due():
            self._news.set()

    def restart(self, cut: Callable[[], None]) -> None:
        """Begin anew, since `cut` takes away bytes that it may have read."""
        with self._lock:
            cut()
            self.checked, self._hash = 0, _new_hash(self._kind, self._size)

    def stop(self) -> None:
        """Nobody wants it any more: `result` ends soon, with whatever it has."""
        self._stopped = True
        self._news.set()

    async def result(self) -> Checksum:
        """The checksum, once all bytes are there and read. A cancellation comes after `stop` only."""
        thread = own_thread(self._run, "hub-digest")

        async def end() -> None:
            await thread

        await to_the_end(end())
        return Checksum(self._kind, self._hash.hexdigest())

    def _run(self) -> None:
        buffer = memoryview(bytearray(STEP))
        while self.checked < self._size and not self._stopped:
            self._news.clear()
            if self._due():
                self._step(buffer)
            else:
                self._news.wait()

    def _due(self) -> bool:
        """There is enough to read, or all that is left."""
        have = self._part.have
        return have - self.checked >= _LEAST or self.checked < have == self._size or self._stopped

    def _step(self, buffer: memoryview) -> None:
        with self._lock:
            wanted = buffer[: max(0, min(self._part.have - self.checked, STEP))]
            count = self._part.read_into(wanted, self.checked)
            self._hash.update(wanted[:count])
            self.checked += count
            self._stopped |= count == 0  # somebody cut the file: the checksum will not be right


def _new_hash(kind: str, size: int) -> "hashlib._Hash":
    if kind == "sha256":
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
