"""What is done to questions and replies."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action
from r1chat.tui.widgets.question import Question

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
    await _walk(screen, -1)


async def branch_after(screen: "ChatScreen", _words: str) -> None:
    """Show the alternative after."""
    await _walk(screen, 1)


async def edit_question(screen: "ChatScreen", _words: str) -> None:
    """Have the last question in the prompt; where one is edited, the one before."""
    if screen.editing.up(list(screen.transcript.query(Question))):
        screen.prompt.focus()
    else:
        screen.tell("This is the first question that is shown; Ctrl+Home brings earlier ones.")


async def _walk(screen: "ChatScreen", step: int) -> None:
    """Along the alternatives of the question that is edited and its reply, else of the last ones."""
    edited = screen.editing.question
    screen.editing.leave()
    await screen.walk(step, (edited.message_id or "") if edited else "")


REPLIES: dict[str, Action] = {
    "stop": stop,
    "regenerate": regenerate,
    "continue": go_on,
    "edit_question": edit_question,
    "branch_before": branch_before,
    "branch_after": branch_after,
}
