r"""How much of a line of Markdown that is being written can be shown so that nothing shown changes again.

What is marked is shown as it will be: an open `**` is closed for the time being. What cannot be told yet is
held back until it can: the beginning of a mark, a formula, a link. Held back too long, it is shown as it is.
"""

import re
from typing import NamedTuple

_HELD = 160
"""Characters that are held back at most."""
_MONEY = 24
"""The same behind a dollar sign before a digit, which is rarely a formula's."""
_SPECIAL = re.compile(r"[\\$`*_\[!~]")
_BOXED = "\\boxed{"
_PAIRS = {"\\(": "\\)", "\\[": "\\]"}
_LINK = re.compile(r"!?\[[^\[\]]*\](?:\([^()\s]*(?:\s[^()]*)?\))?")
_OPEN_LINK = re.compile(r"!?(?:\[[^\[\]]*(?:\](?:\([^()]*)?)?)?\Z")
_RUN = re.compile(r"`+|\*+|_+|~+")


class Shown(NamedTuple):
    """What to do with the end of a line."""

    text: str
    """What can be shown, closed where it was open."""
    held: int
    """Characters that are held back."""
    settled: int
    """Up to here, nothing is open and a word is over: what is before never needs to be looked at again."""


def shown(line: str) -> Shown:
    """`line` without what cannot be told yet."""
    at = settled = 0
    opened: list[str] = []
    while found := _SPECIAL.search(line, at):
        if not opened:
            settled = max(settled, line.rfind(" ", at, found.start()) + 1)
        at = found.start()
        after = _behind(line, at)
        if after < 0:
            return Shown(_closed(line[:at], opened), len(line) - at, settled)
        if line[at] in "*_~":
            _toggle(opened, line, at, after)
        at = after
    if not opened:
        settled = max(settled, line.rfind(" ", at) + 1)
    return Shown(_closed(line, opened), 0, settled)


def _behind(line: str, at: int) -> int:
    """Behind what begins at `at`; -1 where its end is not there yet."""
    match line[at]:
        case "\\":
            return _behind_backslash(line, at)
        case "$":
            return _behind_dollar(line, at)
        case "`":
            return _behind_code(line, at)
        case "[" | "!":
            if _OPEN_LINK.match(line, at):
                return _held(line, at)
            found = _LINK.match(line, at)
            return found.end() if found else at + 1
        case _:
            end = _end_of_run(line, at)
            return -1 if end == len(line) else end


def _behind_backslash(line: str, at: int) -> int:
    if closing := _PAIRS.get(line[at : at + 2]):
        end = line.find(closing, at + 2)
        return end + 2 if end >= 0 else _held(line, at)
    if line.startswith(_BOXED, at):
        depth = 0
        for end in range(at + len(_BOXED) - 1, min(len(line), at + 4 * _HELD)):
            depth += {"{": 1, "}": -1}.get(line[end], 0)
            if not depth:
                return end + 1
        return _held(line, at)
    return -1 if _BOXED.startswith(line[at:]) else at + 2


def _behind_dollar(line: str, at: int) -> int:
    mark = "$$" if line.startswith("$$", at) else "$"
    first = line[at + len(mark) : at + len(mark) + 1]
    if first.isspace() or (mark == "$" and at and line[at - 1].isdigit()):
        return at + len(mark)  # money
    end = line.find(mark, at + len(mark))
    return end + len(mark) if end >= 0 else _held(line, at, _MONEY if first.isdigit() else _HELD)


def _behind_code(line: str, at: int) -> int:
    run = _end_of_run(line, at)
    end = line.find(line[at:run], run)
    return end + run - at if end >= 0 else _held(line, at)


def _held(line: str, at: int, most: int = _HELD) -> int:
    return -1 if len(line) - at <= most else at + 1


def _end_of_run(line: str, at: int) -> int:
    found = _RUN.match(line, at)
    return found.end() if found else at + 1


def _toggle(opened: list[str], line: str, at: int, after: int) -> None:
    """Open or close what a run of stars marks; one that can do neither is a star."""
    run = line[at:after]
    if run[0] == "~" and len(run) != len("~~"):
        return
    before = line[at - 1] if at else " "
    behind = line[after]
    if run in opened and not before.isspace():
        del opened[opened.index(run) :]
    elif not behind.isspace() and not (run[0] == "_" and before.isalnum()):
        opened.append(run)


def _closed(text: str, opened: list[str]) -> str:
    if not opened:
        return text
    kept = text.rstrip()
    if kept.endswith(opened[-1]):
        return kept[: -len(opened[-1])] + "".join(reversed(opened[:-1]))
    return kept + "".join(reversed(opened)) + text[len(kept) :]
