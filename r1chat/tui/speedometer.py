"""How fast tokens come: the one measure that the pane and the status line both show."""

from r1chat.tui.wording import tokens_per_second

_AT_LEAST_S = 1.0
"""Seconds before a speed is worth telling."""


class Speedometer:
    """Counts tokens from the first on. `now` is seconds on a clock that never jumps."""

    def __init__(self) -> None:
        self.tokens = 0
        self._first = 0
        self._since: float | None = None
        self._last = 0.0

    def count(self, tokens: int, now: float) -> None:
        """Some tokens came."""
        if self._since is None:
            self._since, self._first = now, tokens
        self.tokens += tokens
        self._last = now

    @property
    def begun(self) -> bool:
        """Something came, be it that nobody can count it."""
        return self._since is not None

    def seconds(self, now: float) -> float:
        """Since the first token; 0 before it."""
        return 0.0 if self._since is None else now - self._since

    @property
    def speed(self) -> str:
        """Tokens per second in words; empty in the first second."""
        passed = self.seconds(self._last)
        return tokens_per_second(self.tokens - self._first, passed) if passed >= _AT_LEAST_S else ""
