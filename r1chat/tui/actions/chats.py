"""What is done to turn to another chat."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def new_chat(screen: "ChatScreen", _words: str) -> None:
    """Start a new chat, unless a reply runs."""
    if screen.may_leave():
        await screen.show_new()
        screen.refresh_chats()
        screen.prompt.focus()


async def private(screen: "ChatScreen", _words: str) -> None:
    """Start a chat that is never written, unless a reply runs."""
    if screen.may_leave():
        await screen.show_new(private=True)
        screen.refresh_chats()
        screen.prompt.focus()


async def chats(screen: "ChatScreen", _words: str) -> None:
    """Show or hide the list of chats."""
    if screen.sidebar.display:
        screen.sidebar.close()
        screen.prompt.focus()
    else:
        screen.sidebar.open()
        screen.refresh_chats()


async def search(screen: "ChatScreen", words: str) -> None:
    """Search all chats, for those words at first."""
    screen.sidebar.open(search=True)
    if words:
        screen.sidebar.field.value = words
    screen.refresh_chats()


CHATS: dict[str, Action] = {"new_chat": new_chat, "private": private, "chats": chats, "search": search}
