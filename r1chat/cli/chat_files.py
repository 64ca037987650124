"""`r1chat chats export | import`: chats to and from files."""

import io
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TextIO

import click
import msgspec

from r1chat.cli.chat_text import print_json
from r1chat.cli.main import ERROR, OK
from r1chat.cli.options import json_option
from r1chat.core.conversation import Conversation
from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError, StoreError, UsageError
from r1chat.export.markdown import markdown
from r1chat.export.own import archive
from r1chat.paths import default_paths
from r1chat.store import Misplaced, Store


class _Taken(msgspec.Struct):
    """What an import came to."""

    chats: int = 0
    messages: int = 0
    refused: list[str] = msgspec.field(default_factory=list)


@click.command("export")
@click.argument("chat_ids", metavar="[ID]…", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every chat; as md and html they follow each other.")
@click.option("--format", "form", type=click.Choice(["md", "json", "html"]), default="md", show_default=True)
@click.option(
    "--with-thinking/--without-thinking", default=False, help="The thoughts too; JSON has them always."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A file instead of stdout.")
def export_chats(
    chat_ids: tuple[str, ...], *, every: bool, form: str, with_thinking: bool, output: Path | None
) -> None:
    """Chats as Markdown, JSON (complete: `import` reads it back) or a web page."""
    if every == bool(chat_ids):
        raise UsageError("Say which chats.", "Give their ids, or --all.")
    with closing(Store(default_paths().database, read_only=True)) as store:
        chats = store.every() if every else iter([store.conversation(chat_id) for chat_id in chat_ids])
        pieces = _pieces(chats, form, with_thinking=with_thinking)
        if output is None:
            _write(pieces, sys.stdout)
            return
        try:
            _write_file(pieces, output)
        except OSError as error:
            hint = "Choose another place for it."
            raise UsageError(f"{output} cannot be written: {error.strerror}.", hint) from error


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def import_chats(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Chats of r1chat, ChatGPT, DeepSeek, Open WebUI or llama-server, from JSON or the archive they export.

    A chat that cannot be read is named and left out; none is imported in part. What is here already stays.
    """
    taken = _Taken()
    with closing(Store(default_paths().database)) as store:
        for path in files:
            try:
                _take_file(store, path, taken)
            except R1ChatError as error:
                if len(files) == 1 and taken == _Taken():
                    raise
                taken.refused.append(f"{path.name}: {error}")
    if as_json:
        print_json(taken)
    else:
        click.echo(f"Imported {taken.messages:,} messages in {taken.chats:,} chats.")
    for line in taken.refused:
        click.echo(f"Left out: {' '.join(plain(line).split())}", err=True)
    return ERROR if taken.refused else OK


def add_files(group: click.Group) -> None:
    """Put these commands into a group."""
    group.add_command(export_chats)
    group.add_command(import_chats)


def _take_file(store: Store, path: Path, taken: _Taken) -> None:
    """Add the chats of a file. Raises R1ChatError where it cannot be read on, or the store takes nothing."""
    from r1chat.export.records import records

    for number, record in enumerate(records(path), start=1):
        try:
            added = _take_in(store, record)
        except (msgspec.MsgspecError, R1ChatError) as error:
            if isinstance(error, StoreError) and not isinstance(error, Misplaced):
                raise
            taken.refused.append(f"{path.name}, chat {number}: {error}")
        else:
            taken.chats += bool(added)
            taken.messages += added


def _take_in(store: Store, record: bytes) -> int:
    """Add the chat of a record; returns how many messages were new. Raises as `read` and `Store.add`."""
    from r1chat.export.foreign import read

    try:
        return store.add(read(record))
    except msgspec.MsgspecError:  # a ValueError too, that says what is wrong and where
        raise
    except (RecursionError, OverflowError, ValueError) as error:
        raise R1ChatError("it holds what no chat holds: too deep, too large or no text") from error


def _pieces(chats: Iterator[Conversation], form: str, *, with_thinking: bool) -> Iterator[str]:
    match form:
        case "json":
            yield from archive(chats)
        case "html":
            from r1chat.export.html import page

            for conversation in chats:
                yield page(conversation, with_thinking=with_thinking)
        case _:
            for conversation in chats:
                yield markdown(conversation, with_thinking=with_thinking)


def _write_file(pieces: Iterator[str], output: Path) -> None:
    """A file that only its owner reads: whole, or as it was before. Pipes and devices are written as such."""
    if output.exists() and output.resolve() == default_paths().database.resolve():
        hint = "Choose another place for it."
        raise UsageError(f"{output} is the store of the chats itself; it was not touched.", hint)
    if output.exists() and not output.is_file():
        with output.open("w", encoding="utf-8") as device:
            _write(pieces, device)
        return
    target = output.resolve()
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        with draft.open("w", encoding="utf-8") as file:
            _write(pieces, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _write(pieces: Iterator[str], file: TextIO) -> None:
    """As it is, in UTF-8 whatever the locale; on a terminal control characters become visible signs."""
    if isinstance(file, io.TextIOWrapper) and not file.isatty():
        file.reconfigure(encoding="utf-8")
    for piece in pieces:
        file.write(plain(piece) if file.isatty() else piece)
