"""What an engine streams while it loads and generates: a closed union, read with `match`."""

from enum import StrEnum

import msgspec


class FinishReason(StrEnum):
    """Why a sample ended."""

    STOP = "stop"
    """The model ended its answer."""
    LENGTH = "length"
    """`max_tokens` was reached before the answer ended."""
    CONTEXT = "context"
    """The context was full before the answer ended."""
    CANCELLED = "cancelled"
    """Stopped by the person."""
    LOOP = "loop"
    """The thought repeated itself and could not be brought to an answer."""


class ThoughtEnd(StrEnum):
    """What ended a thought."""

    MODEL = "model"
    """The model closed it."""
    BUDGET = "budget"
    """The thinking budget was spent."""
    RESERVE = "reserve"
    """What is left of `max_tokens` or of the context was reserved for the answer."""
    USER = "user"
    """The person asked for the answer now."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one sample. Times in seconds, counts in tokens."""

    prompt_tokens: int = 0
    """Tokens of the prompt, an assistant prefix included."""
    cached_tokens: int = 0
    """How many of them were in the KV cache already."""
    thinking_tokens: int = 0
    """Tokens of the thought of this generation, forced ones included, `</think>` not."""
    answer_tokens: int = 0
    """Tokens of the answer of this generation, the end-of-sequence token not."""
    drafted_tokens: int = 0
    """Tokens that were guessed ahead, by a draft model or from the text itself."""
    accepted_tokens: int = 0
    """Of them, those that the model drew itself: each saved a decode."""
    prefill_s: float = 0.0
    """From the request to the end of prefill."""
    first_token_s: float = 0.0
    """From the request to the first generated token."""
    decode_s: float = 0.0
    """From the first generated token to the end."""
    thought_end: ThoughtEnd | None = None
    """What ended the thought; None while it is open, or where there was none."""

    @property
    def decode_tokens_per_s(self) -> float:
        """Speed of decoding; 0 where fewer than two tokens were made."""
        tokens = self.thinking_tokens + self.answer_tokens - 1
        return tokens / self.decode_s if tokens > 0 and self.decode_s > 0 else 0.0


class Loading(msgspec.Struct, frozen=True, tag=True):
    """The model is being loaded."""

    fraction: float
    """0 … 1 of the weights."""


class Prefill(msgspec.Struct, frozen=True, tag=True):
    """The prompt is being read."""

    done: int
    """Prompt tokens in the KV cache so far, cached ones included."""
    total: int
    """Prompt tokens."""
    cached: int
    """Of them, those that were in the KV cache before this request."""


class ThinkingDelta(msgspec.Struct, frozen=True, tag=True):
    """More of a thought."""

    sample: int
    text: str
    """May be empty: a token can hold a part of a character, or be `</think>` itself."""
    tokens: tuple[int, ...]
    """Ids behind this delta, `</think>` included."""
    closed: bool = False
    """The thought ends with this delta."""
    forced: bool = False
    """These words were put there by r1chat or the person, not by the model."""


class AnswerDelta(msgspec.Struct, frozen=True, tag=True):
    """More of an answer. Blank lines before its first word are left out of `text`."""

    sample: int
    text: str
    tokens: tuple[int, ...]


class Done(msgspec.Struct, frozen=True, tag=True):
    """A sample ended."""

    sample: int
    reason: FinishReason
    stats: Stats


Event = Loading | Prefill | ThinkingDelta | AnswerDelta | Done
