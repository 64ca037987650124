"""r1chat's own format: JSON that holds all of a chat, so that what is read back is what was written.

One object: `{"r1chat": 1, "chats": [{"chat": …, "messages": […]}, …]}`, one chat a line.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from r1chat.core.conversation import Chat, Conversation, Message
from r1chat.errors import R1ChatError

VERSION = 1
_LATEST = 253_402_300_799
"""Seconds since 1970: the end of year 9999, after which no calendar of ours goes."""
_MOST_TOKENS = 2**31
_ID = re.compile(r"[\x21-\x7e]{1,128}")
"""Ids are printed, typed and become names of folders."""


class Record(msgspec.Struct, frozen=True):
    """One chat of an export, whole."""

    chat: Chat
    messages: tuple[Message, ...]


def archive(conversations: Iterable[Conversation]) -> Iterator[str]:
    """The pieces of the document, a chat at a time."""
    yield f'{{"r1chat":{VERSION},"chats":[\n'
    for number, conversation in enumerate(conversations):
        record = Record(conversation.chat, conversation.messages)
        yield (",\n" if number else "") + msgspec.json.encode(record).decode()
    yield "\n]}\n"


def conversation_of(record: bytes) -> Conversation:
    """A chat back from its record. Raises msgspec.MsgspecError, and R1ChatError for a tree that is none."""
    read = msgspec.json.decode(record, type=Record)
    for message in read.messages:
        if message.chat_id != read.chat.id:
            raise R1ChatError(f"message {message.id} belongs to another chat")
        if not all(0 <= token < 2**31 for token in message.tokens):
            raise R1ChatError(f"message {message.id} holds a token id that no model has")
        if message.forked_at is not None and not 0 <= message.forked_at < _MOST_TOKENS:
            raise R1ChatError(f"message {message.id} leaves another where no message goes")
        if message.sampling is not None:
            message.sampling.check()
        if message.thinking_mode is not None:
            message.thinking_mode.check()
    return checked(Conversation(read.chat, read.messages))


def checked(conversation: Conversation) -> Conversation:
    """The conversation, if its messages are a tree, each after its parent, and its ids and times can be.

    Raises R1ChatError.
    """
    chat = conversation.chat
    if not _ID.fullmatch(chat.id):
        raise R1ChatError(f"{chat.id[:200]!r} cannot be the id of a chat")
    _check_times(chat.created_at, chat.updated_at)
    known: set[str | None] = {None}
    for message in conversation.messages:
        if not _ID.fullmatch(message.id):
            raise R1ChatError(f"{message.id[:200]!r} cannot be the id of a message")
        _check_times(message.created_at, message.thinking_s)
        if message.parent_id not in known:
            raise R1ChatError(f"message {message.id} hangs below one that is missing or comes later")
        if message.id in known:
            raise R1ChatError(f"message id {message.id!r} is used twice")
        known.add(message.id)
    if chat.active_leaf not in known:
        raise R1ChatError("the chat points at a message that is missing")
    return conversation


def _check_times(*seconds: float) -> None:
    for time in seconds:
        if not 0 <= time <= _LATEST:  # nor is what is no number
            raise R1ChatError(f"{time} seconds are no time that can be")
