"""How many threads decode, from one token to the next.

A decode waits for its slowest thread: where another program takes a core, two threads are several times
slower than one. What the kernel gives us shows it at once, since threads that wait for each other spin: CPU
time of this process over wall time is the number of threads while nobody disturbs them.

Another number of threads adds up in another order, so logits differ in their last bits and a seed's words may
part from there. So it changes only where a good part of the cores is gone, and goes up again rarely.
"""

import time
from collections.abc import Callable

WINDOW = 4
"""Tokens that are judged together."""
SHARE = 0.75
"""Part of its threads' time that a decode gets at least on a machine that is free enough."""
PATIENCE = 128, 4096
"""Tokens before more threads are tried again: at first, and at most. It doubles when that was in vain."""


class Threads:
    """Watches single-token decodes; `use(count)` sets what the next ones run on. At most `most` threads."""

    def __init__(
        self,
        most: int,
        use: Callable[[int], None],
        clock: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self.count = most
        """In use now."""
        self._most, self._use, self._clock, self._cpu = most, use, clock, cpu
        self._judged = self._no_fewer = self._no_more = 0
        """Tokens judged so far, and how many there must be before fewer or more threads are tried."""
        self._patience = PATIENCE[0]
        self._before: tuple[int, float] | None = None
        """The threads that were given up for those now on trial, and what a token took with them."""
        self.begin()

    def begin(self) -> None:
        """Decoding begins after a pause: what went before is no part of the next window."""
        self._tokens, self._spent = 0, 0.0
        self._wall, self._cpu_then = self._clock(), self._cpu()

    def tell(self, seconds: float) -> None:
        """One token was decoded alone, in so many seconds."""
        self._tokens += 1
        self._spent += seconds
        if self._tokens == WINDOW:
            share = (self._cpu() - self._cpu_then) / max(1e-9, self._clock() - self._wall) / self.count
            self._judge(self._spent / WINDOW, share)
            self.begin()

    def _judge(self, each: float, share: float) -> None:
        self._judged += WINDOW
        before, self._before = self._before, None
        if before is not None and each > before[1]:  # the trial was for the worse
            self._patience = min(2 * self._patience, PATIENCE[1])
            self._no_fewer = self._no_more = self._judged + self._patience
            self._set(before[0])
        elif self.count > 1 and share < SHARE and self._judged >= self._no_fewer:
            self._try(max(1, min(self.count - 1, int(self.count * share))), each)
        elif self.count < self._most and self._judged >= self._no_more:
            self._try(min(self._most, 2 * self.count), each)

    def _try(self, count: int, each: float) -> None:
        self._before = self.count, each
        self._no_more = self._judged + self._patience
        self._set(count)

    def _set(self, count: int) -> None:
        self.count = count
        self._use(count)
