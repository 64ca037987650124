"""A reply that grows: the events of an engine gathered into a message."""

from collections import deque

from msgspec.structs import replace

from r1chat.core.conversation import Injection, Message, Status
from r1chat.core.events import (
    AnswerDelta,
    Circle,
    Done,
    Event,
    FinishReason,
    LeftOut,
    Resumed,
    Rewound,
    Shortened,
    Stats,
    ThinkingDelta,
)


class Reply:
    """Gathers what a draft gains. The draft may begin with words already; they stay in front."""

    def __init__(self, draft: Message) -> None:
        self._draft = draft
        self._thinking = [draft.thinking]
        self._answer = [draft.text]
        self._tokens = list(draft.tokens)
        self._closed = draft.thinking_closed
        self._expected: deque[str] = deque()
        self._saying = ("", "")
        """A person's words that are being put into the thought, and what of them was said."""
        self.injected = draft.injected
        """What a person put into the thought."""
        self._circles: tuple[Circle, ...] = ()
        self._left_out: tuple[LeftOut, ...] = ()
        self._began: float | None = None
        self._ended = 0.0
        self.done: Done | None = None
        """How it ended, once it has."""

    def feed(self, event: Event, now: float) -> None:
        """Take one event of sample 0; `now` is in seconds, of any clock that only goes forward."""
        match event:
            case ThinkingDelta(text=text, tokens=tokens, closed=closed, forced=forced):
                self._recognise(text if forced else None)
                self._began = now if self._began is None else self._began
                self._ended = now
                self._thinking.append(text)
                self._tokens += tokens
                self._closed = self._closed or closed
            case AnswerDelta(text=text, tokens=tokens):
                self._answer.append(text)
                self._tokens += tokens
            case Resumed(tokens=tokens):
                self._tokens = list(tokens)
            case Rewound():
                self._rewind(event)
            case Shortened(left_out=left_out):
                self._left_out = left_out
            case Done():
                self.done = event
            case _:
                pass

    @property
    def thinking_s(self) -> float:
        """Seconds of thought so far, those of the draft that it went on from included."""
        return self._draft.thinking_s + (0.0 if self._began is None else self._ended - self._began)

    def message(self, status: Status, *, error: str = "", fingerprint: str = "") -> Message:
        """The message as far as it got.

        `status` and `error` tell how it ended where the engine did not say so with a `Done`. `fingerprint`:
        of the model that made the tokens, where it was learned later than the draft was begun.
        """
        if self.done is not None:
            stopped = self.done.reason is FinishReason.CANCELLED
            status, error = Status.CANCELLED if stopped else Status.COMPLETE, ""
        reason = self.done.reason if self.done else None
        if reason is None and status is Status.CANCELLED:
            reason = FinishReason.CANCELLED
        return replace(
            self._draft,
            thinking="".join(self._thinking),
            thinking_closed=self._closed,
            text="".join(self._answer),
            tokens=tuple(self._tokens),
            status=status,
            finish_reason=reason,
            error=error,
            fingerprint=fingerprint or self._draft.fingerprint,
            stats=self._stats(),
            injected=self.injected,
            thinking_s=self.thinking_s,
        )

    @property
    def thought_over(self) -> bool:
        """Nothing can be put into the thought any more."""
        return self._closed or self.done is not None

    def expect(self, words: str) -> None:
        """A person's words are about to stand in the thought."""
        self._expected.append(words)

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Words that were expected and do not stand in the thought, or not as a whole."""
        whole, said = self._saying
        cut_off = () if said.strip().startswith(whole) else (whole,)
        return (*cut_off, *self._expected)

    def give_up(self) -> tuple[str, ...]:
        """Expect nothing any more; what was unsaid comes back."""
        unsaid, self._saying = self.unsaid, ("", "")
        self._expected.clear()
        return unsaid

    def _recognise(self, forced: str | None) -> None:
        """Words that the model did not say: the person's, or r1chat's own that land a thought."""
        whole, said = self._saying
        if forced is None:
            self._saying = ("", "")
        elif whole and whole.startswith((said + forced).rstrip()):
            self._saying = (whole, said + forced)
            last = self.injected[-1]
            self.injected = (*self.injected[:-1], Injection(last.at, (said + forced).rstrip()))
        elif self._expected and (begun := forced.strip()):
            whole = self._expected[0].strip()
            if whole.startswith(begun) or begun.startswith(whole):
                self._expected.popleft()
                self._saying = (whole, forced.lstrip())
                said = begun if len(begun) < len(whole) else whole
                self.injected += (Injection(len(self._tokens), said),)

    def _rewind(self, event: Rewound) -> None:
        thought = "".join(self._thinking)
        kept = max(0, len(thought) - event.characters)
        self._circles += (Circle(kept, event.words, event.characters, event.copies),)
        self._thinking = [thought[:kept]]
        del self._tokens[max(0, len(self._tokens) - event.tokens) :]
        self.injected = tuple(words for words in self.injected if words.at < len(self._tokens))

    def _stats(self) -> Stats | None:
        """The engine's figures; where it gave none, at least what is not to be forgotten."""
        if self.done is not None:
            return replace(self.done.stats, circles=self._circles, left_out=self._left_out)
        if not (self._circles or self._left_out):
            return None
        return Stats(thinking_tokens=len(self._tokens), circles=self._circles, left_out=self._left_out)
