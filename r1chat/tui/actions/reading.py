"""What is done with a thought that is read."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from r1chat.core.commands import command
from r1chat.core.forks import Edited, Place
from r1chat.core.thinking import Channel
from r1chat.tui.actions.action import Action
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.thought_reader import ThoughtReader

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def read_thought(screen: "ChatScreen", _words: str) -> None:
    """Into the last thought; from within one, into the one before."""
    await _walk(screen, -1)


async def read_thought_after(screen: "ChatScreen", _words: str) -> None:
    """From one thought into the next; behind the last one is the prompt."""
    await _walk(screen, 1)


async def _walk(screen: "ChatScreen", step: int) -> None:
    thoughts = screen.transcript.thoughts
    within = screen.focused.ancestors if screen.focused else ()
    read = next((widget.message.id for widget in within if isinstance(widget, Reply)), "")
    now = thoughts.index(read) if read in thoughts else len(thoughts)
    if not thoughts:
        screen.tell("There is no thought to read.")
    elif now + step >= len(thoughts):
        screen.prompt.focus()
    elif now + step < 0:
        screen.tell("This is the first thought.")
    elif isinstance(reply := await screen.transcript.reach(thoughts[now + step]), Reply):
        reply.pane.enter()


READING: dict[str, Action] = {"read_thought": read_thought, "read_thought_after": read_thought_after}


async def leave(screen: "ChatScreen", _reader: ThoughtReader) -> None:
    """Back to the prompt."""
    screen.prompt.focus()


async def fork(screen: "ChatScreen", reader: ThoughtReader) -> None:
    """Have the thought go on from the caret, in a reply of its own."""
    if (reply := ended_reply(screen, reader)) is not None:
        screen.prompt.focus()
        screen.run_turn(screen.turns.fork(reply.message.id, Place(Channel.THINKING, reader.place)))


async def edit(screen: "ChatScreen", reader: ThoughtReader) -> None:
    """Have the thought edited, and go on from what is left of it."""
    reply = ended_reply(screen, reader)
    if reply is None:
        return

    def keep(text: str) -> None:
        edited = "" if text == reader.text else text
        screen.edits.keep(reply.message, edited, private=screen.session.private)
        screen.post_message(screen.Typed())

    def done(text: str | None) -> None:
        if text is not None and screen.may_leave():
            keep(reader.text)
            screen.prompt.focus()
            screen.run_turn(screen.turns.fork(reply.message.id, Edited(text)))

    from r1chat.tui.screens.thought_editor import ThoughtEditor

    edited = screen.edits.text(reply.message, reader.text)
    screen.app.push_screen(ThoughtEditor(edited, reader.place, keep), done)


async def outline(screen: "ChatScreen", reader: ThoughtReader) -> None:
    """List the steps of the thought, and go to the one that is chosen."""
    from r1chat.tui.screens.outline import OutlineScreen

    def go(place: int | None) -> None:
        if place is not None:
            reader.go_to_said(place)

    screen.app.push_screen(OutlineScreen(_reply_of(reader)), go)


def ended_reply(screen: "ChatScreen", reader: ThoughtReader) -> Reply | None:
    """The reply that is read, where another one may begin with its words; else it is said why not."""
    if not screen.available(command("thought.fork")):
        screen.tell("This engine cannot go on from within a thought.")
    elif screen.turns.running:
        screen.tell(f"A reply is running. {command('stop').key_label} in the prompt stops it; then fork it.")
    else:
        return _reply_of(reader)
    return None


def _reply_of(reader: ThoughtReader) -> Reply:
    return next(widget for widget in reader.ancestors if isinstance(widget, Reply))


ASKED: dict[str, Callable[["ChatScreen", ThoughtReader], Awaitable[None]]] = {
    "thought.leave": leave,
    "thought.fork": fork,
    "thought.edit": edit,
    "thought.outline": outline,
}
"""For every command that a thought hands up a function."""
