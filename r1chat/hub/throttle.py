"""A bandwidth limit that several transfers share."""

import threading

from r1chat.hub.clock import Clock

PIECE = 1 << 20
"""Bytes of one read at most."""
_SMALLEST = 4 << 10

BURST_S = 0.25
"""Seconds' worth of bytes that may pass at once."""


class Throttle:
    """Hands out bytes at no more than `rate` a second; 0 is no limit. May be changed while it is in use."""

    def __init__(self, clock: Clock, rate: float = 0) -> None:
        self._clock = clock
        self.rate = rate
        """Bytes a second."""
        self._free_at = clock.now()
        self._lock = threading.Lock()

    def take(self, count: int) -> float:
        """Seconds to wait now that `count` more bytes have been taken. From any thread."""
        with self._lock:
            if self.rate <= 0:
                return 0
            now = self._clock.now()
            self._free_at = max(self._free_at, now - BURST_S) + count / self.rate
            return max(0, self._free_at - now)

    def largest(self) -> int:
        """Bytes that one read should bring at most, so that a limited download flows and does not jump."""
        return PIECE if self.rate <= 0 else max(_SMALLEST, min(PIECE, int(self.rate * BURST_S)))
