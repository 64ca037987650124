"""Rows of the database as core types, and back."""

import sqlite3
import sys
from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TypeVar

import msgspec

from r1chat.core.conversation import Chat, Injection, Message, Origin, Sampling, Status, Thinking
from r1chat.core.events import FinishReason, Stats
from r1chat.store import writers

INSERT_MESSAGE = """
    INSERT INTO messages (
        id, chat_id, parent_id, role, text, thinking, thinking_closed, tokens, status, finish_reason, error,
        model, fingerprint, sampling, thinking_mode, stats, thinking_s, created_at, origin, forked_from,
        forked_at, injected, writer
    ) VALUES (
        :id, :chat_id, :parent_id, :role, :text, :thinking, :thinking_closed, :tokens, :status,
        :finish_reason, :error, :model, :fingerprint, :sampling, :thinking_mode, :stats, :thinking_s,
        :created_at, :origin, :forked_from, :forked_at, :injected, :writer
    )"""
UPDATE_MESSAGE = """
    UPDATE messages SET
        text = :text, thinking = :thinking, thinking_closed = :thinking_closed, tokens = :tokens,
        status = :status, finish_reason = :finish_reason, error = :error, model = :model,
        fingerprint = :fingerprint, sampling = :sampling, thinking_mode = :thinking_mode, stats = :stats,
        thinking_s = :thinking_s, injected = :injected, writer = :writer
    WHERE id = :id AND chat_id = :chat_id"""
"""Both take `columns_of`. What a message is and where it hangs never changes."""

SELECT_CHAT = """SELECT id, title, created_at, updated_at, active_leaf, model, pinned, archived,
    (SELECT json_group_array(tag) FROM tags WHERE chat_id = chats.id) AS tags,
    (SELECT count(*) FROM messages WHERE chat_id = chats.id) AS messages FROM chats"""
SELECT_MESSAGE = """SELECT id, chat_id, parent_id, role, text, thinking, thinking_closed, tokens, status,
    finish_reason, error, model, fingerprint, sampling, thinking_mode, stats, thinking_s, created_at, origin,
    forked_from, forked_at, injected, writer FROM messages"""
"""They give `chat_of` and `message_of` what they read."""

_Value = TypeVar("_Value")
_Enum = TypeVar("_Enum", bound=StrEnum)


class Piece(msgspec.Struct, frozen=True):
    """More of a draft: one entry of its journal."""

    thinking: str = ""
    answer: str = ""
    tokens: tuple[int, ...] = ()
    closed: bool = False
    """The thought ended in this piece."""
    thinking_s: float = 0.0
    """Seconds that the whole draft was thought about up to here; 0 where the piece has no thought."""


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
    columns = dict(row)
    columns["pinned"], columns["archived"] = bool(row["pinned"]), bool(row["archived"])
    columns["tags"] = sorted(_decoded(row["tags"], list[str]) or ())
    return msgspec.convert(columns, Chat)


def message_of(row: sqlite3.Row, journal: Iterable[sqlite3.Row] = ()) -> Message:
    """A message, with what the journal of its draft has to add.

    A column beside the words that cannot be read counts as not known, and costs the message nothing else.
    Raises msgspec.ValidationError where it is not known whose words they are, or how they ended.
    """
    columns = dict(zip(row.keys(), row, strict=True))  # by place: by name each is looked for among all
    pieces = tuple(journal)
    columns["thinking_closed"] = bool(columns["thinking_closed"])
    columns["tokens"] = unpack(columns["tokens"], *(piece["tokens"] for piece in pieces))
    if pieces:
        columns["thinking"] = "".join((columns["thinking"], *(piece["thinking"] for piece in pieces)))
        columns["text"] = "".join((columns["text"], *(piece["answer"] for piece in pieces)))
        columns["thinking_closed"] |= any(piece["closed"] for piece in pieces)
        columns["thinking_s"] = max((columns["thinking_s"], *(piece["thinking_s"] for piece in pieces)))
    columns["finish_reason"] = _known(columns["finish_reason"], FinishReason)
    columns["sampling"] = _decoded(columns["sampling"], Sampling)
    columns["thinking_mode"] = _decoded(columns["thinking_mode"], Thinking)
    columns["stats"] = _decoded(columns["stats"], Stats)
    columns["origin"] = _known(columns["origin"], Origin)
    columns["injected"] = _decoded(columns["injected"], tuple[Injection, ...]) or ()
    columns["elsewhere"] = columns["status"] == Status.PARTIAL and writers.is_another(columns["writer"])
    return msgspec.convert(columns, Message)


def columns_of(message: Message, writer: str = "") -> Mapping[str, str | int | float | bytes | None]:
    """The columns of a message, by name, for `INSERT_MESSAGE` and `UPDATE_MESSAGE`.

    `writer`: who goes on writing it, where it is a draft.
    """
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
        "sampling": encoded(message.sampling),
        "thinking_mode": encoded(message.thinking_mode),
        "stats": encoded(message.stats),
        "thinking_s": message.thinking_s,
        "created_at": message.created_at,
        "origin": message.origin.value if message.origin else None,
        "forked_from": message.forked_from,
        "forked_at": message.forked_at,
        "injected": encoded(message.injected or None),
        "writer": writer,
    }


def encoded(value: msgspec.Struct | tuple[msgspec.Struct, ...] | None) -> str | None:
    """JSON for a column; NULL for what is not known."""
    return None if value is None else msgspec.json.encode(value).decode()


def _decoded(text: str | None, kind: type[_Value]) -> _Value | None:
    if text is not None:
        with suppress(msgspec.MsgspecError, TypeError):
            return msgspec.json.decode(text, type=kind)
    return None


def _known(text: str | None, kind: type[_Enum]) -> _Enum | None:
    if text is not None:
        with suppress(ValueError):
            return kind(text)
    return None
