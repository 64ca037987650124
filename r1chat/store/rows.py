"""Rows of the database as core types, and back."""

import sqlite3
import sys
from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

import msgspec

from r1chat.core.conversation import Chat, Message, Sampling, Thinking
from r1chat.core.events import FinishReason, Stats

INSERT_MESSAGE = """
    INSERT INTO messages (
        id, chat_id, parent_id, role, text, thinking, thinking_closed, tokens, status, finish_reason, error,
        model, fingerprint, sampling, thinking_mode, stats, thinking_s, created_at
    ) VALUES (
        :id, :chat_id, :parent_id, :role, :text, :thinking, :thinking_closed, :tokens, :status,
        :finish_reason, :error, :model, :fingerprint, :sampling, :thinking_mode, :stats, :thinking_s,
        :created_at
    )"""
UPDATE_MESSAGE = """
    UPDATE messages SET
        text = :text, thinking = :thinking, thinking_closed = :thinking_closed, tokens = :tokens,
        status = :status, finish_reason = :finish_reason, error = :error, model = :model,
        fingerprint = :fingerprint, sampling = :sampling, thinking_mode = :thinking_mode, stats = :stats,
        thinking_s = :thinking_s
    WHERE id = :id AND chat_id = :chat_id"""
"""Both take `columns_of`. What a message is and where it hangs never changes."""

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_Enum = TypeVar("_Enum", bound=StrEnum)


class Piece(msgspec.Struct, frozen=True):
    """More of a draft: one entry of its journal."""

    thinking: str = ""
    answer: str = ""
    tokens: tuple[int, ...] = ()
    closed: bool = False
    """The thought ended in this piece."""


def pack(tokens: Iterable[int]) -> bytes:
    """Token ids as 32-bit integers, little endian."""
    numbers = array("i", tokens)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpack(*columns: object) -> tuple[int, ...]:
    """Token ids back from `pack`; none where one column is not as it makes them: the rest would be a part."""
    blobs = [column for column in columns if isinstance(column, bytes) and len(column) % 4 == 0]
    if len(blobs) < len(columns):
        return ()
    numbers = array("i")
    numbers.frombytes(b"".join(blobs))
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)


def storable(text: str) -> str:
    """`text` with halves of characters (from a broken terminal or file name) replaced: they have no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def chat_of(row: sqlite3.Row) -> Chat:
    """A chat. Raises msgspec.ValidationError."""
    return msgspec.convert(dict(row), Chat)


def message_of(row: sqlite3.Row, journal: Iterable[sqlite3.Row] = ()) -> Message:
    """A message, with what the journal of its draft has to add.

    A column beside the words that cannot be read counts as not known, and costs the message nothing else.
    Raises msgspec.ValidationError where it is not known whose words they are, or how they ended.
    """
    pieces = tuple(journal)
    columns = dict(row)
    columns["thinking"] = "".join((row["thinking"], *(piece["thinking"] for piece in pieces)))
    columns["text"] = "".join((row["text"], *(piece["answer"] for piece in pieces)))
    columns["tokens"] = unpack(row["tokens"], *(piece["tokens"] for piece in pieces))
    columns["thinking_closed"] = bool(row["thinking_closed"]) or any(piece["closed"] for piece in pieces)
    columns["finish_reason"] = _known(row["finish_reason"], FinishReason)
    columns["sampling"] = _decoded(row["sampling"], Sampling)
    columns["thinking_mode"] = _decoded(row["thinking_mode"], Thinking)
    columns["stats"] = _decoded(row["stats"], Stats)
    return msgspec.convert(columns, Message)


def columns_of(message: Message) -> Mapping[str, str | int | float | bytes | None]:
    """The columns of a message, by name, for `INSERT_MESSAGE` and `UPDATE_MESSAGE`."""
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "parent_id": message.parent_id,
        "role": message.role.value,
        "text": storable(message.text),
        "thinking": storable(message.thinking),
        "thinking_closed": int(message.thinking_closed),
        "tokens": pack(message.tokens),
        "status": message.status.value,
        "finish_reason": message.finish_reason.value if message.finish_reason else None,
        "error": storable(message.error),
        "model": storable(message.model),
        "fingerprint": storable(message.fingerprint),
        "sampling": _encoded(message.sampling),
        "thinking_mode": _encoded(message.thinking_mode),
        "stats": _encoded(message.stats),
        "thinking_s": message.thinking_s,
        "created_at": message.created_at,
    }


def _encoded(value: msgspec.Struct | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _decoded(text: str | None, kind: type[_Struct]) -> _Struct | None:
    with suppress(msgspec.MsgspecError, TypeError):
        return None if text is None else msgspec.json.decode(text, type=kind)
    return None


def _known(text: str | None, kind: type[_Enum]) -> _Enum | None:
    return next((value for value in kind if value == text), None)
