"""Chats as lines of a terminal and as JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from r1chat.core.conversation import Conversation
from r1chat.core.json_text import json_text
from r1chat.export.markdown import speaker


def blocks(conversation: Conversation, *, with_thinking: bool) -> Iterator[str]:
    """The paragraphs of a chat in plain text, thoughts behind bars."""
    chat = conversation.chat
    yield f"# {chat.title or '(no title)'}\n{chat.id}  {when(chat.created_at)}"
    for message in conversation.path():
        yield f"\n## {speaker(message)}\n"
        if with_thinking and message.thinking.strip():
            yield "\n".join(f"│ {line}".rstrip() for line in message.thinking.strip().splitlines()) + "\n"
        if message.text.strip():
            yield message.text.strip("\n")
        if message.error:
            yield f"({message.error})"


def conversation_json(conversation: Conversation) -> dict[str, Any]:
    """The chat with every message of its tree; `active` marks the branch that is shown as text."""
    active = {message.id for message in conversation.path()}
    messages = []
    for message in conversation.messages:
        built: dict[str, Any] = msgspec.to_builtins(message)
        built["tokens"] = len(message.tokens)  # the ids themselves are for an export, not for a reader
        messages.append({**built, "active": message.id in active})
    return {**msgspec.to_builtins(conversation.chat), "messages": messages}


def print_json(value: object) -> None:
    """One JSON document on stdout, harmless for a terminal."""
    click.echo(json_text(value))


def when(seconds: float) -> str:
    """Local time, to the minute; of what no calendar has, signs as long as that."""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "????-??-?? ??:??"
