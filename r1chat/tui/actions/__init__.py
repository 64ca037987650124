"""What the commands of the chat's screen do: for every command's name a function, one module a group."""

from r1chat.tui.actions.action import Action
from r1chat.tui.actions.chats import CHATS
from r1chat.tui.actions.copying import COPYING
from r1chat.tui.actions.keeping import KEEPING
from r1chat.tui.actions.program import PROGRAM
from r1chat.tui.actions.reading import READING
from r1chat.tui.actions.replies import REPLIES
from r1chat.tui.actions.thought import THOUGHT

ACTIONS: dict[str, Action] = {**REPLIES, **THOUGHT, **READING, **COPYING, **CHATS, **KEEPING, **PROGRAM}
