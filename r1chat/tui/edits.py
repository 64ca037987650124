"""Edited thoughts that nobody has thought on from yet, and edited questions that nobody has asked."""

import hashlib
import re
from collections.abc import Mapping

from r1chat.core.conversation import Message

_OWN = re.compile(r"[0-9a-f]{16}")


class Edits:
    """Texts by the replies whose thoughts they were, and by the questions."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._private: set[str] = set()

    def __contains__(self, message: Message) -> bool:
        return edit_name(message) in self._texts

    def text(self, message: Message, words: str) -> str:
        """The thought or question as it was edited last, else its `words`."""
        return self._texts.get(edit_name(message), words)

    def keep(self, message: Message, text: str, *, private: bool) -> None:
        """Keep a text; empty where the words are as they were. Of a private chat it is never written."""
        name = edit_name(message)
        self._texts[name] = text
        if private:
            self._private.add(name)
        if not text:
            del self._texts[name]

    def forget(self, chat_id: str) -> None:
        """A chat was deleted: nothing of it stays."""
        self._texts = {
            name: text for name, text in self._texts.items() if not name.startswith(edits_of(chat_id))
        }

    def add(self, texts: Mapping[str, str]) -> None:
        """Have those of an earlier run."""
        self._texts |= texts

    @property
    def written(self) -> Mapping[str, str]:
        """Those that may be written."""
        return {name: text for name, text in self._texts.items() if name not in self._private}


def edit_name(message: Message) -> str:
    """Chat and message, by which an edit is kept: fit for a file's name, whatever their ids are."""
    return edits_of(message.chat_id) + _in_names(message.id)


def edits_of(chat_id: str) -> str:
    """What the names of all edits of a chat begin with, and of no other chat."""
    return f"{_in_names(chat_id)}-"


def _in_names(own_id: str) -> str:
    """An id as r1chat makes them stays as it is; an imported one may be a pattern or a path."""
    return own_id if _OWN.fullmatch(own_id) else hashlib.sha256(own_id.encode()).hexdigest()
