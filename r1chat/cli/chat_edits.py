"""`r1chat chats rename | pin | archive | tag | remove | repair`: what changes chats that were kept.

With `--json` each prints what it has made of it: the chat as in `list`, what is gone, or what was repaired.
"""

from contextlib import closing, suppress
from pathlib import Path

import click

from r1chat.cli.chat_text import print_json
from r1chat.cli.options import json_option
from r1chat.core.terminal import plain
from r1chat.errors import UsageError
from r1chat.paths import default_paths
from r1chat.session.states import forget_states
from r1chat.store import Gone, Store
from r1chat.store.deletion import copies_beside
from r1chat.store.index_care import mend_index
from r1chat.store.salvage import Salvaged, finish_repair, is_whole, replace_damaged
from r1chat.tui.unsent import forget_edits

_WHOLE = "The store is whole."
id_argument = click.argument("chat_id", metavar="ID")


@click.command("rename")
@id_argument
@click.argument("title")
@json_option
def rename_chat(chat_id: str, title: str, *, as_json: bool) -> None:
    """Give a chat another title."""
    with closing(_store()) as store:
        found = store.chat(chat_id).id
        store.rename(found, title)
        _tell(store, found, as_json=as_json)


@click.command("pin")
@id_argument
@click.option("--off", is_flag=True, help="Among the others again.")
@json_option
def pin_chat(chat_id: str, *, off: bool, as_json: bool) -> None:
    """Put a chat before the others."""
    with closing(_store()) as store:
        found = store.chat(chat_id).id
        store.label(found, pinned=not off)
        _tell(store, found, as_json=as_json)


@click.command("archive")
@id_argument
@click.option("--off", is_flag=True, help="Back into the list.")
@json_option
def archive_chat(chat_id: str, *, off: bool, as_json: bool) -> None:
    """Keep a chat out of the list; it is still found by a search."""
    with closing(_store()) as store:
        found = store.chat(chat_id).id
        store.label(found, archived=not off)
        _tell(store, found, as_json=as_json)


@click.command("tag")
@id_argument
@click.argument("tags", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Take them away.")
@json_option
def tag_chat(chat_id: str, tags: tuple[str, ...], *, off: bool, as_json: bool) -> None:
    """Give a chat tags."""
    with closing(_store()) as store:
        found = store.chat(chat_id).id
        store.label(found, add=() if off else tags, drop=tags if off else ())
        _tell(store, found, as_json=as_json)


@click.command("remove")
@click.argument("chat_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Without asking.")
@json_option
def remove_chats(chat_ids: tuple[str, ...], *, yes: bool, as_json: bool) -> None:
    """Delete chats for good: overwritten on disk, in the search, in backups and saved states."""
    paths = default_paths()
    with closing(_store()) as store:
        chats = list({chat.id: chat for chat in map(store.chat, chat_ids)}.values())
        if not yes:
            names = ", ".join(repr(plain(chat.title)) for chat in chats)
            click.confirm(f"Delete {names} for good?", abort=True, err=True)
        for chat in chats:
            with suppress(Gone):  # another program was faster
                store.remove(chat.id, at_once=False)
            forget_edits(paths.unsent, chat.id)
        forget_states(store, paths.saved_states)
        store.forget()
    copies = copies_beside(str(paths.database))
    if as_json:
        print_json({"removed": [chat.id for chat in chats], "kept_copies": [str(path) for path in copies]})
    for path in copies:
        click.echo(f"A damaged store was kept and may still hold it; delete it by hand: {path}", err=True)


@click.command("repair")
@json_option
def repair(*, as_json: bool) -> None:
    """Build a new store from what can be read of a damaged one, which is kept beside it.

    Where the chats are whole and only the search misses some, its index is made anew.
    """
    path = default_paths().database
    salvaged: Salvaged | None = None
    indexed = False
    if (kept := finish_repair(path)) is not None:
        sentence = f"An interrupted repair was ended. The damaged store was kept: {kept}"
    elif not path.exists():
        raise UsageError("There is no store to repair.")
    elif is_whole(path):
        indexed = mend_index(path)
        sentence = "The chats are whole; the index for the search was made anew." if indexed else _WHOLE
    else:
        salvaged = replace_damaged(path)
        kept, sentence = salvaged.kept, salvaged.sentence
    if as_json:
        read = {} if salvaged is None else {"chats": salvaged.chats, "messages": salvaged.messages}
        print_json(
            {"repaired": indexed or kept is not None, "kept": None if kept is None else str(kept), **read}
        )
    else:
        click.echo(plain(sentence))


def _tell(store: Store, chat_id: str, *, as_json: bool) -> None:
    """What a change made of a chat, for scripts; a person sees it in the list."""
    if as_json:
        print_json(store.chat(chat_id))


def add_edits(group: click.Group) -> None:
    """Put these commands into a group."""
    for entry in (rename_chat, pin_chat, archive_chat, tag_chat, remove_chats, repair):
        group.add_command(entry)


def _store() -> Store:
    path: Path = default_paths().database
    return Store(path)
