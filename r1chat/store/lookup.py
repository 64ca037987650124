"""Answers a search from the index: which chats, best first, and the words around the best place."""

import json
import re
import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from r1chat.core.conversation import Role
from r1chat.core.search import Field, Hit, Query, Term
from r1chat.store import words
from r1chat.store.rows import SELECT_CHAT, chat_of
from r1chat.store.snippets import Finder, finders, first, snippet

RANKED = 300
"""Matches that are weighed against each other; where there are more, the newest."""
COMMON = 3000
"""A term in so many entries is too common to be weighed: that would mean to look at all of them."""
FEW = 200
"""Places that are looked at one by one, rather than all matches for those among them."""
ENOUGH = 60
"""Places in tagged chats, of which there are many: more than a list of chats shows."""

_NEWEST = "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC"
_WEIGHED = """SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ?
    ORDER BY bm25(words, 10.0, 4.0, 2.0, 1.0, 0.0), rowid DESC"""
"""With how much a match in title, question, answer, thought and model counts."""
_TAGGED = """SELECT words.rowid, docs.chat FROM words JOIN docs ON docs.doc = words.rowid
    WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC"""
_PLACES_OF = """SELECT doc FROM docs WHERE message IS NULL AND chat IN (SELECT value FROM json_each(?))
    UNION ALL SELECT doc FROM chats JOIN messages ON messages.chat_id = chats.id
    JOIN docs ON docs.message = messages.row WHERE chats.row IN (SELECT value FROM json_each(?))
    ORDER BY doc DESC LIMIT ?"""
_AT = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
_TITLES_OF = """SELECT doc FROM docs WHERE message IS NULL AND chat IN (SELECT value FROM json_each(?))
    AND doc BETWEEN ? AND ? ORDER BY doc DESC LIMIT ?"""
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)"


class _Place(NamedTuple):
    chat: int
    message: int | None
    doc: int


def look_up(connection: sqlite3.Connection, query: Query, limit: int) -> tuple[Hit, ...]:
    """The best place of each chat that has one, best chat first."""
    docs = _docs(connection, query) or _spread(connection, query)
    places = _places(connection, docs)
    best: dict[int, _Place] = {}
    count: dict[int, int] = {}
    for place in places:
        best.setdefault(place.chat, place)
        count[place.chat] = count.get(place.chat, 0) + 1
    found = finders(query.terms)
    hits = (_hit(connection, query, found, place, count[chat]) for chat, place in list(best.items())[:limit])
    return tuple(hit for hit in hits if hit is not None)


def _docs(connection: sqlite3.Connection, query: Query) -> list[int]:
    """Keys of matching entries, best first; titles and the rest have places of their own."""
    begin, last = _span(query)
    if query.tags:
        return _tagged(connection, query, begin, last)
    if not _expression(query):
        if query.after is None and query.before is None:
            return []
        newest = "SELECT doc FROM docs WHERE doc BETWEEN ? AND ? ORDER BY doc DESC LIMIT ?"
        return [row[0] for row in connection.execute(newest, (begin, last, RANKED))]
    titles, rest = _newest(connection, query, begin, last)
    return titles + _ranked(connection, query, rest)


def _tagged(connection: sqlite3.Connection, query: Query, begin: int, last: int) -> list[int]:
    """Keys of matching entries of chats with certain tags, titles first, then the newest."""
    chats = _chats_with(connection, query.tags)
    of_chats, match = json.dumps(list(chats)), _expression(query)
    titles, rest = (words.TITLES + begin, words.TITLES + last), (begin, last)
    if not match:
        return [row[0] for row in connection.execute(_TITLES_OF, (of_chats, *titles, RANKED))]
    few = len(chats) <= FEW
    places = connection.execute(_PLACES_OF, (of_chats, of_chats, FEW + 1)).fetchall() if few else []
    if few and len(places) <= FEW:
        spans = (titles, rest)
        keys = [doc for low, high in spans for (doc,) in places if low <= doc <= high]
        return [doc for doc in keys if connection.execute(_AT, (match, doc)).fetchone()]
    found = list[int]()
    for span in (titles, rest):
        matching = (doc for doc, chat in connection.execute(_TAGGED, (match, *span)) if chat in chats)
        found += islice(matching, ENOUGH)
    return found


def _spread(connection: sqlite3.Connection, query: Query) -> list[int]:
    """Keys of entries of chats that have all the terms, though no single entry has: those of the rarest term.

    A question has some of the words that one remembers and its answer has others.
    """
    if len(query.terms) < 2:
        return []
    begin, last = _span(query)
    chats: set[int] | None = set(_chats_with(connection, query.tags)) if query.tags else None
    rarest = list[tuple[int, int]]()
    for term in query.terms:
        match, found = _expression(replace(query, terms=(term,))), list[tuple[int, int]]()
        for low, high in ((words.TITLES + begin, words.TITLES + last), (begin, last)):
            found += islice(connection.execute(_TAGGED, (match, low, high)), COMMON)
        of = {chat for _, chat in found}
        chats = of if chats is None else chats & of
        rarest = found if not rarest or len(found) < len(rarest) else rarest
        if not chats:
            break
    return [doc for doc, chat in rarest if chat in (chats or ())][:RANKED]


def _span(query: Query) -> tuple[int, int]:
    """The first and the last key of the time that is searched."""
    begin = words.key_of(query.after or 0.0)
    return begin, words.key_of(query.before) - 1 if query.before else words.TITLES - 1


def _chats_with(connection: sqlite3.Connection, beginnings: tuple[str, ...]) -> Collection[int]:
    """Rows of the chats that have, for each beginning, a tag that begins so."""
    known = [row[0] for row in connection.execute("SELECT DISTINCT tag FROM tags")]
    chats: set[int] | None = None
    for beginning in beginnings:
        tags = json.dumps([tag for tag in known if tag.casefold().startswith(beginning)])
        query = """SELECT row FROM chats WHERE id IN
            (SELECT chat_id FROM tags WHERE tag IN (SELECT value FROM json_each(?)))"""
        found = {row[0] for row in connection.execute(query, (tags,))}
        chats = found if chats is None else chats & found
    return chats or ()


def _newest(
    connection: sqlite3.Connection, query: Query, begin: int, last: int
) -> tuple[list[int], list[int]]:
    """Keys of the newest matching titles, and of the newest other entries, without a look at the rest.

    In one go, since to find the words that a prefix begins is half the work.
    """
    match, titles, rest = _expression(query), list[int](), list[int]()
    spans = [(words.TITLES + begin, words.TITLES + last), (begin, last)]
    if query.after is None and query.before is None:
        spans = [(0, words.TITLES + last)]
    for span in spans:
        for (doc,) in connection.execute(_NEWEST, (match, *span)):
            if doc < words.TITLES:
                rest.append(doc)
            elif len(titles) < RANKED:
                titles.append(doc)
            if len(rest) == RANKED:
                break
    return titles, rest


def _ranked(connection: sqlite3.Connection, query: Query, newest: list[int]) -> list[int]:
    """Keys of entries that are no titles, best first.

    Weighing them counts every place of a term, so that is for terms that are not common and one word each.
    Among many, what was said stands before what was only thought; else the time decides alone.
    """
    if len(newest) < 2 or not all(map(_is_word, query.terms)):
        return newest
    inside = (newest[-1], newest[0])
    few = len(newest) < RANKED
    if few and (len(query.terms) == 1 or not any(_is_common(connection, term) for term in query.terms)):
        rest = tuple(field for field in query.fields if field is not Field.TITLE) or query.fields
        return _keys(connection, _WEIGHED, replace(query, fields=rest), *inside)
    said = tuple(field for field in query.fields if field is not Field.THOUGHT)
    if not said or len(said) == len(query.fields) or any(map(_is_long, query.terms)):
        return newest
    before = set(_keys(connection, _NEWEST, replace(query, fields=said), *inside))
    return sorted(newest, key=lambda doc: doc not in before)


def _keys(connection: sqlite3.Connection, ranked: str, query: Query, begin: int, last: int) -> list[int]:
    return [row[0] for row in connection.execute(ranked, (_expression(query), begin, last))]


def _is_common(connection: sqlite3.Connection, term: Term) -> bool:
    if _is_long(term):
        return True
    return bool(connection.execute(_COUNT, (_quoted(term), COMMON)).fetchone()[0] >= COMMON)


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


def _is_long(term: Term) -> bool:
    """A beginning longer than those of which the index has lists: they are made anew for each query."""
    return term.prefix and len(words.searchable(term.text).strip()) > words.LISTED


def _is_word(term: Term) -> bool:
    return len(re.findall(r"[^\W_]+", words.searchable(term.text))) == 1


# --- what is shown ------------------------------------------------------------------------------------------


def _hit(
    connection: sqlite3.Connection, query: Query, found: tuple[Finder, ...], place: _Place, count: int
) -> Hit | None:
    """None where the index names what is not there: the file is damaged, and the other hits are true."""
    head = connection.execute(f"{SELECT_CHAT} WHERE row = ?", (place.chat,)).fetchone()
    if head is None:
        return None
    chat = chat_of(head)
    message_id, created_at, texts = None, chat.created_at, iter([(Field.TITLE, chat.title)])
    if place.message is not None:
        said = "SELECT id, role, text, created_at FROM messages WHERE row = ?"
        row = connection.execute(said, (place.message,)).fetchone()
        if row is None:
            return None
        message_id, created_at = row["id"], row["created_at"]
        texts = _texts(connection, place.message, row, query.fields)
    field, text, at = _best(found, texts)
    return Hit(
        chat=chat,
        message_id=message_id,
        field=field,
        snippet=snippet(found, text, at),
        created_at=created_at,
        places=count,
    )


def _texts(
    connection: sqlite3.Connection, message: int, row: sqlite3.Row, fields: tuple[Field, ...]
) -> Iterator[tuple[Field, str]]:
    """What a message says where it is searched; its thought, which is long, only when it is wanted."""
    said = Field.ANSWER if row["role"] == Role.ASSISTANT else Field.QUESTION
    if said in fields or Field.THOUGHT not in fields:
        yield said, row["text"]
    if Field.THOUGHT in fields:
        thought = "SELECT thinking FROM messages WHERE row = ?"
        yield Field.THOUGHT, connection.execute(thought, (message,)).fetchone()["thinking"]


def _best(found: tuple[Finder, ...], texts: Iterator[tuple[Field, str]]) -> tuple[Field, str, int | None]:
    """The first text in which a term stands, and where; else the first text."""
    field, text = next(texts)
    if (at := first(found, text)) is None:
        for other, words_of in texts:
            if (at := first(found, words_of)) is not None:
                return other, words_of, at
    return field, text, at
