"""Reads the records of an export one by one: a file of many gigabytes needs memory for its largest chat.

A record is the JSON of one chat: an element of a top-level array, or of the array that is the value of
`chats` in a top-level object; a document that is neither is one record. Archives are read without unpacking.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from r1chat.errors import R1ChatError, UsageError
from r1chat.export.own import VERSION

MAX_RECORD = 256 << 20
"""Bytes of one chat."""
MAX_MEMBER = 8 << 30
"""Bytes that a file in an archive may claim to unpack to."""
MAX_RATIO = 200
"""How many times larger than packed; JSON of chats packs to a third or a tenth."""
_UNREADABLE = (OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a file or an archive raises; an archive with a password is a RuntimeError."""
_CHUNK = 1 << 20
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|"', re.DOTALL)
_OWN = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"r1chat"\s*:\s*(\d{1,9})')
_LIST = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"r1chat"\s*:\s*\d+\s*,\s*"chats"\s*:\s*)?\[')


def records(path: Path) -> Iterator[bytes]:
    """The records of a file or archive. Raises UsageError where it cannot be one, R1ChatError half-way."""
    try:
        with path.open("rb") as file:
            if file.peek(4)[:4] == b"PK\x03\x04":  # looked at, not read: a pipe cannot go back
                yield from _archived(path)
            else:
                yield from _split(file)
    except _UNREADABLE as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(f"{path} cannot be read: {why}.", "Nothing more of it was imported.") from error


def _archived(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if _is_chats(member.filename)]
        if not members:
            hint = "An export holds a conversations.json, or a .jsonl file for each chat."
            raise UsageError(f"{path} holds no chats that r1chat knows.", hint)
        for member in members:
            most = min(MAX_MEMBER, MAX_RATIO * max(member.compress_size, 1 << 16))
            if member.file_size > most:
                raise UsageError(
                    f"{member.filename!r} would unpack to more than any export; it was not read."
                )
            with archive.open(member) as file:
                yield from _split(file)


def _is_chats(name: str) -> bool:
    last = PurePosixPath(name).name.lower()
    return last.endswith(".jsonl") or (last.startswith("conversations") and last.endswith(".json"))


def _split(file: IO[bytes]) -> Iterator[bytes]:
    data = file.read(_CHUNK)
    own = _OWN.match(data)
    if own is not None and int(own[1]) > VERSION:
        raise UsageError(
            f"It was exported by a newer r1chat (format {int(own[1])}, this one reads {VERSION}).",
            "Update r1chat. Nothing of it was imported.",
        )
    start = _LIST.match(data)
    if start is None:
        rest = file.read(MAX_RECORD + 1)
        if len(data) + len(rest) > MAX_RECORD:
            raise UsageError("The file holds a chat that is larger than any can be.")
        yield from _lines(data + rest)
        return
    yield from _elements(file, data, start.end())


def _lines(document: bytes) -> Iterator[bytes]:
    """A document that is no array: one record, or llama-server's lines (a header, then its messages)."""
    if not re.match(rb'\s*\{[^\n]*"type"\s*:\s*"(session|message)"', document):
        yield document
        return
    group: list[bytes] = []
    for line in document.splitlines():
        if re.search(rb'"type"\s*:\s*"session"', line[:200]) and group:
            yield b"[" + b",".join(group) + b"]"
            group = []
        if line.strip():
            group.append(line)
    if group:
        yield b"[" + b",".join(group) + b"]"


def _elements(file: IO[bytes], data: bytes, at: int) -> Iterator[bytes]:
    """The objects of an array, cut out by their brackets; what is in strings does not count.

    As much is read at a time as an unfinished object has already, so that a large one is not looked at over
    and over.
    """
    depth, begin, position = 0, at, at
    while True:
        match = _TOKEN.search(data, position)
        unsure = match is None or match[0] == b'"'
        if unsure or (match is not None and match.end() == len(data)):
            keep = begin if depth else (match.start() if match else len(data))
            more = file.read(max(_CHUNK, len(data) - keep))
            if more:
                position = (match.start() if match else len(data)) - keep
                begin -= keep
                data = data[keep:] + more
                if begin == 0 and depth and len(data) > MAX_RECORD + _CHUNK:
                    raise UsageError("The file holds a chat that is larger than any can be.")
                continue
            if unsure:
                raise R1ChatError("The file ends in the middle of a chat.", "What was whole is imported.")
        token = match[0] if match else b""
        position = match.end() if match else len(data)
        if token in (b"{", b"["):
            begin = position - 1 if not depth else begin
            depth += 1
        elif token in (b"}", b"]"):
            if not depth:
                return
            depth -= 1
            if not depth:
                yield data[begin:position]
