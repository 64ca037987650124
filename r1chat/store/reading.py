"""What can be read of the chats on disk."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from r1chat.core.conversation import Chat, Conversation, Message, Role, newest_leaf
from r1chat.core.glance import Glance
from r1chat.core.search import Hit, Query
from r1chat.errors import StoreError
from r1chat.store.database import MEMORY, Database
from r1chat.store.lookup import look_up
from r1chat.store.rows import SELECT_CHAT, SELECT_MESSAGE, chat_of, message_of, storable
from r1chat.store.trouble import NoChat

_LISTED = "ORDER BY pinned DESC, updated_at DESC, row DESC LIMIT ? OFFSET ?"
_EVERY = "SELECT id FROM chats ORDER BY archived, pinned DESC, updated_at DESC, row DESC"
_GLANCE = 800
"""Characters of each part of a glance."""
_FIRST = "SELECT substr(text, 1, ?) AS text FROM messages WHERE chat_id = ? AND role = ? ORDER BY row LIMIT 1"
_END = "SELECT role, substr(text, 1, ?) AS text, substr(thinking, ?) AS thinking FROM messages WHERE id = ?"
LAST = chr(0x10FFFF)
"""No text that begins like an id comes after the id with this behind it."""


class Reading:
    """The part of a store that changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def in_memory(self) -> bool:
        """Nothing of it is ever written."""
        return self._database.path == MEMORY

    def chats(self, limit: int = 200, offset: int = 0, *, archived: bool = False) -> tuple[Chat, ...]:
        """Heads of the chats, pinned ones first, then the last used first; archived ones are another list."""
        with self._database.read() as connection:
            query = f"{SELECT_CHAT} WHERE archived = ? {_LISTED}"
            rows = connection.execute(query, (int(archived), limit, offset))
            return tuple(chat_of(row) for row in rows)

    def last_chat(self) -> Chat | None:
        """The chat used last, archived or not; None where there is none."""
        with self._database.read() as connection:
            rows = connection.execute(f"{SELECT_CHAT} ORDER BY updated_at DESC, row DESC LIMIT 1")
            return next(map(chat_of, rows), None)

    def questions(self, limit: int = 200) -> tuple[str, ...]:
        """What was asked last in any chat, the newest first."""
        with self._database.read() as connection:
            newest = "SELECT text FROM messages WHERE role = ? ORDER BY row DESC LIMIT ?"
            return tuple(row["text"] for row in connection.execute(newest, (Role.USER, limit)))

    def search(self, query: Query, limit: int = 20) -> tuple[Hit, ...]:
        """The chats that match, best first, each with its best place. Quick enough for every keystroke."""
        with self._database.read() as connection:
            return look_up(connection, query, limit)

    def version(self) -> int:
        """A number that changes whenever another program has written something."""
        return self._database.version()

    def chat(self, chat_id: str) -> Chat:
        """A chat by its id or the unique beginning of one."""
        with self._database.read() as connection:
            return self._chat(connection, chat_id)

    def conversation(self, chat_id: str) -> Conversation:
        """A chat (by its id or the unique beginning of one) with its whole tree, oldest message first.

        A draft that is being written, by whatever program, is read up to its last checkpoint.
        """
        with self._database.read() as connection:
            chat = self._chat(connection, chat_id)
            messages = self._messages(connection, chat.id)
        if chat.active_leaf is None:
            chat = msgspec.structs.replace(chat, active_leaf=newest_leaf(messages))
        return Conversation(chat, messages)

    def every(self) -> Iterator[Conversation]:
        """All chats that there are when it begins, archived ones last; one in memory at a time."""
        with self._database.read() as connection:
            ids = [row["id"] for row in connection.execute(_EVERY)]
        for chat_id in ids:
            try:
                conversation = self.conversation(chat_id)
            except NoChat:  # deleted meanwhile
                continue
            yield conversation

    def glance(self, chat_id: str) -> Glance:
        """How a chat begins, and how the branch that is looked at ends; quick, however long it is."""
        with self._database.read() as connection:
            chat = self._chat(connection, chat_id)
            first = connection.execute(_FIRST, (_GLANCE, chat.id, Role.USER)).fetchone()
            last = connection.execute(_END, (_GLANCE, -_GLANCE, chat.active_leaf)).fetchone()
        return Glance(
            question=first["text"] if first else "",
            answer=last["text"] if last and last["role"] == Role.ASSISTANT else "",
            thought=last["thinking"] if last else "",
        )

    # --- inside a transaction ------------------------------------------------------------------------------

    def _chat(self, connection: sqlite3.Connection, beginning: str) -> Chat:
        """`beginning`: of the id."""
        query = f"{SELECT_CHAT} WHERE id BETWEEN ? AND ? ORDER BY id = ? DESC LIMIT 2"
        wanted = storable(beginning)
        rows = connection.execute(query, (wanted, wanted + LAST, wanted)).fetchall() if wanted else []
        if not rows:
            raise NoChat(f"There is no chat {beginning!r}.", "See `r1chat chats list` for those there are.")
        if len(rows) > 1 and rows[0]["id"] != wanted:
            raise StoreError(f"More than one chat begins with {beginning!r}.", "Give more of its id.")
        return chat_of(rows[0])

    def _messages(self, connection: sqlite3.Connection, chat_id: str) -> tuple[Message, ...]:
        """All messages of a chat, oldest first, drafts as far as they are on disk."""
        journal: dict[str, list[sqlite3.Row]] = defaultdict(list)
        query = """SELECT drafts.* FROM messages JOIN drafts ON drafts.message_id = messages.id
            WHERE messages.chat_id = ? ORDER BY drafts.message_id, drafts.seq"""
        for row in connection.execute(query, (chat_id,)):
            journal[row["message_id"]].append(row)
        rows = connection.execute(f"{SELECT_MESSAGE} WHERE chat_id = ? ORDER BY row", (chat_id,))
        return tuple(message_of(row, journal.get(row["id"], ())) for row in rows)
