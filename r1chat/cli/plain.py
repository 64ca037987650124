"""`r1chat --plain`: the chat line by line, for screen readers and terminals that cannot move a cursor.

Nothing that was printed is ever changed. A thought is one line when it is over; a bell tells that the reply
is complete. Ctrl+C stops a reply and keeps it, Ctrl+D leaves. A question may name files, as `@notes.txt`.
"""

import asyncio
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import click
from msgspec.structs import replace

from r1chat.core.address import is_address
from r1chat.core.attached import split
from r1chat.core.commands import Command, When, command, is_mistyped, parse_slash
from r1chat.core.conversation import Conversation, Message, Role, Status, Thinking
from r1chat.core.events import AnswerDelta, FinishReason, Loading, Prefill, ThinkingDelta
from r1chat.core.forks import Reopened
from r1chat.core.terminal import plain
from r1chat.engine.base import Capability
from r1chat.errors import R1ChatError
from r1chat.hub.library import find
from r1chat.paths import default_paths
from r1chat.session import Session, TurnEnded, TurnEvent, TurnOptions
from r1chat.tui.attaching import CHARACTERS, Attaching, Found, size
from r1chat.tui.modes import next_mode, parse_mode
from r1chat.tui.pasting import Pastes
from r1chat.tui.wording import ending, thinking_mode, thought_of, unfinished

_KNOWN = ("new_chat", "regenerate", "continue", "more", "thought", "thinking", "help", "quit")
"""The commands that make sense line by line."""
_NEEDS = {
    "continue": Capability.PREFIX,
    "more": Capability.PREFIX,
    "thinking": Capability.MODES,
}
"""What the engine must be able to do for them."""
_BELL = "\a"


class PlainChat:
    """One conversation, a line at a time."""

    def __init__(self, session: Session, options: TurnOptions) -> None:
        self._session, self._options = session, options
        self._attaching = Attaching(Path.cwd(), Pastes())
        self._attaching.measure = self._measure
        self._reply: Message | None = None
        self._line: list[str] = []
        self._leaving = False

    def _measure(self) -> tuple[int, float]:
        info = self._session.engine.model
        return (info.n_ctx, info.characters_per_token) if info else (0, CHARACTERS)

    @property
    def _asked(self) -> TurnOptions:
        """How the next turn thinks, as far as that can be said to who answers."""
        modes = Capability.MODES in self._session.engine.capabilities
        return self._options if modes else replace(self._options, thinking=Thinking())

    async def run(self, conversation: Conversation | None, first: str | None) -> int:
        """Talk until the person leaves; returns the exit code."""
        if conversation is not None:
            self._recall(conversation)
        else:
            _say(f"r1chat, {self._session.model}. /help lists the commands, Ctrl+D leaves.")
        text = first
        while not self._leaving and (text is not None or (text := _read()) is not None):
            await self._take(text)
            text = None
        return 0

    async def _take(self, text: str) -> None:
        """Do what was typed."""
        try:
            typed = parse_slash(text)
            if is_mistyped(text) or (typed is not None and typed.command.name not in _KNOWN):
                _say(f"There is no command {text.strip()} here; /help lists them.")
            elif typed is not None:
                await self._obey(typed.command, typed.argument)
            elif text.strip():
                await self._attaching.look(text, _name)
                question = await self._attaching.question(text)
                await self._turn(self._session.send(question, self._asked))
        except R1ChatError as error:
            _say(f"{error}")

    async def _obey(self, entry: Command, argument: str) -> None:
        reply = self._reply
        if entry.name in _NEEDS and _NEEDS[entry.name] not in self._session.engine.capabilities:
            _say(f"/{entry.slash} needs a model of this machine.")
            return
        if not _makes_sense(entry, reply):
            _say(f"/{entry.slash} works {entry.when if entry.when is not When.ALWAYS else When.REPLIED}.")
            return
        match entry.name:
            case "new_chat":
                self._session.new()
                self._reply = None
                _say("A new chat.")
            case "regenerate" if reply and argument:
                path, name = await asyncio.to_thread(_named, argument)
                await self._turn(self._session.regenerate_with(reply.id, path, name, self._asked))
            case "regenerate" if reply:
                await self._turn(self._session.regenerate(reply.id, self._asked))
            case "continue" if reply:
                await self._turn(self._session.resume(reply.id, self._options))
            case "more" if reply:
                await self._turn(self._session.fork(reply.id, Reopened(), self._options))
            case "thought" if reply:
                _say(reply.thinking.strip() or "It did not think.")
            case "thinking":
                self._think(argument)
            case "help":
                for name in _KNOWN:
                    known = command(name)
                    _say(f"/{known.slash} {known.argument}".rstrip() + f": {known.help}")
            case "quit":
                self._leaving = True

    def _think(self, argument: str) -> None:
        thinking = self._options.thinking
        thinking = parse_mode(argument, thinking) if argument else next_mode(thinking)
        self._options = replace(self._options, thinking=thinking)
        _say(f"From now on it {thinking_mode(thinking)}.")

    async def _turn(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        """Print a reply as it comes, by whole lines."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._session.stop)
        said = ""
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    match event:
                        case AnswerDelta(text=text):
                            self._print(text)
                        case TurnEnded(message):
                            self._end(message)
                        case Loading() | Prefill() | ThinkingDelta() if (now := _state(event)) != said:
                            said = now
                            _say(said)
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _print(self, text: str) -> None:
        *lines, rest = text.split("\n")
        for line in lines:
            _say("".join((*self._line, line)))
            self._line = []
        self._line.append(rest)

    def _end(self, message: Message) -> None:
        self._reply = message
        if rest := "".join(self._line):
            _say(rest)
        self._line = []
        _account(message)
        if sys.stdout.isatty():
            sys.stdout.write(_BELL)
            sys.stdout.flush()

    def _recall(self, conversation: Conversation) -> None:
        """Say where the chat stands."""
        path = conversation.path()
        _say(f"{conversation.chat.title}: {len(path)} messages. The last ones:")
        for message in path[-2:]:
            if message.role is Role.USER:
                _ask_again(message.text)
            else:
                if text := message.text.strip():
                    _say(text)
                _account(message)
        if path and path[-1].role is Role.ASSISTANT:
            self._reply = path[-1]


def _named(model: str) -> tuple[str, str]:
    """Path and name of a model, or an address twice. Raises UsageError."""
    if is_address(model):
        return model, model
    found = find(model, default_paths())
    return found.path, found.name


def _account(message: Message) -> None:
    """Say how a reply was thought about, and why it ended where that was not its end."""
    if message.thinking:
        _say(f"[{thought_of(message)}]")
    if words := ending(message):
        _say(f"[{words}{_way_on(message)}]")


def _ask_again(question: str) -> None:
    """Say what was asked; its files by name only."""
    files, words = split(question)
    for file in files:
        _say(f"[with {file.name}]")
    _say(f"> {words.strip()}")


def _way_on(message: Message) -> str:
    """What to say after an unfinished reply."""
    if not unfinished(message):
        return ""
    if is_address(message.model):
        return " /regenerate answers once more."
    if message.status is Status.COMPLETE and message.finish_reason is FinishReason.CONTEXT:
        return " In a larger context (r1chat --plain -c --ctx N) /continue goes on from here."
    return " /continue goes on from here."


def _makes_sense(entry: Command, reply: Message | None) -> bool:
    """Whether a command does something now; `reply` is the last one."""
    match entry.when:
        case When.UNFINISHED:
            return reply is not None and unfinished(reply)
        case When.ANSWERED:
            return reply is not None and reply.thinking_closed
        case When.ALWAYS:
            return entry.name != "thought" or reply is not None
        case _:
            return reply is not None


def _name(files: tuple[Found, ...]) -> None:
    """Say what goes with a question, once all of it is read."""
    for file in files:
        if file.document is not None:
            _say(f"[with {file.name}: {size(file.tokens)}]")


def _state(event: Loading | Prefill | ThinkingDelta) -> str:
    """What the engine does, as long as it says nothing."""
    match event:
        case Loading():
            return "Loading the model …"
        case Prefill(total=total):
            return f"Reading {total:,} tokens …"
        case ThinkingDelta():
            return "Thinking …"


def _read() -> str | None:
    """A line from the person; None at the end of the input. Ctrl+C begins a new one, or ends a pipe."""
    with contextlib.suppress(ImportError):
        editor = importlib.import_module("readline")  # lets `input` edit its line
        if os.environ.get("TERM") != "dumb":  # which would show the marks of a paste
            editor.parse_and_bind("set enable-bracketed-paste on")  # off, each line of it would be sent
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while True:
        try:
            return input("> " if sys.stdin.isatty() else "")
        except KeyboardInterrupt:
            if not sys.stdin.isatty():  # nobody is there to type another line
                raise
            click.echo()
        except EOFError:
            if sys.stdin.isatty():
                click.echo()  # the shell's next line is its own
            return None


def _say(text: str) -> None:
    click.echo(plain(text))
