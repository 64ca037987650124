"""What an action is."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen

Action = Callable[["ChatScreen", str], Awaitable[None]]
"""Does a command on the chat's screen; the words are its argument, empty where a key or the palette asked."""
