"""`r1chat` without a command: the screen."""

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from r1chat.cli.options import continue_option, ctx_option, draft_option, engine_option, model_option
from r1chat.cli.wiring import load_request, make_session
from r1chat.core.terminal import plain
from r1chat.engine.base import LoadRequest
from r1chat.errors import UsageError
from r1chat.paths import Paths, default_paths
from r1chat.session import Session
from r1chat.session.options import turn_options
from r1chat.settings import Found, Settings, look

if TYPE_CHECKING:
    from r1chat.tui.preferences import Preferences

_INTERRUPTED = 130
"""Exit code after a signal."""


@click.command(hidden=True)
@click.argument("prompt", required=False)
@model_option
@continue_option
@click.option("--resume", metavar="ID", help="Open that chat.")
@ctx_option
@draft_option
@engine_option
@click.option("--save/--no-save", default=True, help="Private: nothing is written to disk.")
@click.option(
    "--plain", "by_line", is_flag=True, help="Line by line, for screen readers and simple terminals."
)
def screen(
    prompt: str | None, *, model: str | None, go_on: bool, resume: str | None, ctx: int | None,
    draft: str | None, engine: str, by_line: bool, save: bool,
) -> int:  # fmt: skip
    """Open the screen; PROMPT is the first question."""
    if not save and (go_on or resume):
        raise UsageError("A private session begins with a chat of its own.", "Leave --no-save out.")
    if go_on and resume:
        raise UsageError("--continue and --resume exclude each other.", "Leave one of them out.")

    by_line = by_line or os.environ.get("TERM") == "dumb"
    if not by_line and not all(
        stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)
    ):  # it draws on stderr
        raise UsageError("The screen needs a terminal.", "For pipes and scripts there is `r1chat ask`.")

    paths = default_paths()
    found = look(paths.settings, os.environ)  # with a mistake in them it starts too, and says so
    settings = found.settings

    async def run() -> int:
        loop = asyncio.get_running_loop()
        session = make_session(
            paths, settings, model=model, engine=engine, n_ctx=ctx, draft=draft, go_on=go_on, save=save
        )
        async with contextlib.aclosing(session):
            if by_line:
                return await _by_line(session, found, resume=resume, go_on=go_on, prompt=prompt)
            from r1chat.tui.app import R1ChatApp
            from r1chat.tui.unsent import Unsent

            app = R1ChatApp(
                session,
                _preferences(paths, model=model, ctx=ctx, draft=draft, save=save),
                resume=resume,
                reopen_last=go_on,
                prompt=prompt,
                model=session.model,
                unsent=Unsent(paths.unsent) if save else None,
            )
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, partial(app.interrupt, _INTERRUPTED))
            await app.run_async()
            return app.exit_code

    return asyncio.run(run())


async def _by_line(
    session: Session, found: Found, *, resume: str | None, go_on: bool, prompt: str | None
) -> int:
    from r1chat.cli.plain import PlainChat

    trouble = () if session.trouble is None else (session.trouble,)
    for problem in (*found.problems, *trouble):
        click.echo(plain(str(problem)))
    conversation = await session.open(resume) if resume else await session.open_last() if go_on else None
    return await PlainChat(session, turn_options(found.settings)).run(conversation, prompt)


def _preferences(
    paths: Paths, *, model: str | None, ctx: int | None, draft: str | None, save: bool
) -> "Preferences":
    """The settings, below what this command line asks for."""
    from r1chat.tui.preferences import Preferences

    def request(settings: Settings) -> LoadRequest:
        words = settings.engine.draft if draft is None else draft
        states = paths.saved_states if save else None
        return load_request(paths, settings, "", n_ctx=ctx, draft=words, states=states)

    given = {"model": model, "context.size": ctx, "engine.draft": draft}
    flags = {name: value for name, value in given.items() if value is not None}
    return Preferences(paths.settings, os.environ, flags=flags, request=request)
