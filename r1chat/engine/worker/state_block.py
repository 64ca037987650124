"""One file of saved KV: a run of tokens with the cells behind them, and the proof that it is whole.

llama.cpp has no checksum over a saved state and takes any bytes of the right length, so nothing of a file
reaches it before all of it was read and hashed. What is not as it should be is as good as not there.
"""

import contextlib
import hashlib
import os
import stat
import struct
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from r1chat.engine.state_folder import SUFFIX

MAGIC = b"R1KV\r\n\x1a\1"
_HEAD = struct.Struct("<8s32s32s32sIIQ")
"""Magic, digest of all that follows, fingerprint, chain before, first position, tokens, bytes of payload."""
_SEALED = len(MAGIC) + 32
"""Where what the digest covers begins."""
_NAME = 24
"""Hex digits of a chain's hash in a file name."""
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

Chain = bytes
"""Hash of a fingerprint and of all tokens up to somewhere: what the cells that follow were computed from."""


class Block(NamedTuple):
    """A run of tokens at its place in a conversation."""

    fingerprint: bytes
    """32 bytes: what model, KV type and build the cells belong to."""
    before: Chain
    start: int
    """Position of its first token."""
    ids: tuple[int, ...]

    @property
    def chain(self) -> Chain:
        """Up to its end."""
        return extend(self.before, self.ids)

    @property
    def name(self) -> str:
        """Of its file: what it follows, and what it is."""
        return f"{self.before.hex()[:_NAME]}-{self.chain.hex()[:_NAME]}{SUFFIX}"


class Bad(Exception):
    """A file that is no whole block of this user's."""


def extend(chain: Chain, ids: Sequence[int]) -> Chain:
    """The chain, longer by these tokens."""
    return hashlib.sha256(chain + array("i", ids).tobytes()).digest()


def follows(name: str) -> str:
    """What the block in a file of that name follows, as `key` has it."""
    return name.partition("-")[0]


def key(chain: Chain) -> str:
    """A chain as file names have it."""
    return chain.hex()[:_NAME]


def write(path: Path, block: Block, payload: memoryview) -> None:
    """Put a block into a new file, whole or not at all. Raises OSError."""
    sealed = _sealed(block, len(payload))
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            for part in (MAGIC + _digest(sealed, payload), sealed, payload):
                _write_all(file.fileno(), part)
            os.fsync(file.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


class _File:
    """A regular file of this user's that nobody else may write."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, _OPEN)
        state = os.fstat(self._handle)
        self.size = state.st_size
        mine = not hasattr(os, "getuid") or state.st_uid == os.getuid()
        if not (mine and stat.S_ISREG(state.st_mode) and not state.st_mode & 0o022):
            os.close(self._handle)
            raise Bad("owner")

    def read(self, count: int) -> bytes:
        """That many bytes, or what there is."""
        data = bytearray(count)
        return bytes(data[: self.readinto(memoryview(data))])

    def readinto(self, room: memoryview) -> int:
        """Fill `room`; returns how much came."""
        done = 0
        while done < len(room) and (count := os.readv(self._handle, [room[done:]])):
            done += count
        return done

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def read_head(path: Path, like: Block) -> Block:
    """What a file at the place of `like` says that it holds, but for its payload. Raises Bad, OSError."""
    with _File(path) as file:
        return _head(file, path, like)[0]


def read(path: Path, like: Block, room: bytearray) -> tuple[Block, int]:
    """The block at the place of `like`, and the length of its payload, which is in `room` then.

    Raises Bad, OSError.
    """
    with _File(path) as file:
        block, digest, length = _head(file, path, like)
        if len(room) < length:
            raise Bad("too large")
        payload = memoryview(room)[:length]
        if file.readinto(payload) != length or file.read(1):
            raise Bad("length")
    if _digest(_sealed(block, length), payload) != digest:
        raise Bad("digest")
    return block, length


def _head(file: _File, path: Path, like: Block) -> tuple[Block, bytes, int]:
    data = file.read(_HEAD.size)
    if len(data) != _HEAD.size:
        raise Bad("head")
    magic, digest, *place, count, length = _HEAD.unpack(data)
    if magic != MAGIC or place != [like.fingerprint, like.before, like.start]:
        raise Bad("fingerprint")
    if file.size != _HEAD.size + 4 * count + length or not count:
        raise Bad("length")
    ids = array("i")
    ids.frombytes(file.read(4 * count))
    block = like._replace(ids=tuple(ids))
    if block.name != path.name:
        raise Bad("name")
    return block, digest, length


def _sealed(block: Block, length: int) -> bytes:
    """What the digest covers, up to the payload."""
    place = (block.fingerprint, block.before, block.start)
    head = _HEAD.pack(MAGIC, bytes(32), *place, len(block.ids), length)
    return head[_SEALED:] + array("i", block.ids).tobytes()


def _digest(*parts: bytes | memoryview) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def _write_all(handle: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
