"""What is done to questions and replies."""

from typing import TYPE_CHECKING

from r1chat.core.address import is_address
from r1chat.core.conversation import Message, Role
from r1chat.errors import UsageError
from r1chat.tui.actions.action import Action
from r1chat.tui.at_message import show_message
from r1chat.tui.stocked import Stocked
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply

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
    """Answer a question once more, with another model where one is named."""
    if words and isinstance(screen.app, Stocked):
        screen.run_worker(
            _regenerate_with(screen, screen.app.stock, words),
            name="regenerate",
            group="regenerate",
            exclusive=True,
            exit_on_error=False,
        )
    elif (reply := _left(screen)) is not None:
        screen.run_turn(screen.turns.again(reply.message.id))


async def _regenerate_with(screen: "ChatScreen", stock: "Stock", name: str) -> None:
    if is_address(name) and (asked := _left(screen)) is not None:
        screen.run_turn(screen.turns.again_with(asked.message.id, name, name))
        return
    try:
        model = await stock.find(name)
    except UsageError as error:
        screen.prompt.give_back(f"/regenerate {name}")
        screen.tell(str(error))
        return
    reply = _left(screen)
    if reply is None or model.problem:
        screen.prompt.give_back(f"/regenerate {name}")
        screen.tell(model.problem or "Another reply is running.")
    else:
        screen.run_turn(screen.turns.again_with(reply.message.id, model.path, model.name))


async def go_on(screen: "ChatScreen", _words: str) -> None:
    """Go on with an unfinished reply."""
    if (reply := _left(screen)) is not None:
        screen.run_turn(screen.turns.onward(reply.message.id))


async def branch_before(screen: "ChatScreen", _words: str) -> None:
    """Show the alternative before."""
    await _walk(screen, -1)


async def branch_after(screen: "ChatScreen", _words: str) -> None:
    """Show the alternative after."""
    await _walk(screen, 1)


async def edit_question(screen: "ChatScreen", _words: str) -> None:
    """Have the last question in the prompt; where one is edited, the one before."""
    if screen.editing.up(_questions(screen)):
        screen.prompt.focus()
    else:
        screen.tell("This is the first question.")


async def _walk(screen: "ChatScreen", step: int) -> None:
    """Along the alternatives of the reply that is meant and its question, which stay those that are meant."""
    edited, reply = screen.editing.question, screen.ended_reply
    read = reply is not None and reply.pane.has_focus_within
    meant = edited.id if edited else reply.message.id if reply else None
    _left(screen)
    now = await screen.walk(step, meant or "")
    if now and (edited or read):
        match await show_message(screen.transcript, now, in_thought=False):
            case Question(message=Message() as question):
                screen.editing.take_up(question, _questions(screen))
            case Reply(pane=pane) if pane.display:
                pane.enter()


def _questions(screen: "ChatScreen") -> list[Message]:
    path = screen.session.conversation.path() if screen.session.conversation else ()
    return [message for message in path if message.role is Role.USER]


def _left(screen: "ChatScreen") -> Reply | None:
    """The reply that is meant, where no turn runs; what is said of it next is seen from the prompt."""
    reply = screen.ended_reply
    if reply is not None:
        screen.editing.leave()
        screen.set_focus(screen.prompt)
    return reply


REPLIES: dict[str, Action] = {
    "stop": stop,
    "regenerate": regenerate,
    "continue": go_on,
    "edit_question": edit_question,
    "branch_before": branch_before,
    "branch_after": branch_after,
}
