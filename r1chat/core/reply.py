"""A reply that grows: the events of an engine gathered into a message."""

from msgspec.structs import replace

from r1chat.core.conversation import Message, Status
from r1chat.core.events import AnswerDelta, Done, Event, FinishReason, ThinkingDelta


class Reply:
    """Gathers what a draft gains. The draft may begin with words already; they stay in front."""

    def __init__(self, draft: Message) -> None:
        self._draft = draft
        self._thinking = [draft.thinking]
        self._answer = [draft.text]
        self._tokens = list(draft.tokens)
        self._closed = draft.thinking_closed
        self._began: float | None = None
        self._ended = 0.0
        self.done: Done | None = None
        """How it ended, once it has."""

    def feed(self, event: Event, now: float) -> None:
        """Take one event of sample 0; `now` is in seconds, of any clock that only goes forward."""
        match event:
            case ThinkingDelta(text=text, tokens=tokens, closed=closed):
                self._began = now if self._began is None else self._began
                self._ended = now
                self._thinking.append(text)
                self._tokens += tokens
                self._closed = self._closed or closed
            case AnswerDelta(text=text, tokens=tokens):
                self._answer.append(text)
                self._tokens += tokens
            case Done():
                self.done = event
            case _:
                pass

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
        thought_s = 0.0 if self._began is None else self._ended - self._began
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
            stats=self.done.stats if self.done else None,
            thinking_s=self._draft.thinking_s + thought_s,
        )
