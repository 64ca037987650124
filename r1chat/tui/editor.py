"""A text in the person's own editor, while the screen stands back."""

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from textual.app import App, SuspendNotSupported

from r1chat.errors import R1ChatError

_SAFE = "What you typed is still in the prompt."
_UNDO = "Undo brings back what was there before."


def command_of(environ: Mapping[str, str]) -> list[str]:
    """The editor that a person has set, with its arguments; vi where none is."""
    for name in ("VISUAL", "EDITOR"):
        try:
            if words := shlex.split(environ.get(name, "")):
                return words
        except ValueError as error:
            raise R1ChatError(f"${name} cannot be read: {error}. {_SAFE}", f"Set ${name} anew.") from error
    return ["vi"]


def _in_memory() -> Path | None:
    """A folder that no disk holds, where the system has one: what is typed may be private."""
    place = Path(os.environ.get("XDG_RUNTIME_DIR") or os.devnull)
    return place if place.is_dir() and os.access(place, os.W_OK) else None


class Edited(NamedTuple):
    """What came of an editor."""

    text: str
    trouble: R1ChatError | None = None
    """Why it may not be what the person wanted; it is what the editor had saved all the same."""


async def edited(app: App[object], text: str, keep: Callable[[str], None]) -> Edited:
    """`text` as the person leaves it in their editor. Replies go on meanwhile, nothing is drawn.

    Where the program ends before the editor does, `keep` is given what that had saved by then.
    Raises R1ChatError; then the text is as it was.
    """
    command = command_of(os.environ)
    with tempfile.TemporaryDirectory(prefix="r1chat-", dir=_in_memory()) as folder:  # its mode is 0700
        path = Path(folder) / "prompt.md"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", errors="replace")
        before = path.read_bytes()
        try:
            with app.batch_update(), app.suspend():
                process = await asyncio.create_subprocess_exec(*command, str(path))
                with _keys_are_the_editors():
                    code = await process.wait()
            after = path.read_bytes()
        except asyncio.CancelledError:
            keep(_decoded(path.read_bytes()).rstrip("\n"))
            raise
        except SuspendNotSupported as error:
            raise R1ChatError("This terminal cannot be lent to an editor.", _SAFE) from error
        except OSError as error:
            hint = "Set $EDITOR to an editor that is installed."
            raise R1ChatError(f"The editor {command[0]} did not work: {error}. {_SAFE}", hint) from error
    if after == before:
        if code:
            raise R1ChatError(f"The editor {command[0]} {_end(code)}. {_SAFE}", "Try it again.")
        return Edited(text)
    trouble = R1ChatError(f"The editor {command[0]} {_end(code)}. What it had saved is in the prompt.", _UNDO)
    return Edited(_decoded(after).rstrip("\n"), trouble if code else None)


@contextlib.contextmanager
def _keys_are_the_editors() -> Iterator[None]:
    """The terminal sends Ctrl+C and its kin to all who use it; it is meant for the program that is seen."""
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGQUIT") if hasattr(signal, name)]
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _end(code: int) -> str:
    return f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"


def _decoded(data: bytes) -> str:
    """An editor may save in the encoding of old."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
