"""`r1chat` without a command: the screen."""

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial

import click

from r1chat.cli.options import continue_option, ctx_option, draft_option, engine_option, model_option
from r1chat.cli.wiring import make_session
from r1chat.errors import UsageError
from r1chat.paths import default_paths
from r1chat.session import Session
from r1chat.session.options import turn_options
from r1chat.settings import Settings, load

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
    settings = load(paths.settings, os.environ)

    async def run() -> int:
        loop = asyncio.get_running_loop()
        session = make_session(
            paths, settings, model=model, engine=engine, n_ctx=ctx, draft=draft, go_on=go_on, save=save
        )
        async with contextlib.aclosing(session):
            if by_line:
                return await _by_line(session, settings, resume=resume, go_on=go_on, prompt=prompt)
            from r1chat.tui.app import R1ChatApp
            from r1chat.tui.unsent import Unsent

            app = R1ChatApp(
                session,
                turn_options(settings),
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
    session: Session, settings: Settings, *, resume: str | None, go_on: bool, prompt: str | None
) -> int:
    from r1chat.cli.plain import PlainChat

    conversation = await session.open(resume) if resume else await session.open_last() if go_on else None
    return await PlainChat(session, turn_options(settings)).run(conversation, prompt)
