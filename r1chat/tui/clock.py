"""Where the screen takes its time from, so that a test can hold it still."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """Two readings of time, in seconds."""

    wall: Callable[[], float] = time.time
    """Unix time, for the age of a chat."""
    steady: Callable[[], float] = time.monotonic
    """Never jumps, for durations."""
