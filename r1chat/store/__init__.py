"""The chats on disk: one SQLite file."""

from r1chat.store.store import Store

__all__ = ["Store"]
