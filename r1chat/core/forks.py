"""Places from which a reply can be gone on with in another way: what the new reply begins with."""

import msgspec

from r1chat.core.conversation import Message, Role
from r1chat.core.thinking import Channel
from r1chat.errors import UsageError

REOPENING = "Wait,"
"""The word with which R1 takes a thought up again."""


class Place(msgspec.Struct, frozen=True):
    """After so many characters of the thought or of the answer. The token it may lie in is split."""

    channel: Channel
    characters: int


class Edited(msgspec.Struct, frozen=True):
    """These words in place of the thought, which stays open."""

    thought: str


class Reopened(msgspec.Struct, frozen=True):
    """The whole thought, open again, and a word of doubt at its end."""


ForkPoint = Place | Edited | Reopened


class Beginning(msgspec.Struct, frozen=True):
    """What a reply begins with."""

    thought: str
    closed: bool = False
    answer: str = ""


def beginning(old: Message, where: ForkPoint) -> Beginning:
    """What a fork of the reply `old` begins with. Raises UsageError for a place that it does not have."""
    if old.role is not Role.ASSISTANT:
        raise UsageError("Only a reply can be forked.", "Choose a reply; a question can be edited.")
    match where:
        case Place(Channel.THINKING, count):
            _check(count, old.thinking, "thought")
            return Beginning(old.thinking[:count])
        case Place(characters=count):
            _check(count, old.text, "answer")
            if not old.thinking_closed:
                raise UsageError("The reply has no answer yet.", "Fork its thought, or continue it.")
            return Beginning(old.thinking, True, old.text[:count])
        case Edited(thought):
            return Beginning(thought)
        case Reopened():
            if not old.thinking_closed:
                raise UsageError("The thought is still open.", "Continue it.")
            return Beginning("\n\n".join(filter(None, (old.thinking.rstrip("\n"), REOPENING))))


def thought_ids(old: Message) -> int:
    """How many tokens the thought of a finished reply has, as far as its figures tell."""
    if not old.stats:
        return len(old.tokens)
    return max(old.stats.thinking_tokens, len(old.tokens) - old.stats.answer_tokens - 1)


def _check(count: int, text: str, what: str) -> None:
    if not 0 <= count <= len(text):
        raise UsageError(
            f"The {what} has {len(text):,} characters, and no place {count:,}.", "Choose one of its places."
        )
