"""What is done to thoughts."""

from typing import TYPE_CHECKING

from r1chat.core.commands import command
from r1chat.core.forks import Reopened
from r1chat.errors import R1ChatError
from r1chat.tui.actions.action import Action
from r1chat.tui.modes import next_mode, parse_mode
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.wording import thinking_mode

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def thinking(screen: "ChatScreen", words: str) -> None:
    """Choose how much the next turns think."""
    now = screen.situation.thinking
    try:
        chosen = parse_mode(words, now) if words else next_mode(now)
        screen.situation.choose_mode(chosen, screen.chat_id)
        if screen.turns.running:  # what runs was asked before
            screen.tell(f"The next turn {thinking_mode(chosen)}.")
    except R1ChatError as error:
        screen.prompt.give_back(f"/think {words}")
        screen.tell(str(error))
    screen.refresh_status()


async def thought(screen: "ChatScreen", _words: str) -> None:
    """Open or close the thought."""
    meant = screen.reply
    there = meant is not None and meant.pane.display
    reply = await screen.transcript.reach(meant.message.id) if meant and there else None
    if isinstance(reply, Reply):
        if reply.pane.has_focus_within:
            screen.prompt.focus()
        reply.pane.toggle()
    else:
        screen.tell("There is no thought to show.")


async def answer_now(screen: "ChatScreen", _words: str) -> None:
    """Close the running thought."""
    if not screen.session.answer_now():
        screen.tell("The thought is over: the answer is on its way.")


async def steer(screen: "ChatScreen", words: str) -> None:
    """Put words into the running thought: those given, else those that are typed."""
    said = words or screen.prompt.take()
    if not said.strip():
        screen.tell(f"Type the words first; then {command('steer').key_label} puts them into the thought.")
    elif screen.session.inject(screen.prompt.pastes.unfold(said)):
        screen.turns.show_progress()
    else:
        screen.prompt.give_back(said)
        screen.tell("The thought is over: your words are in the prompt again.")


async def more(screen: "ChatScreen", _words: str) -> None:
    """Open the thought again."""
    if (reply := screen.ended_reply) is not None:
        screen.editing.leave()
        screen.prompt.focus()
        screen.run_turn(screen.turns.fork(reply.message.id, Reopened()))


THOUGHT: dict[str, Action] = {
    "thinking": thinking,
    "thought": thought,
    "answer_now": answer_now,
    "steer": steer,
    "more": more,
}
