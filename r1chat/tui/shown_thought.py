"""A thought as it is shown: harmless, and with a sign around the words that are not the model's own.

What is shown may be longer than what was said, so places are counted in either, and one leads to the other.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from r1chat.core.prompt import CLOSING
from r1chat.core.provenance import Foreign, Whose
from r1chat.tui.line_drawing import clean

_UNEVEN = re.compile(r"(\t|\r\n)")
"""What is shown with another number of characters than it has."""


class Mark(NamedTuple):
    """Characters of the shown text."""

    start: int
    end: int


class ShownThought:
    """Grows at its end, at a cost that does not depend on what is there."""

    def __init__(self, thought: str = "", foreign: Iterable[Foreign] = ()) -> None:
        self.marks: list[Mark] = []
        """Where words are shown that are not the model's, their signs included."""
        self.foreign: list[Foreign] = []
        """The same words in the thought itself."""
        self._said: list[str] = []
        self._shown: list[str] = []
        self._forced: list[str] = []
        self._knots_said, self._knots_shown = [0], [0]
        """Places behind which the two run even again."""
        self._length_said = self._length_shown = 0
        at = 0
        for words in foreign:
            self._say(thought[at : words.start])
            self._quote(thought[words.start : words.end], words.whose)
            at = words.end
        self._say(thought[at:])

    @property
    def thought(self) -> str:
        """What was said."""
        self._said = ["".join(self._said)]
        return "".join((*self._said, *self._forced))

    @property
    def shown(self) -> str:
        """What is shown of it."""
        self._shown = ["".join(self._shown)]
        return self._shown[0]

    def append(self, text: str, *, forced: bool = False) -> str:
        """Add to the end; what more is shown comes back. Words that are `forced` wait for their end."""
        if forced:
            self._forced.append(text)
            return ""
        return self.settle() + self._say(text) if text else ""

    def settle(self) -> str:
        """No forced words follow those that wait; what more is shown comes back."""
        text, self._forced = "".join(self._forced), []
        if not text:
            return ""
        return "".join(
            self._quote(part, whose) if whose else self._say(part) for part, whose in _parted(text)
        )

    def cut(self, characters: int) -> "ShownThought":
        """Its first characters."""
        kept = [words for words in self.foreign if words.end <= characters]
        return ShownThought(self.thought[:characters], kept)

    def place(self, said: int) -> int:
        """The place in the shown text of a place in the thought."""
        return _across(self._knots_said, self._knots_shown, said, self._length_shown)

    def place_said(self, shown: int) -> int:
        """The place in the thought of a place in the shown text."""
        return _across(self._knots_shown, self._knots_said, shown, self._length_said)

    def _say(self, text: str) -> str:
        if not _UNEVEN.search(text):
            return self._add(text, clean(text))
        parts: list[str] = []
        for part in _UNEVEN.split(text):
            parts.append(self._add(part, clean(part)))
            self._knot()
        return "".join(parts)

    def _quote(self, text: str, whose: Whose) -> str:
        said, start = self._length_said, self._length_shown
        shown = [self._add("", f"⟨{whose}: "), self._say(text), self._add("", "⟩")]
        self.foreign.append(Foreign(said, self._length_said, whose))
        self.marks.append(Mark(start, self._length_shown))
        return "".join(shown)

    def _add(self, said: str, shown: str) -> str:
        if said:
            self._said.append(said)
        if shown:
            self._shown.append(shown)
        self._length_said += len(said)
        self._length_shown += len(shown)
        if not said:
            self._knot()
        return shown

    def _knot(self) -> None:
        self._knots_said.append(self._length_said)
        self._knots_shown.append(self._length_shown)


def _across(here: list[int], there: list[int], place: int, end: int) -> int:
    """The same place counted in the other way; within a knot, its beginning or its end."""
    knot = bisect_right(here, place) - 1
    after = there[knot + 1] if knot + 1 < len(there) else end
    return min(there[knot] + place - here[knot], after)


def _parted(text: str) -> Iterator[tuple[str, Whose | None]]:
    """Forced words by whose they are; blanks around them are nobody's."""
    head, closing, end = text.rpartition(CLOSING)
    if end.strip():  # the sentence is a person's: there is more behind it
        head, closing, end = "", "", text
    for part, whose in ((head, Whose.YOU), (closing, Whose.R1CHAT), (end, Whose.YOU)):
        body = part.strip()
        before = len(part) - len(part.lstrip()) if body else len(part)
        for piece, owner in ((part[:before], None), (body, whose), (part[before + len(body) :], None)):
            if piece:
                yield piece, owner
