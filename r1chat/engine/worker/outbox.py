"""Gathers tokens into deltas, so that the pipe carries tens of messages a second and not hundreds."""

import time
from collections.abc import Callable

from r1chat.core.events import AnswerDelta, ThinkingDelta
from r1chat.core.thinking import Channel

INTERVAL_S = 0.033
"""A token that comes this long after the last delta is sent at once; those before it wait for it."""


class Outbox:
    """Deltas of sample number `sample` on their way out. `send` takes them in order."""

    def __init__(self, send: Callable[[ThinkingDelta | AnswerDelta], None], sample: int) -> None:
        self._send, self._sample = send, sample
        self._channel = Channel.THINKING
        self._forced = False
        self._text: list[str] = []
        self._tokens: list[int] = []
        self._sent_at = 0.0

    def add(
        self,
        channel: Channel,
        text: str,
        token: int | None = None,
        *,
        forced: bool = False,
        closed: bool = False,
    ) -> None:
        """One token's text; a change of channel or of origin, and the end of a thought, flush."""
        if self._tokens and (channel is not self._channel or forced != self._forced):
            self.flush()
        self._channel, self._forced = channel, forced
        if text:
            self._text.append(text)
        if token is not None:
            self._tokens.append(token)
        if closed or time.monotonic() - self._sent_at >= INTERVAL_S:
            self.flush(closed=closed)

    def flush(self, *, closed: bool = False) -> None:
        """Send what has gathered."""
        if not (self._tokens or self._text or closed):
            return
        text, tokens = "".join(self._text), tuple(self._tokens)
        self._text.clear()
        self._tokens.clear()
        self._sent_at = time.monotonic()
        if self._channel is Channel.THINKING:
            self._send(ThinkingDelta(self._sample, text, tokens, closed, self._forced))
        else:
            self._send(AnswerDelta(self._sample, text, tokens))
