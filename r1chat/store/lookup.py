"""Answers a search from the index: which chats, best first, and the words around the best place."""

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from msgspec.structs import replace

from r1chat.core.conversation import Role
from r1chat.core.search import Field, Hit, Query, Span, Term
from r1chat.store import words
from r1chat.store.rows import SELECT_CHAT, chat_of

RANKED = 300
"""Matches that are weighed against each other; where there are more, the newest."""

_NEWEST = """SELECT rowid, 0 AS weight FROM words
    WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"""
_WEIGHED = """SELECT rowid, bm25(words, 10.0, 4.0, 2.0, 1.0, 0.0) AS weight FROM words
    WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"""
"""With how much a match in title, question, answer, thought and model counts."""
_BEFORE, _LENGTH = 40, 160
"""Characters of a snippet: ahead of the first match, and in all."""
_FOREVER = 2**62


class _Place(NamedTuple):
    chat: int
    message: int | None
    doc: int


def look_up(connection: sqlite3.Connection, query: Query, limit: int) -> tuple[Hit, ...]:
    """The best place of each chat that has one, best chat first."""
    places = _places(connection, _docs(connection, query))
    best: dict[int, _Place] = {}
    count: dict[int, int] = {}
    for place in places:
        best.setdefault(place.chat, place)
        count[place.chat] = count.get(place.chat, 0) + 1
    finder = _finder(query.terms)
    return tuple(
        _hit(connection, query, finder, place, count[chat]) for chat, place in list(best.items())[:limit]
    )


def _docs(connection: sqlite3.Connection, query: Query) -> list[int]:
    """Keys of matching entries, best first."""
    span = (words.key_of(query.after or 0.0), words.key_of(query.before) - 1 if query.before else _FOREVER)
    match = _expression(query)
    if not match:
        if query.after is None and query.before is None:
            return []
        newest = "SELECT doc FROM docs WHERE doc BETWEEN ? AND ? ORDER BY doc DESC LIMIT ?"
        return [row[0] for row in connection.execute(newest, (*span, RANKED))]
    # The index gives the newest first, without reading the rest. Weighing counts every match of a term, which
    # for words in a row means to look at all places of each: there the time decides alone.
    ranked = _WEIGHED if all(map(_is_word, query.terms)) else _NEWEST
    rows = [
        row
        for part in _apart(query)
        for row in connection.execute(ranked, (_expression(part), *span, RANKED)).fetchall()
    ]
    return [row["rowid"] for row in sorted(rows, key=itemgetter("weight"))]


def _apart(query: Query) -> tuple[Query, ...]:
    """Titles and the rest, each with places of its own: a long chat's messages push no other's title out."""
    rest = tuple(field for field in query.fields if field is not Field.TITLE)
    if not query.terms or not rest or len(rest) == len(query.fields):
        return (query,)
    return replace(query, fields=(Field.TITLE,)), replace(query, fields=rest)


def _places(connection: sqlite3.Connection, docs: list[int]) -> list[_Place]:
    """What the keys stand for; titles come first."""
    found = "SELECT chat, message, doc FROM docs WHERE doc IN (SELECT value FROM json_each(?))"
    by_doc = {row["doc"]: _Place(*row) for row in connection.execute(found, (json.dumps(docs),))}
    places = [by_doc[doc] for doc in docs if doc in by_doc]
    return sorted(places, key=lambda place: place.message is not None)


# --- the index's own language: https://sqlite.org/fts5.html#full_text_query_syntax --------------------------


def _expression(query: Query) -> str:
    """Empty where there are no words to look for."""
    parts = []
    if query.terms:
        parts.append(f"{{{' '.join(query.fields)}}} : ({' AND '.join(map(_quoted, query.terms))})")
    if any(map(str.isalnum, query.model)):
        parts.append(f"model : {_quoted(Term(query.model, prefix=True))}")
    match = " AND ".join(parts)
    if match and query.without:
        everywhere = f"{{{' '.join(Field)}}} : ({' OR '.join(map(_quoted, query.without))})"
        match = f"({match}) NOT {everywhere}"
    return match


def _quoted(term: Term) -> str:
    text = words.searchable(term.text).replace('"', " ").strip()
    # a single letter begins so many words that only the word itself is looked for
    return f'"{text}" *' if term.prefix and len(text) > 1 else f'"{text}"'


def _is_word(term: Term) -> bool:
    return len(re.findall(r"[^\W_]+", words.searchable(term.text))) == 1


# --- snippets -----------------------------------------------------------------------------------------------


class _Folding(dict[int, str]):
    """Each character without its marks, in small letters: one for one, so that places stay the same."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFD", chr(code))
        char = parts[0] if all(map(unicodedata.combining, parts[1:])) else chr(code)
        folded = self[code] = char.lower()[0]
        return folded


_FOLDING = _Folding()


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def _finder(terms: Iterable[Term]) -> re.Pattern[str]:
    """Finds any of the terms in folded text."""
    patterns = []
    for term in terms:
        tokens = re.findall(r"[^\W_]+", words.searchable(_folded(term.text)))
        joined = r"[\W_]*".join(map(re.escape, tokens))
        spaced = not words.is_apart(tokens[0][0]) if tokens else False
        ends = r"[^\W_]*" if term.prefix and len(term.text) > 1 else r"(?![^\W_])"
        patterns += [rf"(?<![^\W_]){joined}{ends}" if spaced else joined] if tokens else []
    return re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)


def _first(finder: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match; folding a long text costs more than to look through it, and is mostly not needed."""
    return finder.search(text) or finder.search(_folded(text))


def _hit(
    connection: sqlite3.Connection, query: Query, finder: re.Pattern[str], place: _Place, count: int
) -> Hit:
    chat = chat_of(connection.execute(f"{SELECT_CHAT} WHERE row = ?", (place.chat,)).fetchone())
    message_id, texts = None, {Field.TITLE: chat.title}
    if place.message is not None:
        row = connection.execute(
            "SELECT id, role, text, thinking FROM messages WHERE row = ?", (place.message,)
        ).fetchone()
        message_id = row["id"]
        said = Field.ANSWER if row["role"] == Role.ASSISTANT else Field.QUESTION
        texts = {said: row["text"], Field.THOUGHT: row["thinking"]}
    wanted = {field: text for field, text in texts.items() if field in query.fields} or texts
    found = {field: match for field, text in wanted.items() if (match := _first(finder, text))}
    field = next(iter(found or wanted))
    return Hit(
        chat=chat,
        message_id=message_id,
        field=field,
        snippet=_snippet(wanted[field], found.get(field), finder),
        created_at=words.time_of(place.doc),
        places=count,
    )


def _snippet(text: str, first: re.Match[str] | None, finder: re.Pattern[str]) -> tuple[Span, ...]:
    """The words around the first match, with every match in it marked."""
    start = max(0, first.start() - _BEFORE) if first else 0
    if start:
        blank = text.find(" ", start, start + _BEFORE // 2)
        start = blank + 1 if blank >= 0 else start
    piece = text[start : start + _LENGTH]
    spans: list[Span] = [Span("…")] if start else []
    at = 0
    for match in finder.finditer(_folded(piece)):
        spans += [
            Span(piece[at : match.start()]),
            Span(match[0] and piece[match.start() : match.end()], True),
        ]
        at = match.end()
    spans.append(Span(piece[at:] + ("…" if start + _LENGTH < len(text) else "")))
    return tuple(Span(_flat(span.text), span.hit) for span in spans if span.text)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)
