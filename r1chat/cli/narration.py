"""What stderr tells a waiting person: one line that is rewritten, and only in a terminal."""

import sys


class Narration:
    """The line about loading."""

    def __init__(self) -> None:
        self._width = 0

    def loading(self, fraction: float) -> None:
        """Show how far the model is."""
        if sys.stderr.isatty():
            line = f"Loading the model … {fraction:.0%}"
            sys.stderr.write("\r" + line.ljust(self._width))
            sys.stderr.flush()
            self._width = len(line)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0
