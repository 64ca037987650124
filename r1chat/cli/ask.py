"""`r1chat ask`: one turn. stdout is the answer alone, or one JSON object."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import click
from msgspec.structs import replace

from r1chat.cli.main import INCOMPLETE, INTERRUPTED, OK
from r1chat.cli.narration import Narration
from r1chat.cli.options import (
    Finite,
    ThinkingType,
    continue_option,
    ctx_option,
    draft_option,
    engine_option,
    json_option,
    model_option,
)
from r1chat.cli.reply_json import reply_json
from r1chat.cli.wiring import make_session
from r1chat.core.attached import Attached, join
from r1chat.core.conversation import Message, Thinking
from r1chat.core.events import (
    AnswerDelta,
    Event,
    FinishReason,
    Loading,
    Prefill,
    Rewound,
    Shortened,
    ThinkingDelta,
)
from r1chat.core.remarks import THOUGHT_ENDS, left_out, rewound
from r1chat.core.terminal import plain
from r1chat.documents import MAX_TEXT, read_document
from r1chat.engine.base import Capability, LoadCancelled
from r1chat.errors import UsageError
from r1chat.paths import default_paths
from r1chat.session import Session, TurnEnded, TurnEvent, TurnStarted, Unheard
from r1chat.session.options import turn_options
from r1chat.settings import load

PATIENCE_S = 5.0
"""How long an engine may take to stop before the wait for it is given up."""


@click.command()
@click.argument("prompt", required=False)
@model_option
@continue_option
@click.option("--think", type=ThinkingType(), help="How much it may think; N is in tokens.")
@click.option("--max-tokens", type=click.IntRange(min=1), metavar="N", help="Thought and answer together.")
@click.option("-t", "--temperature", type=Finite(0, 5), metavar="T", help="0.6 unless set; 0 is greedy.")
@click.option("--top-p", type=Finite(0, 1, above=True), metavar="P", help="0.95 unless set.")
@click.option("--min-p", type=Finite(0, 1), metavar="P", help="Off unless set.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 2), metavar="N", help="Draw as that seed does.")
@ctx_option
@draft_option
@click.option(
    "-f",
    "--file",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A file whose text joins the question.",
)
@json_option
@click.option(
    "--show-thinking/--hide-thinking",
    default=None,
    help="The thought on stderr; shown by default in a terminal.",
)
@click.option("--save/--no-save", default=True, help="Keep the chat.")
@engine_option
def ask(  # one parameter an option of the contract
    prompt: str | None, *, model: str | None, go_on: bool, think: Thinking | None, max_tokens: int | None,
    temperature: float | None, top_p: float | None, min_p: float | None, seed: int | None, ctx: int | None,
    draft: str | None,
    files: tuple[Path, ...], as_json: bool, show_thinking: bool | None, save: bool, engine: str,
) -> int:  # fmt: skip
    """Ask one question and print the answer. Piped input joins the question, and is it where that is `-`."""
    question = _question(prompt, files)
    paths = default_paths()
    settings = load(paths.settings, os.environ)
    drawn = {"temperature": temperature, "top_p": top_p, "min_p": min_p}
    given = {"thinking": think, "max_tokens": max_tokens, **drawn}
    asked = {name: value for name, value in given.items() if value is not None}
    options = replace(turn_options(settings), seed=seed, **asked)
    # who names a seed or draws greedily wants the same words again, and they hang on a logit's last bits
    options = replace(options, drafts=draft is not None or (seed is None and options.temperature > 0))
    shown = show_thinking if show_thinking is not None else sys.stderr.isatty() and not as_json
    if go_on and not save:
        raise UsageError("--continue and --no-save exclude each other.", "Leave one of them out.")

    async def run() -> int:
        session = make_session(
            paths, settings, model=model, engine=engine, n_ctx=ctx, draft=draft, save=save, go_on=go_on
        )
        async with contextlib.aclosing(session):
            if session.trouble is not None:
                click.echo(plain(str(session.trouble)), err=True)
            if go_on:
                await _reopen(session)
            turn = Turn(session, as_json=as_json, show_thinking=shown, saved=save)
            modes = think is not None or Capability.MODES in session.engine.capabilities
            asked_so = options if modes else replace(options, thinking=Thinking())
            return await turn.run(session.send(question, asked_so))

    return asyncio.run(run())


async def _reopen(session: Session) -> None:
    if await session.open_last() is None:
        raise UsageError("There is no chat to go on with.", "Leave --continue out.")


def _question(prompt: str | None, files: tuple[Path, ...]) -> str:
    attached = [Attached(path.name, read_document(path).text) for path in files]
    piped = prompt == "-" or not sys.stdin.isatty()
    parts = [_piped() if piped else "", "" if prompt == "-" else prompt or ""]
    question = join(attached, "\n\n".join(part for part in parts if part.strip()))
    if not question.strip():
        raise UsageError("There is no question.", 'Give one: r1chat ask "What is 2+2×2?"')
    return question


def _piped() -> str:
    data = sys.stdin.buffer.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise UsageError("The piped input is larger than any context.", "Pipe in less.")
    return data.decode("utf-8", errors="replace").rstrip("\n")


class Turn:
    """One turn on its way to stdout and stderr."""

    def __init__(self, session: Session, *, as_json: bool, show_thinking: bool, saved: bool) -> None:
        self._session = session
        self._as_json, self._show_thinking, self._saved = as_json, show_thinking, saved
        self._narration = Narration()
        self._interrupted = False
        self._open_line = self._mid_thought = False

    async def run(self, events: AsyncGenerator[TurnEvent, None]) -> int:
        """Stream the turn; returns the exit code."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupt, task)
        message: Message | None = None
        try:
            async with contextlib.aclosing(events):
                async for event in events:
                    match event:
                        case TurnEnded(ended):
                            message = ended
                        case TurnStarted() | Unheard():
                            pass
                        case _:
                            self._show(event)
        except (LoadCancelled, asyncio.CancelledError):
            return INTERRUPTED
        finally:
            self._narration.clear()
            if self._open_line:
                click.echo()
            if message is not None and message.stats and message.stats.thought_end in THOUGHT_ENDS:
                self._remark(f"The thought was {THOUGHT_ENDS[message.stats.thought_end]}.")
            if message is not None and self._as_json:
                click.echo(reply_json(message, self._session, saved=self._saved))
        return INTERRUPTED if message is None else self._code(message)

    def _interrupt(self, task: asyncio.Task[int] | None) -> None:
        """The first signal stops the model; a second, or a model that does not hear, ends the wait."""
        if task is not None and self._interrupted:
            task.cancel()
        elif task is not None:
            self._interrupted = True
            self._session.stop()
            asyncio.get_running_loop().call_later(PATIENCE_S, task.cancel)

    def _show(self, event: Event) -> None:
        match event:
            case Loading(fraction):
                self._narration.loading(fraction)
            case Prefill(done=done, cached=cached) if done == cached:  # the first
                if (model := self._session.engine.model) and model.note:
                    self._remark(model.note)
            case Shortened(left_out=turns):
                self._remark(" ".join(left_out(turns)))
            case Rewound():
                self._remark(rewound(event))
            case ThinkingDelta(text=text, closed=closed):
                self._narration.clear()
                if self._show_thinking:
                    sys.stderr.write(plain(text) + ("\n" if closed else ""))
                    sys.stderr.flush()
                    self._mid_thought = not closed
            case AnswerDelta(text=text):
                self._narration.clear()
                if text and not self._as_json:
                    sys.stdout.write(plain(text))
                    sys.stdout.flush()
                    self._open_line = True

    def _remark(self, words: str) -> None:
        """A sentence of r1chat's own; it begins a line."""
        self._narration.clear()
        click.echo(("\n" if self._mid_thought else "") + plain(words), err=True)
        self._mid_thought = False

    def _code(self, message: Message) -> int:
        if self._interrupted or message.finish_reason is FinishReason.CANCELLED:
            return INTERRUPTED
        if message.finish_reason in {FinishReason.LENGTH, FinishReason.CONTEXT, FinishReason.LOOP}:
            return INCOMPLETE
        return OK if message.text.strip() else INCOMPLETE
