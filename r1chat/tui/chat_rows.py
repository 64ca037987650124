"""What a row of the list of chats says: of a chat, or of a place that a search found."""

from collections.abc import Iterable

from textual.content import Content

from r1chat.core.conversation import Chat
from r1chat.core.search import Field, Hit, Span
from r1chat.core.terminal import plain
from r1chat.tui.wording import age

FOUND = "bold underline"
"""How words that were searched for look: no colour, so that nobody needs one to see them."""
_PINNED = "★ "

Entry = Chat | Hit


def chat_of(entry: Entry) -> Chat:
    """The chat that a row is about."""
    return entry.chat if isinstance(entry, Hit) else entry


def chat_row(chat: Chat, *, opened: bool, now: float) -> list[Content]:
    """Title, and below it what is known of the chat. `now` is Unix time."""
    facts = age(chat.updated_at, now) + _labels(chat, opened)
    return [Content(_sign(chat) + title(chat)), Content.styled(facts, "dim")]


def hit_row(hit: Hit, *, opened: bool, now: float, width: int, lines: int) -> list[Content]:
    """Title, where it was found, and the words around it in at most that many lines."""
    chat = hit.chat
    if hit.field is Field.TITLE:
        head, place = Content.assemble(_sign(chat), *_marked(hit.snippet)), "title"
        words: list[Content] = []
    else:
        head, place = Content(_sign(chat) + title(chat)), hit.field.value
        words = Content.assemble(*_marked(hit.snippet)).wrap(width)[:lines]
    more = f" · {hit.places} places" if hit.places > 1 else ""
    facts = f"{place} · {age(hit.created_at, now)}{more}" + _labels(chat, opened)
    return [head, Content.styled(facts, "dim"), *words]


def title(chat: Chat) -> str:
    """The title, in one line and harmless."""
    return one_line(chat.title) or "Untitled"


def one_line(text: str) -> str:
    """Text in one line and harmless."""
    return " ".join(plain(text).split())


def _sign(chat: Chat) -> str:
    return _PINNED if chat.pinned else ""


def _labels(chat: Chat, opened: bool) -> str:
    tags = " ".join(f"#{one_line(tag)}" for tag in chat.tags)
    facts = ("open" if opened else "", "archived" if chat.archived else "", tags)
    return "".join(f" · {fact}" for fact in facts if fact)


def _marked(spans: Iterable[Span]) -> list[str | tuple[str, str]]:
    parts: list[str | tuple[str, str]] = []
    for span in spans:
        words = plain(span.text).replace("\n", " ")
        parts.append((words, FOUND) if span.hit else words)
    return parts
