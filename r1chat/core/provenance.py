"""Whose words stand in a thought: most are the model's, some a person put there, some r1chat."""

import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from r1chat.core.conversation import Injection, Message
from r1chat.core.events import ThoughtEnd
from r1chat.core.prompt import CLOSING


class Whose(StrEnum):
    """Who said it, where it was not the model."""

    YOU = "you"
    R1CHAT = "r1chat"


class Foreign(msgspec.Struct, frozen=True):
    """Words that the model did not say: characters `start` up to `end` of the thought."""

    start: int
    end: int
    whose: Whose


def foreign_words(message: Message) -> tuple[Foreign, ...]:
    """The words in a reply's thought that were not the model's, in order.

    Where words stand is known in tokens; of the places where the thought says them, the one is taken that is
    a paragraph of its own, as they are put, and lies nearest to there.
    """
    found = [*_injected(message), *_landing(message)]
    return tuple(sorted(found, key=lambda words: words.start))


def _injected(message: Message) -> Iterator[Foreign]:
    thought, after = message.thinking, 0
    for words in message.injected:
        near = len(thought) * words.at // max(1, len(message.tokens))
        places = [match.start() for match in re.finditer(re.escape(words.text), thought[after:])]
        if words.text.strip() and places:
            start = after + min(places, key=lambda at: _distance(thought, words, after + at, near))
            after = start + len(words.text)
            yield Foreign(start, after, Whose.YOU)


def _distance(thought: str, words: Injection, at: int, near: int) -> tuple[bool, int]:
    before, behind = thought[:at], thought[at + len(words.text) :]
    alone = (not before or before.endswith("\n")) and (not behind or behind.startswith("\n"))
    return not alone, abs(at - near)


def _landing(message: Message) -> Iterator[Foreign]:
    end = message.stats.thought_end if message.stats else None
    if end in {None, ThoughtEnd.MODEL} or not message.thinking_closed:
        return
    body = message.thinking.rstrip()
    if body.endswith(CLOSING):
        yield Foreign(len(body) - len(CLOSING), len(body), Whose.R1CHAT)
