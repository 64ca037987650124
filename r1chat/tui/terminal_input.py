"""What a terminal sends, read so that nothing of a paste is taken for a key."""

import re
from collections.abc import Iterable

from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.message import Message

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Characters that a paste loses; line ends and tabs stay."""


class WholePastes(XTermParser):
    """Textual's parser would read on behind an escape character in a paste as if it were typed.

    It is given a paste only when its end has come, and without what it would obey.
    """

    def __init__(self, debug: bool = False) -> None:
        self._parts: list[str] | None = None
        """Of the paste that has begun."""
        self._last = ""
        """So much as may be the beginning of the mark that is looked for."""
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Take what has come, in pieces of any size; an empty one is the end."""
        if not data:
            yield from super().feed(data)
        while data:
            known, data = self._next(data)
            if known:
                yield from super().feed(known)

    def _next(self, data: str) -> tuple[str, str]:
        """What Textual is to read of it, and what is left to be looked at."""
        mark = START if self._parts is None else END
        seen = self._last + data
        at = seen.find(mark)
        end = at + len(mark) - len(self._last)
        self._last = seen[1 - len(mark) :] if at < 0 else ""
        if self._parts is None:
            self._parts = None if at < 0 else []
            return (data, "") if at < 0 else (data[:end], data[end:])
        if at < 0:
            self._parts.append(data)
            return "", ""
        pasted = "".join((*self._parts, data[:end])).removesuffix(END)
        self._parts = None
        return _CONTROL.sub("", pasted) + END, data[end:]
