"""Finds words in a text that grows. More text costs by what is added, not by what is there."""

import re
from bisect import bisect_left, bisect_right


class Finder:
    """Every place of some words, in order, whether written large or small."""

    def __init__(self, words: str) -> None:
        self.length = len(words)
        self.places: list[int] = []
        self._pattern = re.compile(re.escape(words), re.IGNORECASE)
        self._from = 0

    def look(self, text: str) -> None:
        """Find what is new in `text`, which has grown at its end since the last time."""
        for match in self._pattern.finditer(text, self._from):
            self.places.append(match.start())
            self._from = match.end()
        self._from = max(self._from, len(text) - self.length + 1)

    def within(self, start: int, end: int) -> list[int]:
        """The places of words that lie in these characters, in whole or in part."""
        first = bisect_right(self.places, start - self.length)
        return self.places[first : bisect_left(self.places, end)]

    def after(self, place: int) -> int | None:
        """The number of the first place behind `place`, from the beginning again where none is."""
        found = bisect_right(self.places, place)
        return (found if found < len(self.places) else 0) if self.places else None

    def before(self, place: int) -> int | None:
        """The number of the last place before `place`, from the end again where none is."""
        return (bisect_left(self.places, place) - 1) % len(self.places) if self.places else None
