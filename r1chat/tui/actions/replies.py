"""What is done to questions and replies."""

from typing import TYPE_CHECKING

from r1chat.errors import UsageError
from r1chat.tui.actions.action import Action
from r1chat.tui.stocked import Stocked
from r1chat.tui.widgets.question import Question

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen
    from r1chat.tui.stock import Stock


async def stop(screen: "ChatScreen", _words: str) -> None:
    """Take back what waits; where nothing does, stop the reply."""
    if screen.turns.waiting:
        await screen.turns.take_back()
    else:
        screen.turns.stop()


async def regenerate(screen: "ChatScreen", words: str) -> None:
    """Answer the last question once more, with another model where one is named."""
    if words and isinstance(screen.app, Stocked):
        screen.run_worker(
            _regenerate_with(screen, screen.app.stock, words),
            name="regenerate",
            group="regenerate",
            exclusive=True,
            exit_on_error=False,
        )
    elif (reply := screen.ended_reply) is not None:
        screen.run_turn(screen.turns.again(reply.message.id))


async def _regenerate_with(screen: "ChatScreen", stock: "Stock", name: str) -> None:
    try:
        model = await stock.find(name)
    except UsageError as error:
        screen.prompt.give_back(f"/regenerate {name}")
        screen.tell(str(error))
        return
    reply = screen.ended_reply
    if reply is None or model.problem:
        screen.prompt.give_back(f"/regenerate {name}")
        screen.tell(model.problem or "Another reply is running.")
    else:
        screen.run_turn(screen.turns.again_with(reply.message.id, model.path, model.name))


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
