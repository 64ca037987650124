"""Reads the header of a GGUF file from a buffer, trusting nothing in it.

Every count, length and offset is checked against the bounds of the buffer before it is used. Arrays are
skipped, not built: a vocabulary of 152,000 words would cost seconds and half a gigabyte.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from r1chat.errors import R1ChatError

Buffer = bytes | memoryview
Scalar = int | float | bool | str

_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MAX_KEYS, _MAX_TENSORS, _MAX_TEXT, _MAX_ITEMS = 10_000, 20_000, 4 << 20, 2_000_000
"""R1's distills have 30 keys, up to 724 tensors, 10 KB of text and 430,000 words and merges of words."""
_MAX_NAME, _MAX_DIMS = 63, 4
"""llama.cpp's own bounds of a tensor (ggml.h)."""
_SCALARS = {kind: struct.Struct("<" + code) for kind, code in _FORMATS.items()}

BLOCKS: dict[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
"""Elements and bytes of one block, by ggml's type number (ggml.c, `type_traits`)."""


class GgufError(R1ChatError):
    """The file is not a whole, sane GGUF file."""


class HeaderCut(GgufError):
    """The buffer ends in the middle of the header: the file does, or more of it must be read."""


@dataclass(frozen=True)
class Array:
    """Where an array lies; its items are read on request."""

    kind: int
    count: int
    start: int
    end: int


@dataclass(frozen=True)
class Tensor:
    """One tensor of the table."""

    name: str
    shape: tuple[int, ...]
    kind: int
    nbytes: int
    end: int
    """Offset of the first byte behind it, from the start of the file."""


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself."""

    version: int
    values: dict[str, Scalar | Array] = field(repr=False)
    tensors: tuple[Tensor, ...] = field(repr=False)
    data_offset: int
    """Where the tensors' bytes begin; also the size of the header."""

    def text(self, key: str, default: str = "") -> str:
        """A string value."""
        value = self.values.get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: int = 0) -> int:
        """An integer value."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def count(self, key: str) -> int:
        """How many items an array has; 0 where there is none."""
        value = self.values.get(key)
        return value.count if isinstance(value, Array) else 0

    @property
    def architecture(self) -> str:
        """Such as `qwen2` or `llama`."""
        return self.text("general.architecture")

    def shape(self, key: str, default: int = 0) -> int:
        """A number under the architecture's own prefix, such as `block_count`."""
        return self.number(f"{self.architecture}.{key}", default)


class _Cursor:
    """A position in the buffer that cannot leave it."""

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self.size = len(buffer)
        self.at = 0
        self._items = self._text = 0

    def skip(self, count: int) -> int:
        """Move on by `count` bytes; returns where they began."""
        start = self.at
        if count < 0 or start + count > self.size:
            raise HeaderCut("The file ends in the middle of its header.", "It is incomplete: fetch it again.")
        self.at = start + count
        return start

    def scalar(self, kind: int) -> int | float | bool:
        """One number of ggml metadata type `kind`."""
        layout = _SCALARS.get(kind)
        if layout is None:
            raise GgufError(
                f"The file's metadata has an unknown type ({kind}).", "It is damaged, or too new."
            )
        value: int | float | bool = layout.unpack_from(self.buffer, self.skip(layout.size))[0]
        return value

    def count(self, kind: int, limit: int, what: str) -> int:
        """A number of things, at most `limit`."""
        value = int(self.scalar(kind))
        if value > limit:
            raise GgufError(
                f"The file claims {value} {what}.", "It is damaged or not a model: fetch it again."
            )
        return value

    def string(self) -> str:
        length = self.count(10, _MAX_TEXT, "bytes in one string")
        self._text += length
        if self._text > _MAX_TEXT:
            raise GgufError("The file claims to hold megabytes of text.", "It is damaged or not a model.")
        start = self.skip(length)
        return bytes(self.buffer[start : start + length]).decode("utf-8", errors="replace")

    def array(self) -> Array:
        kind, count = int(self.scalar(4)), int(self.scalar(10))
        start = self.at
        if kind == _STRING:
            self._skip_strings(count)
        elif kind in _SCALARS:
            self.skip(count * _SCALARS[kind].size)
        else:
            raise GgufError(
                f"The file's metadata has an unknown type ({kind}).", "It is damaged, or too new."
            )
        return Array(kind, count, start, self.at)

    def _skip_strings(self, count: int) -> None:
        unpack, buffer, at, size = _SCALARS[10].unpack_from, self.buffer, self.at, self.size
        self._items += count
        if self._items > _MAX_ITEMS:
            raise GgufError(
                f"The file claims {self._items} words.", "It is damaged or not a model: fetch it again."
            )
        if count * 8 > size - at:
            self.skip(size)
        for _ in range(count):
            if at + 8 > size:
                self.skip(size)
            at += 8 + unpack(buffer, at)[0]
        self.skip(at - self.at)


def read_header(buffer: Buffer, file_size: int | None = None) -> Header:
    """Parse and check a header; `buffer` is the file or as much of its start as holds the header.

    `file_size` in bytes (default: the buffer's) bounds the tensors. Raises GgufError naming the cause.
    """
    _check_magic(buffer)
    cursor = _Cursor(buffer)
    cursor.skip(4)
    version = int(cursor.scalar(4))
    if version not in {2, 3}:
        raise GgufError(
            f"The file is GGUF version {version & 0xFFFFFFFF}, which r1chat cannot read.",
            "Fetch another file.",
        )
    n_tensors = cursor.count(10, _MAX_TENSORS, "tensors")
    n_values = cursor.count(10, _MAX_KEYS, "metadata entries")
    values: dict[str, Scalar | Array] = {}
    for _ in range(n_values):
        _entry(cursor, values)
    tensors = _tensors(cursor, n_tensors, values)
    header = Header(version, values, tensors[0], tensors[1])
    _check_whole(header, len(buffer) if file_size is None else file_size)
    return header


def read_start(buffer: Buffer) -> Header:
    """What the first bytes of a file tell: its metadata as far as `buffer` goes, and no tensors.

    For lists of files; 64 KB hold everything but the vocabulary. Raises GgufError where it is no GGUF file.
    """
    _check_magic(buffer)
    cursor = _Cursor(buffer)
    values: dict[str, Scalar | Array] = {}
    version = 0
    with contextlib.suppress(HeaderCut):
        cursor.skip(4)
        version = int(cursor.scalar(4))
        cursor.count(10, _MAX_TENSORS, "tensors")
        for _ in range(cursor.count(10, _MAX_KEYS, "metadata entries")):
            _entry(cursor, values)
    return Header(version, values, (), cursor.at)


def _entry(cursor: _Cursor, values: dict[str, Scalar | Array]) -> None:
    """Read one key and its value; llama.cpp aborts on some that it would not expect."""
    key = cursor.string()
    kind = int(cursor.scalar(4))
    if not key or key in values or (key == "general.alignment" and kind != 4):
        raise GgufError(f"The file's metadata has a bad entry {key!r}.", "It is damaged: fetch it again.")
    if kind == _STRING:
        values[key] = cursor.string()
    else:
        values[key] = cursor.array() if kind == _ARRAY else cursor.scalar(kind)


def strings(buffer: Buffer, array: Array) -> Iterator[bytes]:
    """The items of a string array, as bytes."""
    at = array.start
    for _ in range(array.count):
        length = _SCALARS[10].unpack_from(buffer, at)[0]
        yield bytes(buffer[at + 8 : at + 8 + length])
        at += 8 + length


def _check_magic(buffer: Buffer) -> None:
    start = bytes(buffer[:64])
    if start[:4] == b"GGUF":
        return
    if not start:
        cause = "The file is empty."
    elif start.startswith(b"version https://git-lfs"):
        cause = "The file is a Git LFS pointer, not the model itself."
    elif start.lstrip()[:1] == b"<":
        cause = "The file is a web page, not a model."
    else:
        cause = "The file is not a GGUF model."
    raise GgufError(cause, "Fetch the model again, or name another file.")


def _tensors(
    cursor: _Cursor, count: int, values: dict[str, Scalar | Array]
) -> tuple[tuple[Tensor, ...], int]:
    table: list[tuple[str, tuple[int, ...], int, int]] = []
    names: set[str] = set()
    for _ in range(count):
        name = cursor.string()
        if name in names or len(name.encode()) > _MAX_NAME:
            raise GgufError(f"The file's tensor {name[:80]!r} cannot be.", "It is damaged: fetch it again.")
        names.add(name)
        n_dims = cursor.count(4, _MAX_DIMS, "dimensions of a tensor")
        shape = tuple(int(cursor.scalar(10)) for _ in range(n_dims))
        table.append((name, shape, int(cursor.scalar(4)), int(cursor.scalar(10))))
    alignment = values.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 32 <= alignment <= 1 << 20 or alignment & (alignment - 1):
        raise GgufError("The file's alignment makes no sense.", "It is damaged: fetch it again.")
    start = -(-cursor.at // alignment) * alignment
    return tuple(_tensor(row, start, alignment) for row in table), start


def _tensor(row: tuple[str, tuple[int, ...], int, int], start: int, alignment: int) -> Tensor:
    name, shape, kind, offset = row
    block = BLOCKS.get(kind)
    elements = prod(shape)
    if block is None:
        raise GgufError(
            f"Tensor {name!r} has an unknown type ({kind}).", "It is damaged, or too new for r1chat."
        )
    if not shape or not 0 < elements < 1 << 50 or shape[0] % block[0] or offset % alignment:
        raise GgufError(f"Tensor {name!r} has an impossible shape.", "The file is damaged: fetch it again.")
    nbytes = elements // block[0] * block[1]
    return Tensor(name, shape, kind, nbytes, start + offset + nbytes)


def _check_whole(header: Header, file_size: int) -> None:
    end = max((tensor.end for tensor in header.tensors), default=header.data_offset)
    if end > file_size:
        raise GgufError(
            f"The file is incomplete: {100 * file_size // end} % of it is there.",
            "Fetch it again, or go on with the download.",
        )
