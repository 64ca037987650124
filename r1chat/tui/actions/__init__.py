"""What the commands of the chat's screen do: for every command's name a function, one module a group."""

from typing import TYPE_CHECKING

from r1chat.errors import R1ChatError
from r1chat.tui.actions.action import Action
from r1chat.tui.actions.chats import CHATS
from r1chat.tui.actions.copying import COPYING
from r1chat.tui.actions.keeping import KEEPING
from r1chat.tui.actions.program import PROGRAM
from r1chat.tui.actions.reading import READING
from r1chat.tui.actions.replies import REPLIES
from r1chat.tui.actions.thought import THOUGHT
from r1chat.tui.widgets.note import Note

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen

ACTIONS: dict[str, Action] = {**REPLIES, **THOUGHT, **READING, **COPYING, **CHATS, **KEEPING, **PROGRAM}


async def act(screen: "ChatScreen", name: str, words: str) -> None:
    """Do what the table of commands calls `name`; why it cannot be done stands in the transcript then."""
    try:
        await ACTIONS[name](screen, words)
    except R1ChatError as error:
        await screen.transcript.add(Note.of(error))
