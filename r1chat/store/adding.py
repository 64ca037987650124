"""Takes in chats that were made elsewhere."""

import sqlite3

from msgspec.structs import replace

from r1chat.core.conversation import Chat, Conversation
from r1chat.store import words
from r1chat.store.rows import INSERT_MESSAGE, columns_of, storable
from r1chat.store.trouble import Misplaced

_INSERT_CHAT = """INSERT OR IGNORE INTO chats
    (id, title, created_at, updated_at, active_leaf, model, pinned, archived)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def add(connection: sqlite3.Connection, conversation: Conversation) -> int:
    """Add a chat, or what a chat of that id lacks; returns how many messages were new."""
    _add_chat(connection, conversation.chat)
    added: list[str] = []
    for message in conversation.messages:
        place = connection.execute("SELECT chat_id FROM messages WHERE id = ?", (message.id,)).fetchone()
        if place is None:
            connection.execute(INSERT_MESSAGE, columns_of(replace(message, elsewhere=False)))
            added.append(message.id)
        elif place["chat_id"] != message.chat_id:
            raise Misplaced(
                f"Message {message.id} is in another chat already.", "Nothing of it was imported."
            )
    words.add_messages(connection, added)
    return len(added)


def _add_chat(connection: sqlite3.Connection, chat: Chat) -> None:
    columns = (
        chat.id,
        storable(chat.title),
        chat.created_at,
        chat.updated_at,
        chat.active_leaf,
        storable(chat.model),
        chat.pinned,
        chat.archived,
    )
    if connection.execute(_INSERT_CHAT, columns).rowcount:
        words.add_title(connection, chat.id)
        insert = "INSERT OR IGNORE INTO tags (chat_id, tag) VALUES (?, ?)"
        connection.executemany(insert, [(chat.id, storable(tag)) for tag in chat.tags])
