"""Files that are named in what is typed: `@notes.txt`, `@~/notes.txt`, `@"my notes.txt"`. Reads no file.

Only what begins a word counts, so that an e-mail address is none; whether there is such a file, others find
out, and where there is none it stays a word.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from r1chat.core.terminal import plain
from r1chat.tui.completion import Choice, Offer

_MENTION = re.compile(r'(?<![^\s(\[{])@(?:"(?P<quoted>[^"\n]+)"|(?P<bare>[^\s"]+))')
_BEGUN = re.compile(r'(?<![^\s(\[{])@(?:"(?P<quoted>[^"\n]*)|(?P<bare>[^\s"]*))\Z')
_AFTER = ".,;:!?)]}'"
"""May stand behind a file's name in a sentence."""
_LONGEST = 4096
"""Characters of a path."""
_MOST = 50
"""Paths that are offered at once."""
_LOOKED_AT = 5000
"""Entries of a folder that are looked at."""


class Spelling(StrEnum):
    """How a path stands in what is typed."""

    MENTION = "@"
    """Behind a sign, and in quotes where it has blanks."""
    QUOTED = "quoted"
    """Behind a blank, and in quotes where it has blanks."""
    PLAIN = "plain"
    """Behind a blank, as it is, to the end of the line."""


class Begun(NamedTuple):
    """A path that is being typed."""

    typed: str
    """With its sign and its quote."""
    path: str
    spelling: Spelling = Spelling.MENTION
    hint: str = ""
    """What is told below the paths."""


def mentioned(text: str) -> tuple[tuple[str, ...], ...]:
    """For every mention the paths that it may mean, the likeliest first."""
    return tuple(dict.fromkeys(_readings(found) for found in _MENTION.finditer(text)))


def _readings(found: re.Match[str]) -> tuple[str, ...]:
    if quoted := found["quoted"]:
        return (quoted,)
    bare = found["bare"][:_LONGEST]
    readings = [bare]
    while len(bare) > 1 and bare[-1] in _AFTER:
        bare = bare[:-1]
        readings.append(bare)
    return tuple(readings)


def begun(line: str) -> Begun | None:
    """The mention at the end of `line`, which is being typed."""
    found = _BEGUN.search(line[-_LONGEST:])
    return Begun(found[0], found["quoted"] or found["bare"] or "") if found else None


def file_at(path: str, folder: Path) -> Path | None:
    """The file of that name, as seen from `folder`; None where there is none."""
    try:
        found = folder / os.path.expanduser(path)
        return found if found.is_file() else None
    except (OSError, ValueError):
        return None


def folder_at(path: str, folder: Path) -> bool:
    """Whether a folder is there."""
    try:
        return (folder / os.path.expanduser(path)).is_dir()
    except (OSError, ValueError):
        return False


def path_offer(mention: Begun, folder: Path) -> Offer | None:
    """Files and folders that may be meant. Reads a folder, which may be slow to answer."""
    above, _, name = mention.path.rpartition("/")
    above = above + "/" if "/" in mention.path else ""
    if mention.path == "~":
        above, name = "~/", ""
    try:
        entries = sorted(_entries(folder / os.path.expanduser(above), name), key=_order)
    except (OSError, ValueError):
        entries = []
    names = [found + ("/" if is_folder else "") for found, is_folder in entries[:_MOST]]
    choices = tuple(Choice(_typed(above + found, mention.spelling), found) for found in names)
    choices = tuple(choice for choice in choices if choice.text != mention.typed)
    return Offer(mention.typed, choices, mention.hint) if choices or mention.hint else None


def _entries(folder: Path, begun: str) -> Iterator[tuple[str, bool]]:
    """Names that begin so, and whether they are folders'; hidden ones only where a dot asks for them."""
    with os.scandir(folder) as found:
        for entry in islice(found, _LOOKED_AT):
            hidden = entry.name.startswith(".") and not begun.startswith(".")
            if hidden or not entry.name.lower().startswith(begun.lower()) or _unnameable(entry.name):
                continue
            with contextlib.suppress(OSError):  # a link that leads to itself
                if entry.is_dir() or entry.is_file():
                    yield entry.name, entry.is_dir()


def _unnameable(name: str) -> bool:
    """A mention cannot hold it, or a terminal would obey it."""
    return '"' in name or "\n" in name or plain(name) != name


def _order(entry: tuple[str, bool]) -> tuple[bool, str]:
    name, is_folder = entry
    return not is_folder, name.lower()


def _typed(path: str, spelling: Spelling) -> str:
    """The path as it is typed; a folder's stays open, so that it can be walked into."""
    match spelling:
        case Spelling.PLAIN:
            return " " + path
        case Spelling.QUOTED:
            return " " + _quoted(path.replace("\\", "\\\\"), needed=bool(re.search(r"[\s'\\]", path)))
        case Spelling.MENTION:
            return "@" + _quoted(path, needed=bool(re.search(r"\s", path)) or path[-1] in _AFTER)


def _quoted(path: str, *, needed: bool) -> str:
    if path.endswith("/"):
        return f'"{path}' if needed else path
    return f'"{path}" ' if needed else f"{path} "
