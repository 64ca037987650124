"""Chats that the disk would not take: they go on in memory, and to disk as soon as it takes them."""

from collections.abc import Collection

from r1chat.core.conversation import Chat, Conversation
from r1chat.errors import StoreError, Unsaved
from r1chat.store import MEMORY, Store, Unwritable


class Adrift:
    """Stores in memory, each with one chat that was to be kept. Its calls belong into the store's thread."""

    def __init__(self) -> None:
        self._stores: list[Store] = []
        self.landed = 0
        """How many were brought to disk."""

    def __contains__(self, store: Store) -> bool:
        return store in self._stores

    def carry(self, conversation: Conversation | None) -> Store:
        """A store in memory with all of a chat, or for a new one."""
        store = Store(MEMORY)
        if conversation is not None:
            store.add(conversation)
        self._stores.append(store)
        return store

    def with_chat(self, chat_id: str) -> Store | None:
        """The store that has more of a chat than the disk; None where the disk has it all."""
        return next(
            (store for store in self._stores if any(one.id == chat_id for one in _chats(store))), None
        )

    def land(self, kept: Store, busy: Collection[Store]) -> None:
        """Bring them to disk, but for those in which a reply is being written. Raises StoreError."""
        for store in [one for one in self._stores if one not in busy]:
            for chat in _chats(store):
                conversation = store.conversation(chat.id)
                kept.add(conversation)
                kept.set_active(chat.id, conversation.chat.active_leaf)
            self._stores.remove(store)
            self.landed += 1


def _chats(store: Store) -> tuple[Chat, ...]:
    return (*store.chats(), *store.chats(archived=True))


def refused(error: StoreError) -> StoreError:
    """What is said of a turn that is only in memory."""
    cause = error.cause if isinstance(error, Unwritable) else error.message
    return Unsaved(
        f"{cause} Question and reply are only shown here.", f"Copy them before you quit. {error.hint}"
    )
