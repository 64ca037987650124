"""How fast something moves: over the last seconds only, so that the speed falls to zero when it does."""

import threading
from collections import deque

WINDOW_S = 8.0
"""Seconds that the speed is averaged over."""

_GRAIN_S = 0.1
"""Readings closer together than this are one: the window stays short however small the pieces are."""

_ENOUGH_S = 1.0
"""A shorter stretch says too little to promise an end."""


class Meter:
    """Counts bytes as they pass. All times in seconds of one clock."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()
        self._total = 0
        self._began: float | None = None
        self._last = 0.0

    def begin(self, now: float) -> None:
        """The bytes may flow from now on."""
        self._readings.clear()
        self._began = self._last = now

    def add(self, count: int, now: float) -> None:
        """`count` bytes passed. One thread may tell it so while another asks."""
        self._total += count
        self._last = now
        with self._lock:
            if self._readings and now - self._readings[-1][0] < _GRAIN_S:
                self._readings[-1] = (self._readings[-1][0], self._readings[-1][1] + count)
            else:
                self._readings.append((now, count))

    def idle_s(self, now: float) -> float:
        """Seconds since the last byte, or since the beginning."""
        return 0.0 if self._began is None else now - self._last

    def speed(self, now: float) -> float:
        """Bytes a second over the window."""
        if self._began is None:
            return 0.0
        with self._lock:
            while self._readings and self._readings[0][0] < now - WINDOW_S:
                self._readings.popleft()
            passed = sum(count for _, count in self._readings)
        return passed / max(min(WINDOW_S, now - self._began), _GRAIN_S)

    def eta_s(self, left: int, now: float) -> float | None:
        """Seconds that `left` bytes will take at this speed; None where that cannot be said."""
        speed = self.speed(now)
        if self._began is None or now - self._began < _ENOUGH_S or speed < 1:
            return None
        return left / speed
