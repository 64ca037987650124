"""Finds the words of a search in a text, as the index has found them, and cuts out what stands around.

Thoughts are long, and a search shows many: so beyond its beginning a text is looked through for the words as
they were typed first, which is done at the speed of memory, and only then for every way to write them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from r1chat.core.search import Span, Term
from r1chat.store import words

_BEFORE, _LENGTH = 40, 160
"""Characters of a snippet: ahead of the first match, and in all."""
_HEAD = 4096
"""Characters of a text in which every way to write a word is looked for at once."""
_TRIES = 64
"""Places at which the words as typed may begin, before every place is looked at."""
_MARKED = ((0x00C0, 0x0530), (0x1E00, 0x2000))
"""Where Unicode has letters with marks that the index takes off: Latin, Greek, Cyrillic."""


class Finder(NamedTuple):
    """Finds one term in small letters."""

    typed: str
    """How it most likely stands in a text: with single blanks between its words."""
    pattern: re.Pattern[str]
    """How it may stand there."""


def finders(terms: Iterable[Term]) -> tuple[Finder, ...]:
    """One for each term that has a word."""
    return tuple(finder for term in terms if (finder := _finder(term)) is not None)


def first(found: Iterable[Finder], text: str) -> int | None:
    """Where the first of the terms begins; None where there is none of them."""
    finders = tuple(found)
    place = _written(finders, _small(text[:_HEAD]))
    if place is not None or len(text) <= _HEAD:
        return place
    small = _small(text)
    places = [place for finder in finders if (place := _typed(finder, small)) is not None]
    return min(places) if places else _written(finders, small)


def snippet(finders: Iterable[Finder], text: str, place: int | None) -> tuple[Span, ...]:
    """The words around a place, or the beginning, with every match in it marked."""
    start = max(0, place - _BEFORE) if place else 0
    if start:
        blank = text.find(" ", start, start + _BEFORE // 2)
        start = blank + 1 if blank >= 0 else start
    piece = text[start : start + _LENGTH]
    spans: list[Span] = [Span("…")] if start else []
    at = 0
    for begin, end in _matches(finders, _small(piece)):
        spans += [Span(piece[at:begin]), Span(piece[begin:end], True)]
        at = end
    spans.append(Span(piece[at:] + ("…" if start + _LENGTH < len(text) else "")))
    return tuple(Span(re.sub(r"\s+", " ", span.text), span.hit) for span in spans if span.text)


def _matches(finders: Iterable[Finder], small: str) -> Iterator[tuple[int, int]]:
    """Places of all terms from left to right; of two that overlap, the one that begins first."""
    end = 0
    for begin, stop in sorted(match.span() for finder in finders for match in finder.pattern.finditer(small)):
        if begin >= end:
            yield begin, stop
            end = stop


def _written(finders: tuple[Finder, ...], small: str) -> int | None:
    """Where the first of the terms begins, however it is written."""
    matches = (finder.pattern.search(small) for finder in finders)
    return min((match.start() for match in matches if match is not None), default=None)


def _typed(finder: Finder, small: str) -> int | None:
    """Where the term begins, in letters as they were typed."""
    place = small.find(finder.typed)
    for _ in range(_TRIES):
        if place < 0 or finder.pattern.match(small, place):
            return None if place < 0 else place
        place = small.find(finder.typed, place + 1)
    return None


def _finder(term: Term) -> Finder | None:
    tokens = re.findall(r"[^\W_]+", words.searchable(_small(term.text)))
    if not tokens:
        return None
    spaced = not words.is_apart(tokens[0][0])
    typed = (" " if spaced else "").join(tokens)
    head, *tail = ("".join(map(_letter, token)) for token in tokens)
    # The look back stands behind the first letter: a search is quick where a pattern begins with letters.
    begin = re.sub(r"^(\[[^]]*\]|\\?.)", r"\1(?<![^\\W_].)", head, flags=re.DOTALL) if spaced else head
    ends = r"[^\W_]*" if term.prefix and len(term.text) > 1 else r"(?![^\W_])"
    joined = r"[\W_]*".join((begin, *tail))
    return Finder(typed, re.compile(joined + ends if spaced else joined, re.DOTALL))


def _small(text: str) -> str:
    """In small letters, one for one: places stay the same. Only the dotted capital I becomes two."""
    return text.replace("İ", "i").lower()


def _letter(char: str) -> str:
    """A pattern for a small letter with whatever marks."""
    others = _marked().get(_bare(char), "")
    return f"[{re.escape(char + _bare(char) + others)}]" if others else re.escape(char)


def _bare(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    bare = parts[0] if all(map(unicodedata.combining, parts[1:])) else char
    return bare.casefold() if len(bare.casefold()) == 1 else bare


@lru_cache(1)
def _marked() -> dict[str, str]:
    """Small letters by what they are without marks."""
    letters: dict[str, str] = {}
    for char in (chr(code) for span in _MARKED for code in range(*span)):
        if char.isalpha() and char == char.lower():
            letters[_bare(char)] = letters.get(_bare(char), "") + char
    return {bare: marked for bare, marked in letters.items() if marked != bare}
