"""What is done to the program as a whole."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action
from r1chat.tui.screens.help import HelpScreen

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def models(screen: "ChatScreen", _words: str) -> None:
    """Show the models."""
    await screen.app.run_action("models")


async def show_help(screen: "ChatScreen", _words: str) -> None:
    """Show keys and commands."""
    screen.app.push_screen(HelpScreen())


async def leave(screen: "ChatScreen", _words: str) -> None:
    """Save everything, then end."""
    screen.leave()


PROGRAM: dict[str, Action] = {"models": models, "help": show_help, "quit": leave}
