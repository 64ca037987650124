"""What can be done to any chat that is kept: the open one by a slash command, every other one in the list.

Each is given the words that a person typed for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from r1chat.core.commands import in_keys
from r1chat.core.conversation import Chat
from r1chat.errors import UsageError
from r1chat.tui.chat_rows import one_line, title

if TYPE_CHECKING:
    from r1chat.tui.screens.chats import ChatsScreen

_NOT_OPENED = "A reply is running here, so it was not opened; it is in the list of chats ({chats})."
Keeper = Callable[["ChatsScreen", Chat, str], Awaitable[None]]


async def rename(screen: "ChatsScreen", chat: Chat, words: str) -> None:
    """Give it another title."""
    if one_line(words):
        await screen.session.rename(chat.id, one_line(words))
    else:
        screen.tell("A title needs a word; it stays as it was.")


async def pin(screen: "ChatsScreen", chat: Chat, _words: str) -> None:
    """Put it before the others, or back."""
    await screen.session.label(chat.id, pinned=not chat.pinned)
    screen.tell(f"Not pinned any more: “{title(chat)}”." if chat.pinned else f"Pinned “{title(chat)}”.")


async def archive(screen: "ChatsScreen", chat: Chat, _words: str) -> None:
    """Take it out of the list, or back."""
    await screen.session.label(chat.id, archived=not chat.archived)
    if chat.archived:
        screen.tell(f"“{title(chat)}” is in the list again.")
    else:
        listed = in_keys("{chats.archived} in the list of chats ({chats}) shows what is archived.")
        screen.tell(f"Archived “{title(chat)}”. {listed}")


async def tag(screen: "ChatsScreen", chat: Chat, words: str) -> None:
    """Have the tags that were typed, and no others."""
    await screen.session.label(chat.id, tags=tags_of(words))


async def duplicate(screen: "ChatsScreen", chat: Chat, _words: str) -> None:
    """Have it twice; the command opens the copy, the key in the list only lists it."""
    copy = await screen.session.duplicate(chat.id)
    copied = f"Copied: “{title(copy)}”."
    stays = screen.turns.running and not screen.sidebar.list.has_focus
    screen.tell(f"{copied} {in_keys(_NOT_OPENED)}" if stays else copied)
    if not (stays or screen.sidebar.list.has_focus):
        screen.turn_to(copy)


async def export(screen: "ChatsScreen", chat: Chat, words: str) -> None:
    """Write it to a file; no file that is there already is touched."""
    from r1chat.export.files import free_name, write

    name = words.strip()
    if len(name) > 2 and name[0] == name[-1] and name[0] in "\"'":  # as a name with blanks stands elsewhere
        name = name[1:-1]
    try:
        conversation = await screen.session.peek(chat.id)
        written = await asyncio.to_thread(write, conversation, name or free_name(chat))
    except UsageError as error:
        if words and screen.prompt.has_focus:
            screen.prompt.give_back(f"/export {words}")
        screen.tell(str(error))
    else:
        screen.tell(f"Written to {written}")


async def delete(screen: "ChatsScreen", chat: Chat, _words: str) -> None:
    """Delete it; for a while that can be undone."""
    await screen.put_away(chat)


def tags_of(words: str) -> list[str]:
    """Tags from a line: parted by commas, with or without a # each."""
    return [name for part in words.split(",") if (name := one_line(part).lstrip("#").strip())]


KEEPING: dict[str, Keeper] = {
    "rename": rename,
    "pin": pin,
    "archive": archive,
    "tag": tag,
    "duplicate": duplicate,
    "export": export,
    "delete": delete,
}
