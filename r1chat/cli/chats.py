"""`r1chat chats`: chats that were kept."""

from contextlib import closing

import click

from r1chat.cli.chat_edits import add_edits
from r1chat.cli.chat_files import add_files
from r1chat.cli.chat_text import blocks, conversation_json, print_json, when
from r1chat.cli.main import OK
from r1chat.cli.options import json_option
from r1chat.core.search import Field, Hit, parse
from r1chat.core.terminal import plain
from r1chat.paths import default_paths
from r1chat.store import Store

SHORT_ID = 8
"""Characters of an id in the list; `show` takes any unique beginning."""
_DASHES_ARE_WORDS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}
"""A word behind a single dash is one to leave out, whatever it begins with."""


@click.group()
def chats() -> None:
    """Chats that were kept."""


@chats.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=200, show_default=True, metavar="N")
@click.option("--archived", is_flag=True, help="Those that were archived.")
@json_option
def list_chats(*, limit: int, archived: bool, as_json: bool) -> None:
    """The chats, pinned ones first, then the last used first: id, time, messages, title."""
    with closing(Store(default_paths().database, read_only=True)) as store:
        found = store.chats(limit, archived=archived)
    if as_json:
        print_json(found)
        return
    for chat in found:
        title = " ".join(plain(chat.title).split()) or "(no title)"
        click.echo(f"{_short(chat.id)}  {when(chat.updated_at)}  {chat.messages:>4}  {title}")
    if not found:
        click.echo("There are no chats yet.", err=True)


@chats.command("search", context_settings=_DASHES_ARE_WORDS)
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, metavar="N")
@json_option
def search_chats(text: tuple[str, ...], *, limit: int, as_json: bool) -> int:
    """Chats with a title or a message that holds all words of TEXT, best first.

    \b
    "two words"     in a row             prefix*        words that begin so
    -word           without it           model:NAME     answers of that model
    in:thought      (title, question, answer) only there
    before:2026-05  after:2026-05-31          tag:NAME    chats with that tag
    """
    if option := next((word for word in text if word.startswith("--")), None):
        raise click.NoSuchOption(option)
    query = parse(" ".join(text))
    with closing(Store(default_paths().database, read_only=True)) as store:
        hits = store.search(query, limit)
    if as_json:
        print_json(hits)
    for hit in () if as_json else hits:
        title = " ".join(plain(hit.chat.title).split()) or "(no title)"
        click.echo(f"{_short(hit.chat.id)}  {when(hit.created_at)}  {title}")
        if hit.field is not Field.TITLE:
            click.echo(f"          {hit.field}: {_snippet(hit)}")
    if not hits:
        click.echo("Nothing was found.", err=True)
    return OK


def _short(chat_id: str) -> str:
    return "".join(plain(chat_id[:SHORT_ID]).split())


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
        print_json(conversation_json(conversation))
        return
    for block in blocks(conversation, with_thinking=with_thinking):
        click.echo(plain(block))


add_edits(chats)
add_files(chats)
