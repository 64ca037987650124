"""The entry point: `r1chat`, its commands, and what an error becomes on the way out."""

import difflib
import importlib
import io
import os
import sys
from typing import Never

import click

import r1chat
from r1chat.cli.lazy import LazyGroup
from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError, UsageError
from r1chat.paths import default_paths

OK, ERROR, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 4, 130
"""Exit codes of the contract."""

_COMMANDS = {
    "ask": ("r1chat.cli.ask", "ask", "Ask one question and print the answer."),
    "models": ("r1chat.cli.models", "models", "Models on this machine."),
    "chats": ("r1chat.cli.chats", "chats", "Chats that were kept."),
    "config": ("r1chat.cli.config", "config", "Settings: show them, change them."),
    "bench": ("r1chat.cli.bench", "bench", "How fast this machine thinks."),
    "doctor": ("r1chat.cli.doctor", "doctor", "What the engine runs on, and what to fix."),
}


def screen_command() -> click.Command:
    """The hidden command behind everything that is no other command."""
    command: click.Command = importlib.import_module("r1chat.cli.screen").screen
    return command


class Commands(LazyGroup):
    """Commands that are imported when they are called; anything else on the line opens the screen."""

    table = _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; the screen is none that a person types."""
        if cmd_name == "screen":
            return screen_command()
        return super().get_command(ctx, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`r1chat`, `r1chat -c` and `r1chat "a question"` mean the screen."""
        first = args[0] if args else ""
        if first not in {*_COMMANDS, "--help", "-h", "--version"} and not ctx.resilient_parsing:
            self._refuse_typo(args)
            args = ["screen", *args]
        return super().parse_args(ctx, args)

    @staticmethod
    def _refuse_typo(args: list[str]) -> None:
        word = args[0] if args else ""
        close = difflib.get_close_matches(word, _COMMANDS, n=1, cutoff=0.8)
        if word.isalpha() and close:
            raise click.UsageError(f"No such command {word!r}. Did you mean {close[0]!r}?")


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    options_metavar="[-m MODEL] [-c] [--resume ID] [PROMPT]",
    subcommand_metavar="| COMMAND …",
)
@click.version_option(r1chat.__version__, prog_name="r1chat")
def r1chat_command() -> None:
    """Think with a reasoning model on your own computer.

    Without a command it opens the screen, with PROMPT as the first question.

    \b
    -m, --model MODEL  `tiny` (the default), a name of the catalog or of
                       `models list`, or the path of a .gguf file
    -c, --continue     go on with the last chat
    --resume ID        open that chat
    --no-save          private: nothing is written to disk
    """
    try:
        str(default_paths().data).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "The name of the folder for chats and models has bytes that are no UTF-8.",
            "Set R1CHAT_HOME to another folder.",
        ) from error


def main() -> Never:
    """Run the command line and exit with a code of the contract."""
    _see_to_streams()
    os.umask(0o077)  # whatever r1chat writes is this person's alone, folders above it included
    try:
        code = r1chat_command(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE if isinstance(error, click.UsageError) else ERROR)
    except UsageError as error:
        _say(error)
        sys.exit(USAGE)
    except R1ChatError as error:
        _say(error)
        sys.exit(ERROR)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except OSError as error:
        # stdout is gone (`| head`) or full; Python would complain once more when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            _say(_of_the_system(error))
        sys.exit(ERROR)
    sys.exit(code if isinstance(code, int) else OK)


def _see_to_streams() -> None:
    """Open what the caller closed, and let no character stop the output where the locale cannot write it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _of_the_system(error: OSError) -> R1ChatError:
    """What an error of the system means: one that names a file is that file's, others the output's."""
    why = error.strerror or error
    if error.filename is not None:
        return R1ChatError(
            f"{error.filename} could not be read or written: {why}.",
            "Check who owns it, and whether its disk is full or read-only.",
        )
    return R1ChatError(f"The output could not be written: {why}.", "The chats that are kept are safe.")


def _say(error: R1ChatError) -> None:
    line = " ".join(plain(str(error)).split())
    click.echo(f"r1chat: {line}", err=True)
