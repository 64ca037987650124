"""What is taken out of a chat."""

import asyncio
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from r1chat.core.conversation import Conversation
from r1chat.errors import R1ChatError, UsageError
from r1chat.tui.actions.action import Action
from r1chat.tui.code_blocks import code_blocks, numbered, save
from r1chat.tui.widgets.question import Question
from r1chat.tui.wording import lines

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


async def copy(screen: "ChatScreen", words: str) -> None:
    """Copy what is named; the answer where nothing is."""
    what, _, rest = words.partition(" ")
    reply = screen.reply
    match what.lower() or "answer":
        case "answer" if not rest:
            _hand_over(screen, "answer", reply.answer.text if reply else "")
        case "thought" if not rest:
            _hand_over(screen, "thought", reply.pane.thought.strip("\n") if reply else "")
        case "question" if not rest:
            _hand_over(screen, "question", _question(screen))
        case "chat" if not rest:
            _hand_over(screen, "chat", _chat(screen.session.conversation))
        case "code":
            await copy_code(screen, rest.strip())
        case _:
            screen.prompt.give_back(f"/copy {words}")
            screen.tell("Say /copy answer, code, thought, question or chat.")


async def copy_code(screen: "ChatScreen", words: str) -> None:
    """Copy a block of code of the last answer: the one of that number, else the last, then the one before."""
    answer = screen.reply.answer.text if screen.reply else ""
    try:
        block = numbered(code_blocks(answer), words) if words else screen.codes.next(answer)
    except UsageError as error:
        screen.tell(str(error))
        return
    screen.app.copy_to_clipboard(block.code)
    screen.tell(f"Copied {block.title}.")


async def save_code(screen: "ChatScreen", words: str) -> None:
    """Save a block of code into a file that is not there yet."""
    await _save(screen, "save", words, over=False)


async def save_code_over(screen: "ChatScreen", words: str) -> None:
    """Save a block of code into a file, whatever it holds."""
    await _save(screen, "save!", words, over=True)


async def _save(screen: "ChatScreen", slash: str, words: str, *, over: bool) -> None:
    answer = screen.reply.answer.text if screen.reply else ""
    try:
        name, number = _file_and_number(words)
        block = numbered(code_blocks(answer), number)
        path = _place(name)
        await asyncio.to_thread(save, path, block.code, over=over)
    except R1ChatError as error:
        if words:
            screen.prompt.give_back(f"/{slash} {words}")
        screen.tell(str(error))
    else:
        screen.tell(f"Saved {block.title}, to {path}")


def _file_and_number(words: str) -> tuple[str, str]:
    try:
        name, *more = shlex.split(words)
    except ValueError as error:
        hint = "Say /save FILE, or /save FILE 2 for the second block; a name with blanks stands in quotes."
        raise UsageError("It takes the name of a file.", hint) from error
    if len(more) > 1 or not name:
        raise UsageError("It takes one file and one number.", "A name with blanks stands in quotes.")
    return name, "".join(more)


def _place(name: str) -> Path:
    return Path.cwd() / os.path.expanduser(name)


def _chat(conversation: Conversation | None) -> str:
    from r1chat.export.markdown import markdown

    return markdown(conversation, with_thinking=False) if conversation else ""


def _question(screen: "ChatScreen") -> str:
    questions = [question.text for question in screen.transcript.query(Question) if not question.queued]
    return questions[-1] if questions else ""


def _hand_over(screen: "ChatScreen", what: str, text: str) -> None:
    if not text:
        screen.tell(f"There is no {what} to copy yet.")
    else:
        screen.app.copy_to_clipboard(text)
        screen.tell(f"Copied the {what}: {lines(text)}, {len(text):,} characters.")


COPYING: dict[str, Action] = {
    "copy": copy,
    "copy_code": copy_code,
    "save": save_code,
    "save_over": save_code_over,
}
