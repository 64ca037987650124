"""One line on a terminal's stderr for work that has an end."""

import sys
import time

from r1chat.core.units import size

INTERVAL_S = 0.1


class ProgressLine:
    """Rewrites its line; silent where stderr is no terminal. Use as a context manager."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = 0.0
        self._width = 0

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def __call__(self, done: int, total: int) -> None:
        """Bytes done and in all."""
        if not sys.stderr.isatty() or (now := time.monotonic()) - self._shown < INTERVAL_S:
            return
        self._shown = now
        line = f"{self._what} … {done / max(1, total):.0%} of {size(total)}"
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._width = len(line)
