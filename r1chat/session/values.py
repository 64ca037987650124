"""What goes into a turn, and what a turn streams."""

import msgspec

from r1chat.core.conversation import Message, Thinking
from r1chat.core.events import Event


class TurnOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn is to be thought and drawn."""

    thinking: Thinking = Thinking()
    temperature: float = 0.6
    """0 is greedy."""
    top_p: float = 0.95
    seed: int | None = None
    """0 … 2**32-2. None: drawn at random, and saved with the message."""
    max_tokens: int | None = None
    """Tokens to generate at most, thought and answer together. None: until the context is full."""


class TurnStarted(msgspec.Struct, frozen=True):
    """Question and draft are on disk; the turn may still wait for the engine."""

    question: Message
    draft: Message
    """Status `partial`. A resumed one begins with the words that it goes on from."""


class TurnEnded(msgspec.Struct, frozen=True):
    """The turn is over, however it ended."""

    message: Message
    """As saved, text and thought whole."""


TurnEvent = TurnStarted | Event | TurnEnded
"""What a turn streams: `TurnStarted`, the engine's events, `TurnEnded`."""
