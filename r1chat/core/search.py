"""What a person searches for, and what is found. Pure; the store looks it up.

The language: words (all of them must occur: in one message, or else in one chat), `"a phrase"`, `prefix*`,
`-word`, `in:title`, `in:question`, `in:answer`, `in:thought`, `model:NAME`, `tag:NAME` (several: all of
them), `before:DATE` and `after:DATE` (2026, 2026-05 or 2026-05-31).
The last word counts as a prefix until a space follows it, so that results come while typing.
"""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

from r1chat.core.conversation import Chat
from r1chat.errors import UsageError

MAX_TERMS = 32
"""Words and phrases of one search; further ones are left out."""


class Field(StrEnum):
    """Where something was found."""

    TITLE = "title"
    QUESTION = "question"
    ANSWER = "answer"
    THOUGHT = "thought"


class Term(msgspec.Struct, frozen=True):
    """A word, or words in a row."""

    text: str
    prefix: bool = False
    """Its last word may go on."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A search as it was meant."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = tuple(Field)
    """Where to look."""
    model: str = ""
    tags: tuple[str, ...] = ()
    """Beginnings of tags that the chat has, each in small letters."""
    after: float | None = None
    """Unix time: from then on."""
    before: float | None = None
    """Unix time: only what is older."""


class Span(msgspec.Struct, frozen=True):
    """A part of a snippet."""

    text: str
    hit: bool = False
    """This is what was searched for."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A chat in which something was found, with its best place."""

    chat: Chat
    message_id: str | None
    """The message of the best place; None where that is the title."""
    field: Field
    snippet: tuple[Span, ...]
    """The words around the best place. Text of the chat: not cleaned for a terminal."""
    created_at: float
    """Unix time of the message, or of the chat."""
    places: int
    """Messages of the chat that match (its title counts as one), among those that were ranked."""


_PART = re.compile(
    r"""(?P<minus>-?)
        (?:(?P<key>in|model|tag|before|after):(?:"(?P<quoted>[^"]*)"?|(?P<value>\S+))
        |"(?P<phrase>[^"]*)(?P<end>"?)
        |(?P<word>\S+))""",
    re.VERBOSE | re.IGNORECASE,
)
_DATES = ("%Y-%m-%d", "%Y-%m", "%Y")


def parse(text: str) -> Query:
    """A search as typed. Raises UsageError for a date or a place that cannot be, or be left out."""
    terms: dict[str, list[Term]] = {"": [], "-": []}
    keys: dict[str, str] = {}
    fields: list[Field] = []
    tags: list[str] = []
    for part in _PART.finditer(text):
        key = (part["key"] or "").lower()
        value = part["quoted"] if part["quoted"] is not None else part["value"] or ""
        if key and part["minus"]:
            raise UsageError(f"{part[0]!r} cannot be left out.", "A minus goes before words and phrases.")
        if key == "in":
            fields.append(_field(value))
        elif key == "tag":
            tags += [" ".join(value.casefold().split())]
        elif key:
            keys[key] = value
        elif (term := _term(part, typing=part.end() == len(text))) is not None:
            terms[part["minus"]].append(term)
    return Query(
        terms=tuple(terms[""][:MAX_TERMS]),
        without=tuple(terms["-"][:MAX_TERMS]),
        fields=tuple(dict.fromkeys(fields)) or tuple(Field),
        model=keys.get("model", ""),
        tags=tuple(filter(None, tags[:MAX_TERMS])),
        after=_date(keys["after"]) if keys.get("after") else None,
        before=_date(keys["before"]) if keys.get("before") else None,
    )


def _term(part: re.Match[str], *, typing: bool) -> Term | None:
    """None for signs without a letter or a digit: no index holds them."""
    if part["word"] is None:
        text, prefix = part["phrase"], not part["end"]
    else:
        text, prefix = part["word"].rstrip("*"), part["word"].endswith("*") or typing
    return Term(text, prefix) if any(map(str.isalnum, text)) else None


def _field(word: str) -> Field:
    for field in Field:
        if word and field.value.startswith(word.lower().rstrip("s")):
            return field
    names = ", ".join(field.value for field in Field)
    raise UsageError(f"Nothing can be searched in {word!r}.", f"Give one of {names}.")


def _date(word: str) -> float:
    """The beginning of a day, a month or a year, in local time."""
    for form in _DATES:
        try:
            return datetime.strptime(word, form).astimezone().timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    raise UsageError(f"{word!r} is not a date.", "Give it as 2026-05-31, 2026-05 or 2026.")
