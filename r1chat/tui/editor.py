"""A text in the person's own editor, while the screen stands back."""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

from r1chat.errors import R1ChatError

_SAFE = "What you typed is still in the prompt."


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


async def edited(app: App[object], text: str) -> str:
    """`text` as the person leaves it in their editor. Replies go on meanwhile, nothing is drawn.

    Raises R1ChatError; then the text is as it was.
    """
    command = command_of(os.environ)
    with tempfile.TemporaryDirectory(prefix="r1chat-", dir=_in_memory()) as folder:  # its mode is 0700
        path = Path(folder) / "prompt.md"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            with app.batch_update(), app.suspend():
                process = await asyncio.create_subprocess_exec(*command, str(path))
                code = await process.wait()
            after = path.read_text(encoding="utf-8").rstrip("\n")
        except SuspendNotSupported as error:
            raise R1ChatError("This terminal cannot be lent to an editor.", _SAFE) from error
        except (OSError, UnicodeDecodeError) as error:
            hint = "Set $EDITOR to an editor that is installed."
            raise R1ChatError(f"The editor {command[0]} did not work: {error}. {_SAFE}", hint) from error
    if code:
        raise R1ChatError(f"The editor {command[0]} ended with exit code {code}. {_SAFE}", "Try it again.")
    return after
