"""The checksum of a part file, made while it grows.

It reads behind the writer, from memory that the kernel still holds; what an earlier run left is read from
the disk in the same way, while the network already delivers the rest. The inner state of a hash cannot be
kept on disk: Python offers none.
"""

import asyncio
import hashlib
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
    """Reads `part` to its `size`. `grew` tells it of new bytes."""

    def __init__(self, part: Growing, kind: str, size: int) -> None:
        self._part = part
        self._kind, self._size = kind, size
        self._hash = _new_hash(kind, size)
        self._grown = asyncio.Event()
        self._buffer = bytearray(STEP)
        self.checked = 0
        """Bytes that it has read."""

    def grew(self) -> None:
        """There are new bytes."""
        self._grown.set()

    def restart(self) -> None:
        """Bytes that it may have read are gone."""
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
        digest, wanted = self._hash, min(self._part.have - self.checked, STEP)
        count = min(self._part.read_into(self._buffer, self.checked), wanted)
        digest.update(memoryview(self._buffer)[:count])
        if digest is self._hash:
            self.checked += count


def _new_hash(kind: str, size: int) -> "hashlib._Hash":
    if kind == "sha256":
        return hashlib.sha256()
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
