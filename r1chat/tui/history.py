"""Questions that were asked before, to be asked again: walked with the arrow keys, as in a shell."""

from collections.abc import Iterable


class History:
    """Texts, oldest first, and a place among them. What was typed before the walk is its last stop."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._at = 0
        self._typed = ""

    def fill(self, texts: Iterable[str]) -> None:
        """Put texts before those that are there, oldest first."""
        self._texts[:0] = texts
        self._at = len(self._texts)

    def add(self, text: str) -> None:
        """One more was sent; the walk is over. The same twice in a row counts once."""
        if not self._texts or self._texts[-1] != text:
            self._texts.append(text)
        self._at = len(self._texts)

    def older(self, typed: str) -> str | None:
        """The text before; None where there is none. `typed` is what stands in the prompt."""
        if self._at == 0:
            return None
        if self._at == len(self._texts):
            self._typed = typed
        self._at -= 1
        return self._texts[self._at]

    def newer(self) -> str | None:
        """The text after, at last what was typed before the walk; None where no walk goes on."""
        if self._at == len(self._texts):
            return None
        self._at += 1
        return self._typed if self._at == len(self._texts) else self._texts[self._at]
