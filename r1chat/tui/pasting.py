"""Text that is too much to type on with: held aside, and named where it was pasted, as a file would be."""

import hashlib
import re
from collections.abc import Mapping

from r1chat.core.units import size
from r1chat.documents import MAX_TEXT, Document
from r1chat.errors import UsageError

_MOST = 100_000
"""Characters beyond which each key takes long to be drawn."""
_LONGEST = 20_000
"""Characters of one line; a line is wrapped anew with each key."""
_SMALL = 2_000
"""Characters that are always typed as they are."""
_DIGITS = 6
_NAME = re.compile(r"pasted-[0-9a-f]{6,64}")
_MENTION = re.compile(r"(?<![^\s(\[{])@(pasted-[0-9a-f]{6,64}) ?")
_AT_END = re.compile(_MENTION.pattern + r"\Z")


class Pastes:
    """Texts by name, as long as the program runs: a question that is taken back has its text again."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str, *, beside: int = 0, in_line: int = 0) -> str:
        """`text` as it is, or the mention of it where it is too much.

        `beside`: characters that are there already, `in_line` those in the line where it goes.
        """
        if len(text) < _SMALL:
            return text
        typed, text = text, text.replace("\r\n", "\n").replace("\r", "\n")  # many terminals paste Enters
        if not _too_much(text, beside, in_line):
            return typed
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        names = (f"pasted-{digest[:length]}" for length in range(_DIGITS, len(digest) + 1))
        name = next(name for name in names if self._texts.get(name, text) == text)
        self._texts[name] = text
        return f"@{name} "

    def add(self, texts: Mapping[str, str]) -> None:
        """Have texts of earlier runs."""
        self._texts |= texts

    def text(self, name: str) -> str | None:
        """The text of that name; None where there is none."""
        return self._texts.get(name)

    def unfold(self, words: str) -> str:
        """`words` with each text in the place of its mention."""
        return _MENTION.sub(lambda found: self._texts.get(found[1], found[0]), words)

    def named_in(self, words: str) -> dict[str, str]:
        """The texts that are named in what is typed."""
        names = _NAME.findall(words) if self._texts else ()
        return {name: self._texts[name] for name in names if name in self._texts}

    def mention_before(self, line: str) -> int:
        """How many characters at the end of `line` name a text; 0 where they name none."""
        found = _AT_END.search(line)
        return len(found[0]) if found and found[1] in self._texts else 0


def document(name: str, text: str) -> Document:
    """What was pasted, as a file. Raises UsageError where no context could hold it."""
    kind = f"pasted text, {_size(len(text.encode('utf-8', 'replace')))}"
    if len(text) > MAX_TEXT:
        raise UsageError(f"{name}, {kind}, is larger than any context.", "Paste less.")
    return Document(text.strip("\n").rstrip(), kind)


def _size(count: int) -> str:
    return size(count) if count >= 95e4 else f"{count / 1e3:,.0f} kB"


def _too_much(text: str, beside: int, in_line: int) -> bool:
    first, *rest = text.split("\n")
    return len(text) + beside > _MOST or max(len(first) + in_line, *map(len, rest), 0) > _LONGEST
