"""Chats that were deleted and can still be brought back."""

from collections.abc import Awaitable, Callable

from r1chat.core.conversation import Chat

UNDO_S = 10.0
"""Seconds for which a deletion can be undone."""


class Bin:
    """Deleted chats are only hidden at first: by this program, and on disk they are whole.

    So a program that dies meanwhile has kept them, another r1chat lists them until they are gone, and each is
    deleted in one transaction, never by half. `delete` does that, to a chat that has no more messages than it
    had; it may raise StoreError.
    """

    def __init__(self, delete: Callable[[str, int], Awaitable[None]]) -> None:
        self._delete = delete
        self._waiting: list[Chat] = []
        self._sizes: dict[str, int] = {}
        """Messages of each when it was put here."""
        self._going: set[str] = set()

    @property
    def hidden(self) -> frozenset[str]:
        """Ids of chats that are not to be shown."""
        return frozenset({chat.id for chat in self._waiting} | self._going)

    def put(self, chat: Chat, messages: int) -> None:
        """Hide a chat that has so many messages, once. It waits for `end` with this very value."""
        if chat.id not in self.hidden:
            self._waiting.append(chat)
            self._sizes[chat.id] = messages

    def take_back(self) -> Chat | None:
        """The chat that was put here last, which is hidden no more; None where none waits."""
        return self._waiting.pop() if self._waiting else None

    async def end(self, chat: Chat) -> None:
        """Delete it for good, unless it was taken back. Where that fails it is shown again."""
        if not any(other is chat for other in self._waiting):
            return
        self._waiting = [other for other in self._waiting if other is not chat]
        self._going.add(chat.id)
        try:
            await self._delete(chat.id, self._sizes[chat.id])
        finally:
            self._going.discard(chat.id)

    async def end_all(self) -> None:
        """Delete for good whatever waits."""
        while self._waiting:
            await self.end(self._waiting[0])
