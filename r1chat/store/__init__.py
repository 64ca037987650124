"""The chats on disk: one SQLite file."""

from r1chat.store.database import MEMORY
from r1chat.store.store import Store
from r1chat.store.trouble import Gone, Misplaced, NoChat, Unwritable

__all__ = ["MEMORY", "Gone", "Misplaced", "NoChat", "Store", "Unwritable"]
