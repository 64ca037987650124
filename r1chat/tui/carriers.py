"""What carries text to the clipboard beside the terminal itself: a program of the desktop, else a file.

The terminal is always asked by OSC 52, which reaches the clipboard of the person's own machine through ssh.
Terminals may refuse it without a word, and many cut or drop what is long.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from r1chat.errors import R1ChatError

MOST_BY_TERMINAL = 74_994
"""Bytes; xterm and those that follow it take 100,000 characters of base64 at most."""
_PATIENCE_S = 5.0

Which = Callable[[str], str | None]


def program(environ: Mapping[str, str], which: Which = shutil.which, system: str = sys.platform) -> list[str]:
    """The command that takes text for the clipboard from its stdin; empty where there is none.

    tmux passes OSC 52 on only where it is set to, and takes the text itself. Over ssh the programs of the
    desktop reach another machine's clipboard than the person's.
    """
    if environ.get("TMUX") and which("tmux"):
        return ["tmux", "load-buffer", "-w", "-"]
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return []
    programs = {
        "wl-copy": (bool(environ.get("WAYLAND_DISPLAY")), []),
        "xclip": (bool(environ.get("DISPLAY")), ["-selection", "clipboard"]),
        "xsel": (bool(environ.get("DISPLAY")), ["--clipboard", "--input"]),
        "pbcopy": (system == "darwin", []),
        "clip.exe": (bool(environ.get("WSL_DISTRO_NAME")), []),
    }
    for name, (belongs, arguments) in programs.items():
        if belongs and which(name):
            return [name, *arguments]
    return []


def terminal_may_refuse(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is one that takes no text by OSC 52, or not in every version."""
    known = environ.get("TERM_PROGRAM") == "Apple_Terminal" or "VTE_VERSION" in environ
    return known or environ.get("TERM", "").startswith(("linux", "screen"))


async def run(command: list[str], text: str) -> bool:
    """Hand `text` to a program; whether it took it."""
    encoding = "utf-16" if command[0] == "clip.exe" else "utf-8"
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await process.communicate(text.encode(encoding))
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0


def write(path: Path, text: str) -> None:
    """Bring `text` into the one file of what was copied last, this user's alone. Raises R1ChatError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise R1ChatError(f"What was copied could not be written to {path}: {error.strerror}.") from error
