"""The checksum of a part file, made while it grows.

The writer feeds it. What an earlier run left it reads from the disk, and goes on so until it has caught up,
while the network already delivers more: the inner state of a hash cannot be kept, Python offers none.
"""

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from typing import Protocol

from r1chat.hub.source import Checksum
from r1chat.hub.threads import in_thread

STEP = 4 << 20
"""Bytes in one go: some 3 ms, so that a cancellation is quick."""


class Growing(Protocol):
    """A file that grows at its end."""

    have: int
    """Bytes that are there."""

    def read_into(self, buffer: bytearray, at: int) -> int:
        """Fill `buffer` from `at` on; returns how many bytes were there."""
        ...


class Digest:
    """The checksum of `part` when it has `size` bytes: fed by the writer, reading where it is behind."""

    def __init__(self, part: Growing, kind: str, size: int) -> None:
        self._part = part
        self._kind, self._size = kind, size
        self._hash = _new_hash(kind, size)
        self._lock = threading.Lock()
        self._grown = asyncio.Event()
        self.checked = 0
        """Bytes that it has read."""

    def feed(self, pieces: Sequence[bytes], at: int) -> None:
        """Bytes that were just written `at` that offset; in the writer's thread."""
        with self._lock:
            if at == self.checked:
                for piece in pieces:
                    self._hash.update(piece)
                    self.checked += len(piece)

    def grew(self) -> None:
        """There are new bytes, fed or not."""
        self._grown.set()

    def restart(self) -> None:
        """Bytes that it may have read are gone."""
        with self._lock:
            self.checked, self._hash = 0, _new_hash(self._kind, self._size)
        self._grown.set()

    async def result(self) -> Checksum:
        """The checksum, once all bytes are there and read."""
        while self.checked < self._size:
            self._grown.clear()
            if self.checked < self._part.have:
                await in_thread(self._step)
            else:
                await self._grown.wait()
        return Checksum(self._kind, self._hash.hexdigest())

    def _step(self) -> None:
        """Read and add what was not fed."""
        buffer = bytearray(STEP)
        with self._lock:
            wanted = min(self._part.have - self.checked, STEP)
            count = min(self._part.read_into(buffer, self.checked), wanted)
            self._hash.update(memoryview(buffer)[:count])
            self.checked += count


def _new_hash(kind: str, size: int) -> "hashlib._Hash":
    if kind == "sha256":
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
