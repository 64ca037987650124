"""What goes into a turn, and what a turn streams."""

import msgspec

from r1chat.core.conversation import MAX_TOKENS, Extras, Message, Sampling, Thinking
from r1chat.core.events import Event
from r1chat.core.ledger import Overflow
from r1chat.errors import UsageError


class TurnOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn is to be thought and drawn."""

    thinking: Thinking = Thinking()
    temperature: float = 0.6
    """0 is greedy."""
    top_p: float = 0.95
    min_p: float = 0.0
    """0 is off."""
    extras: Extras = Extras()
    seed: int | None = None
    """0 … 2**32-2. None: drawn at random, and saved with the message."""
    max_tokens: int | None = None
    """Tokens to generate at most, thought and answer together. None: until the context is full."""
    overflow: Overflow = Overflow.REFUSE
    """What to do where the conversation leaves no room for a reply."""

    drafts: bool = True
    """Tokens may be guessed ahead, which is quicker; False where the seed shall draw the same words again."""

    def check(self) -> None:
        """Raise UsageError for values that no engine can work with; a turn begins with this."""
        self.thinking.check()
        self.sampling(0).check()
        if self.max_tokens is not None and not 1 <= self.max_tokens <= MAX_TOKENS:
            raise UsageError(f"A limit of {self.max_tokens} tokens cannot be used.", "Give 1 or more.")

    def sampling(self, drawn: int) -> Sampling:
        """How the turn is drawn; `drawn` is the seed where none was given."""
        seed = drawn if self.seed is None else self.seed
        return Sampling(
            temperature=self.temperature, top_p=self.top_p, min_p=self.min_p, extras=self.extras, seed=seed
        )


class TurnStarted(msgspec.Struct, frozen=True):
    """Question and draft are on disk; the turn may still wait for the engine."""

    question: Message
    draft: Message
    """Status `partial`. A resumed one begins with the words that it goes on from."""


class Unheard(msgspec.Struct, frozen=True):
    """Words that a person put into the thought, and it was over before it had them."""

    words: tuple[str, ...]


class TurnEnded(msgspec.Struct, frozen=True):
    """The turn is over, however it ended."""

    message: Message
    """As saved, text and thought whole."""


TurnEvent = TurnStarted | Event | Unheard | TurnEnded
"""What a turn streams: `TurnStarted`, the engine's events, `TurnEnded`; `Unheard` as soon as that is sure."""
