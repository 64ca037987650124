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
    """The answer went round in circles."""


class ThoughtEnd(StrEnum):
    """What ended a thought."""

    MODEL = "model"
    """The model closed it."""
    BUDGET = "budget"
    """The thinking budget was spent."""
    LENGTH = "length"
    """What is left of `max_tokens` was reserved for the answer."""
    CONTEXT = "context"
    """What is left of the context was reserved for the answer."""
    USER = "user"
    """The person asked for the answer now."""
    LOOP = "loop"
    """It went round in circles, and did so again after it was cut back."""


class Counts(StrEnum):
    """How far the numbers of tokens are known."""

    EXACT = "exact"
    SUM = "sum"
    """A server told thought and answer together: what each took is estimated by its length."""
    NONE = "none"
    """A server told nothing: they are all 0."""


class Circle(msgspec.Struct, frozen=True):
    """What was withdrawn from a thought that went round in circles: nothing of it is lost.

    The withdrawn text is `words` over and over, cut off after `characters`.
    """

    at: int
    """Characters of the thought before it."""
    words: str
    """What was said again and again, once."""
    characters: int
    """How long all of it was."""
    copies: int
    """How often it was said in full."""


class LeftOut(msgspec.Struct, frozen=True):
    """One turn of the conversation that the model did not get to see."""

    question: str
    """How its question began."""
    tokens: int
    """Question and answer together."""


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
    circles: tuple[Circle, ...] = ()
    """What was withdrawn of the thought, in order."""
    left_out: tuple[LeftOut, ...] = ()
    """The oldest turns, where they were left out to make room."""
    counts: Counts = Counts.EXACT
    """How far the numbers of tokens are known."""

    @property
    def decode_tokens_per_s(self) -> float:
        """Speed of decoding; 0 where nothing was made.

        Each token was decoded after the first draw and before the end, the last one too: `decode_s` holds as
        many decodes as there are tokens.
        """
        tokens = self.thinking_tokens + self.answer_tokens
        return tokens / self.decode_s if self.decode_s > 0 else 0.0


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


class Shortened(msgspec.Struct, frozen=True, tag=True):
    """The conversation did not fit, and whole turns were left out as the request allows. Before `Prefill`."""

    left_out: tuple[LeftOut, ...]
    """The oldest first."""


class Resumed(msgspec.Struct, frozen=True, tag=True):
    """The reply goes on from an assistant prefix. Before `Prefill`."""

    tokens: tuple[int, ...]
    """The prefix's ids as they are read: those that were handed in as far as they spell its words."""


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


class Rewound(msgspec.Struct, frozen=True, tag=True):
    """The thought went round in circles. Its end is withdrawn; what follows goes on from before it."""

    sample: int
    tokens: int
    """So many of the last ids are withdrawn,"""
    characters: int
    """and so many of the thought's last characters."""
    words: str
    """What was said again and again, once."""
    copies: int
    """How often it was said in full."""


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


Event = Loading | Shortened | Resumed | Prefill | ThinkingDelta | Rewound | AnswerDelta | Done
