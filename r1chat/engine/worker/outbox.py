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
        self._thinking, self._forced = True, False
        self._text: list[str] = []
        self._tokens: list[int] = []
        self._due = 0.0

    def turn(self, channel: Channel, *, forced: bool) -> None:
        """Where the tokens that follow belong and come from; a change flushes."""
        thinking = channel is Channel.THINKING
        if thinking != self._thinking or forced != self._forced:
            self.flush()
            self._thinking, self._forced = thinking, forced

    def put(self, text: str, token: int, *, closed: bool = False) -> None:
        """One more token; `closed` where it ends the thought."""
        self._text.append(text)
        self._tokens.append(token)
        if closed or time.monotonic() >= self._due:
            self.flush(closed=closed)

    def words(self, text: str) -> None:
        """Text of tokens that were put before."""
        self._text.append(text)

    def flush(self, *, closed: bool = False) -> None:
        """Send what has gathered."""
        if not (self._tokens or self._text or closed):
            return
        text, tokens = "".join(self._text), tuple(self._tokens)
        self._text.clear()
        self._tokens.clear()
        self._due = time.monotonic() + INTERVAL_S
        if self._thinking:
            self._send(ThinkingDelta(self._sample, text, tokens, closed, self._forced))
        else:
            self._send(AnswerDelta(self._sample, text, tokens))
