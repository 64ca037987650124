"""`r1chat chats`: chats that were kept."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from r1chat.cli.main import OK
from r1chat.cli.options import json_option
from r1chat.core.conversation import Chat, Conversation, Message, Role, Status
from r1chat.core.search import Field, Hit, parse
from r1chat.core.terminal import plain, plain_json
from r1chat.paths import default_paths
from r1chat.store import Store

SHORT_ID = 8
"""Characters of an id in the list; `show` takes any unique beginning."""

_MARKS = {
    Status.PARTIAL: "unfinished",
    Status.COMPLETE: "",
    Status.CANCELLED: "stopped",
    Status.ERROR: "failed",
}


@click.group()
def chats() -> None:
    """Chats that were kept."""


@chats.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=200, show_default=True, metavar="N")
@json_option
def list_chats(*, limit: int, as_json: bool) -> None:
    """The chats, last used first: id, time, messages, title."""
    with closing(Store(default_paths().database, read_only=True)) as store:
        found = store.chats(limit)
    if as_json:
        _print_json([_chat_json(chat) for chat in found])
        return
    for chat in found:
        title = " ".join(plain(chat.title).split()) or "(no title)"
        click.echo(f"{chat.id[:SHORT_ID]}  {_when(chat.updated_at)}  {chat.messages:>4}  {title}")
    if not found:
        click.echo("There are no chats yet.", err=True)


@chats.command("search")
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@json_option
def search_chats(text: tuple[str, ...], *, limit: int, as_json: bool) -> int:
    """Chats that hold all words of TEXT, best first.

    \b
    "two words"     in a row             prefix*        words that begin so
    -word           without it           model:NAME     answers of that model
    in:thought      (title, question, answer) only there
    before:2026-05  after:2026-05-31
    """
    query = parse(" ".join(text))
    with closing(Store(default_paths().database, read_only=True)) as store:
        hits = store.search(query, limit)
    if as_json:
        _print_json(hits)
    for hit in () if as_json else hits:
        title = " ".join(plain(hit.chat.title).split()) or "(no title)"
        click.echo(f"{hit.chat.id[:SHORT_ID]}  {_when(hit.created_at)}  {title}")
        if hit.field is not Field.TITLE:
            click.echo(f"          {hit.field}: {_snippet(hit)}")
    if not hits:
        click.echo("Nothing was found.", err=True)
    return OK


def _snippet(hit: Hit) -> str:
    """Hits in bold; click takes that away where the output is no terminal."""
    return "".join(
        click.style(plain(span.text), bold=True) if span.hit else plain(span.text) for span in hit.snippet
    )


@chats.command("show")
@click.argument("chat_id", metavar="ID")
@click.option("--with-thinking", is_flag=True, help="The thoughts too; JSON has them always.")
@json_option
def show_chat(chat_id: str, *, with_thinking: bool, as_json: bool) -> None:
    """One chat: the branch that was looked at last, or as JSON the whole tree. ID may be shortened."""
    with closing(Store(default_paths().database, read_only=True)) as store:
        conversation = store.conversation(chat_id)
    if as_json:
        _print_json(_conversation_json(conversation))
        return
    for block in _blocks(conversation, with_thinking=with_thinking):
        click.echo(plain(block))


def _blocks(conversation: Conversation, *, with_thinking: bool) -> Iterator[str]:
    """The paragraphs of a chat in plain text, thoughts behind bars."""
    chat = conversation.chat
    yield f"# {chat.title or '(no title)'}\n{chat.id}  {_when(chat.created_at)}"
    for message in conversation.path():
        yield f"\n## {_speaker(message)}\n"
        if with_thinking and message.thinking.strip():
            yield "\n".join(f"│ {line}".rstrip() for line in message.thinking.strip().splitlines()) + "\n"
        if message.text.strip():
            yield message.text.strip("\n")
        if message.error:
            yield f"({message.error})"


def _speaker(message: Message) -> str:
    if message.role is not Role.ASSISTANT:
        return "You"
    mark = _MARKS[message.status]
    return (message.model or "Assistant") + (f" ({mark})" if mark else "")


def _chat_json(chat: Chat) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(chat)
    return built


def _conversation_json(conversation: Conversation) -> dict[str, Any]:
    """The chat with every message of its tree; `active` marks the branch that is shown as text."""
    active = {message.id for message in conversation.path()}
    messages = []
    for message in conversation.messages:
        built: dict[str, Any] = msgspec.to_builtins(message)
        built["tokens"] = len(message.tokens)  # the ids themselves are for an export, not for a reader
        messages.append({**built, "active": message.id in active})
    return {**_chat_json(conversation.chat), "messages": messages}


def _print_json(value: object) -> None:
    click.echo(plain_json(msgspec.json.encode(value).decode()))


def _when(seconds: float) -> str:
    """Local time, to the minute."""
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")
