"""What is done to chats."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action
from r1chat.tui.widgets.chat_list import ChatList

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def new_chat(screen: "ChatScreen", _words: str) -> None:
    """Start a new chat, unless a reply runs."""
    if screen.may_leave():
        screen.workers.cancel_group(screen, "open")
        screen.session.new()
        await screen.transcript.show(None)
        screen.situation.recall(None)
        screen.situation.drawing.recall(None)
        screen.refresh_chats()
        screen.prompt.focus()


async def chats(screen: "ChatScreen", _words: str) -> None:
    """Show or hide the list of chats."""
    listed = screen.query_one(ChatList)
    listed.display = not listed.display
    (listed if listed.display else screen.prompt).focus()
    screen.refresh_chats()


CHATS: dict[str, Action] = {"new_chat": new_chat, "chats": chats}
