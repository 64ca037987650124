"""Questions that were asked before, to be asked again: walked with the arrow keys, as in a shell."""

from collections.abc import Callable, Iterable

from r1chat.core.attached import words_of
from r1chat.core.conversation import Conversation, Role


class History:
    """Texts, and a place among them. What was typed before the walk is its last stop.

    The walk goes back through the open chat first, then through all others.
    """

    def __init__(self) -> None:
        self._before: list[str] = []
        self._sent: list[str] = []
        self._walk: list[str] = []
        self._at = 0
        self._typed = ""
        self.here: Callable[[], Iterable[str]] = tuple
        """Tells what was asked in the open chat, oldest first."""
        self.private: Callable[[], bool] = lambda: False
        """Tells whether the open chat is private: what is sent in it is walked in it alone."""

    def fill(self, texts: Iterable[str]) -> None:
        """Take the texts of earlier runs, oldest first."""
        self._before = list(texts)
        self._end()

    def add(self, text: str) -> None:
        """One more was sent; the walk is over. The same twice in a row counts once."""
        if not self.private() and (not self._sent or self._sent[-1] != text):
            self._sent.append(text)
        self._end()

    def older(self, typed: str) -> str | None:
        """The text before; None where there is none. `typed` is what stands in the prompt."""
        if self._at == len(self._walk):
            self._typed, self._walk = typed, self._in_order()
            self._at = len(self._walk)
        if self._at == 0:
            return None
        self._at -= 1
        return self._walk[self._at]

    def newer(self) -> str | None:
        """The text after, at last what was typed before the walk; None where no walk goes on."""
        if self._at == len(self._walk):
            return None
        self._at += 1
        return self._typed if self._at == len(self._walk) else self._walk[self._at]

    def _end(self) -> None:
        self._walk, self._at = [], 0

    def _in_order(self) -> list[str]:
        """Other chats', then this one's; commands of this run belong to the chat that is open."""
        asked = list(self.here())
        here, sent = set(asked), set(self._sent)
        others = [text for text in self._before if text not in here]
        others += [text for text in self._sent if text not in here and not _commands(text)]
        own = [text for text in self._sent if text in here or _commands(text)]
        return [*others, *(text for text in asked if text not in sent), *own]


def asked_in(conversation: Conversation | None) -> tuple[str, ...]:
    """The words of the questions on a chat's active branch, oldest first."""
    path = conversation.path() if conversation else ()
    words = (words_of(message.text) for message in path if message.role is Role.USER)
    return tuple(text for text in words if text.strip())


def _commands(text: str) -> bool:
    return text.startswith("/")
