"""What is done to questions and replies."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def stop(screen: "ChatScreen", _words: str) -> None:
    """Take back what waits; where nothing does, stop the reply."""
    if screen.turns.waiting:
        await screen.turns.take_back()
    else:
        screen.turns.stop()


async def regenerate(screen: "ChatScreen", _words: str) -> None:
    """Answer the last question once more."""
    if (reply := screen.ended_reply) is not None:
        screen.run_turn(screen.turns.again(reply.message.id))


async def go_on(screen: "ChatScreen", _words: str) -> None:
    """Go on with an unfinished reply."""
    if (reply := screen.ended_reply) is not None:
        screen.run_turn(screen.turns.onward(reply.message.id))


async def branch_before(screen: "ChatScreen", _words: str) -> None:
    """Show the alternative before."""
    await screen.walk(-1)


async def branch_after(screen: "ChatScreen", _words: str) -> None:
    """Show the alternative after."""
    await screen.walk(1)


REPLIES: dict[str, Action] = {
    "stop": stop,
    "regenerate": regenerate,
    "continue": go_on,
    "branch_before": branch_before,
    "branch_after": branch_after,
}
