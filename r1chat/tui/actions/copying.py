"""What is taken out of a chat."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def copy(screen: "ChatScreen", _words: str) -> None:
    """Copy the last answer."""
    reply = screen.transcript.last_reply
    text = reply.answer.text.encode("utf-8", "replace").decode() if reply else ""
    if not text:
        screen.tell("There is no answer to copy yet.")
    else:
        screen.app.copy_to_clipboard(text)
        screen.tell(f"Copied the answer: {len(text):,} characters.")


COPYING: dict[str, Action] = {"copy": copy}
