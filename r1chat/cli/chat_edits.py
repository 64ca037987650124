"""`r1chat chats rename | pin | archive | tag | remove | repair`: what changes chats that were kept."""

from contextlib import closing
from pathlib import Path

import click

from r1chat.core.terminal import plain
from r1chat.errors import UsageError
from r1chat.paths import default_paths
from r1chat.session.states import forget_states
from r1chat.store import Store
from r1chat.store.deletion import copies_beside
from r1chat.store.salvage import finish_repair, is_whole, replace_damaged

id_argument = click.argument("chat_id", metavar="ID")


@click.command("rename")
@id_argument
@click.argument("title")
def rename_chat(chat_id: str, title: str) -> None:
    """Give a chat another title."""
    with closing(_store()) as store:
        store.rename(store.chat(chat_id).id, title)


@click.command("pin")
@id_argument
@click.option("--off", is_flag=True, help="Among the others again.")
def pin_chat(chat_id: str, *, off: bool) -> None:
    """Put a chat before the others."""
    with closing(_store()) as store:
        store.label(store.chat(chat_id).id, pinned=not off)


@click.command("archive")
@id_argument
@click.option("--off", is_flag=True, help="Back into the list.")
def archive_chat(chat_id: str, *, off: bool) -> None:
    """Keep a chat out of the list; it is still found by a search."""
    with closing(_store()) as store:
        store.label(store.chat(chat_id).id, archived=not off)


@click.command("tag")
@id_argument
@click.argument("tags", nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Take them away.")
def tag_chat(chat_id: str, tags: tuple[str, ...], *, off: bool) -> None:
    """Give a chat tags."""
    with closing(_store()) as store:
        store.label(store.chat(chat_id).id, add=() if off else tags, drop=tags if off else ())


@click.command("remove")
@click.argument("chat_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Without asking.")
def remove_chats(chat_ids: tuple[str, ...], *, yes: bool) -> None:
    """Delete chats for good: overwritten on disk, in the search, in backups and saved states."""
    paths = default_paths()
    with closing(_store()) as store:
        chats = [store.chat(chat_id) for chat_id in chat_ids]
        if not yes:
            names = ", ".join(repr(plain(chat.title)) for chat in chats)
            click.confirm(f"Delete {names} for good?", abort=True, err=True)
        for chat in chats:
            store.remove(chat.id, at_once=False)
        forget_states(store, paths.saved_states)
        store.forget()
    for path in copies_beside(str(paths.database)):
        click.echo(f"A damaged store was kept and may still hold it; delete it by hand: {path}", err=True)


@click.command("repair")
def repair() -> None:
    """Build a new store from what can be read of a damaged one, which is kept beside it."""
    path = default_paths().database
    if (kept := finish_repair(path)) is not None:
        click.echo(f"An interrupted repair was ended. The damaged store was kept: {plain(str(kept))}")
        return
    if not path.exists():
        raise UsageError("There is no store to repair.")
    if is_whole(path):
        click.echo("The store is whole.")
        return
    click.echo(plain(replace_damaged(path).sentence))


def add_edits(group: click.Group) -> None:
    """Put these commands into a group."""
    for entry in (rename_chat, pin_chat, archive_chat, tag_chat, remove_chats, repair):
        group.add_command(entry)


def _store() -> Store:
    path: Path = default_paths().database
    return Store(path)
