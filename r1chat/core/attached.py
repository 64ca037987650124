"""Files in a question: each is its name and its text between fences, before the words of the person.

Whoever shows a question folds its files with `split`, so that a file is stored, searched, exported and read
by the model as one text with the question. What is typed in the same form by hand is folded too.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_FILE = re.compile(r"(?P<name>[^\n]+):\n(?P<fence>`{3,})\n(?P<text>.*?)\n(?P=fence)(?:\n\n|\Z)", re.DOTALL)
_RUNS = re.compile(r"`{3,}")
_UNNAMEABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Attached(NamedTuple):
    """A file as the model gets to read it."""

    name: str
    text: str


def join(files: Iterable[Attached], words: str) -> str:
    """The question that `split` takes apart again."""
    parts = [_fenced(file) for file in files]
    return "\n\n".join([*parts, words] if words.strip() else parts)


def split(question: str) -> tuple[tuple[Attached, ...], str]:
    """The files that a question begins with, and its words."""
    files: list[Attached] = []
    at = 0
    while found := _FILE.match(question, at):
        files.append(Attached(found["name"], found["text"]))
        at = found.end()
    return tuple(files), question[at:]


def words_of(question: str) -> str:
    """A question without its files."""
    return split(question)[1]


def _fenced(file: Attached) -> str:
    name = _UNNAMEABLE.sub(" ", file.name).strip() or "file"
    longest = max((len(run) for run in _RUNS.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    return f"{name}:\n{fence}\n{file.text}\n{fence}"
