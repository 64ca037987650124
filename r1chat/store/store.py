"""What can be asked of the chats on disk. Returns core types, never rows."""

import secrets
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import msgspec

from r1chat.core.conversation import Chat, Conversation, Message, Role, Status, newest_leaf, title_of
from r1chat.errors import StoreError
from r1chat.store.database import Database
from r1chat.store.rows import (
    INSERT_MESSAGE,
    UPDATE_MESSAGE,
    Piece,
    chat_of,
    columns_of,
    message_of,
    pack,
    storable,
)
from r1chat.store.trouble import Gone

_CHATS = """SELECT id, title, created_at, updated_at, active_leaf, model,
    (SELECT count(*) FROM messages WHERE chat_id = chats.id) AS messages FROM chats"""
_MESSAGES = """SELECT id, chat_id, parent_id, role, text, thinking, thinking_closed, tokens, status,
    finish_reason, error, model, fingerprint, sampling, thinking_mode, stats, thinking_s, created_at
    FROM messages"""


class Store:
    """All chats of one person.

    `path` is a file, made where it is missing, or `:memory:` for chats that are never written. `clock` gives
    Unix time in seconds. `read_only` makes and changes nothing, and so works where nothing may be written; a
    file that is missing has no chats then. Every method raises StoreError when the file cannot be read or
    written; then nothing of that call was saved, and all that was saved before stands. Two programs may use
    one file.
    """

    def __init__(
        self, path: Path | str, *, clock: Callable[[], float] = time.time, read_only: bool = False
    ) -> None:
        self._database = Database(path, read_only=read_only)
        self._clock = clock

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._database.close()

    # --- chats ---------------------------------------------------------------------------------------------

    def create_chat(self, *, title: str = "", model: str = "") -> Chat:
        """A chat without messages."""
        with self._database.write("the new chat") as connection:
            chat_id = self._insert_chat(connection, title, model)
            return self._chat(connection, chat_id)

    def chats(self, limit: int = 200, offset: int = 0) -> tuple[Chat, ...]:
        """Heads of the chats, the last used first."""
        with self._database.read() as connection:
            query = f"{_CHATS} ORDER BY updated_at DESC, row DESC LIMIT ? OFFSET ?"
            return tuple(chat_of(row) for row in connection.execute(query, (limit, offset)))

    def last_chat(self) -> Chat | None:
        """The chat used last; None where there is none."""
        return next(iter(self.chats(limit=1)), None)

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
            journal: dict[str, list[sqlite3.Row]] = defaultdict(list)
            query = """SELECT drafts.* FROM messages JOIN drafts ON drafts.message_id = messages.id
                WHERE messages.chat_id = ? ORDER BY drafts.message_id, drafts.seq"""
            for row in connection.execute(query, (chat.id,)):
                journal[row["message_id"]].append(row)
            rows = connection.execute(f"{_MESSAGES} WHERE chat_id = ? ORDER BY row", (chat.id,))
            messages = tuple(message_of(row, journal.get(row["id"], ())) for row in rows)
        if chat.active_leaf is None:
            chat = msgspec.structs.replace(chat, active_leaf=newest_leaf(messages))
        return Conversation(chat, messages)

    def rename(self, chat_id: str, title: str) -> None:
        """Give a chat another title."""
        with self._database.write("the title") as connection:
            query = "UPDATE chats SET title = ? WHERE id = ?"
            row = (storable(title), storable(chat_id))
            _must_touch(connection.execute(query, row), "The title was not changed.")

    def set_active(self, chat_id: str, leaf: str | None) -> None:
        """Make the branch that ends in `leaf` the one to look at. It does not count as a use of the chat."""
        with self._database.write("the place in the chat") as connection:
            query = "UPDATE chats SET active_leaf = ? WHERE id = ?"
            row = (None if leaf is None else storable(leaf), storable(chat_id))
            _must_touch(connection.execute(query, row), "Nothing was changed.")

    def remove(self, chat_id: str) -> None:
        """Delete a chat with all that was said in it. It is overwritten on disk, and gone."""
        chat_id = storable(chat_id)
        with self._database.write("its deletion") as connection:
            query = "DELETE FROM drafts WHERE message_id IN (SELECT id FROM messages WHERE chat_id = ?)"
            connection.execute(query, (chat_id,))
            connection.execute("DELETE FROM messages WHERE chat_id = ?", (chat_id,))
            _must_touch(
                connection.execute("DELETE FROM chats WHERE id = ?", (chat_id,)), "It is gone already."
            )
        self._database.forget()

    # --- messages ------------------------------------------------------------------------------------------

    def ask(
        self, chat_id: str | None, parent_id: str | None, text: str, draft: Message
    ) -> tuple[Message, Message]:
        """Question and draft of its answer in one transaction; a chat too, where `chat_id` is None.

        Of `draft` the ids, place, status and time are given here, as in `begin_draft`.
        """
        with self._database.write("your question") as connection:
            chat_id = chat_id or self._insert_chat(connection, "", draft.model)
            question = self._insert_question(connection, chat_id, parent_id, text)
            return question, self._insert_draft(connection, chat_id, question.id, draft)

    def begin_draft(
        self, draft: Message, *, forked_from: str | None = None, forked_at: int | None = None
    ) -> Message:
        """An answer that is about to be written, as a child of `draft.parent_id`; returns it as saved.

        Id, status and time are given here; the words that it may begin with are kept. `forked_from`: the
        message whose first `forked_at` tokens it begins with.
        """
        with self._database.write("the beginning of the answer") as connection:
            fork = (forked_from, forked_at)
            return self._insert_draft(connection, draft.chat_id, draft.parent_id, draft, fork)

    def append_draft(self, message_id: str, piece: Piece) -> None:
        """A checkpoint: more of a draft. What was there is not written again."""
        with self._database.write("the last half second of the reply") as connection:
            query = """INSERT INTO drafts (message_id, seq, thinking, answer, tokens, closed)
                SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ? FROM drafts WHERE message_id = ?"""
            texts = (storable(piece.thinking), storable(piece.answer), pack(piece.tokens))
            connection.execute(query, (message_id, *texts, int(piece.closed), message_id))

    def sign_draft(self, message_id: str, fingerprint: str) -> None:
        """Note which model's token ids a draft will hold, as soon as that is known.

        Ids of another model that it began with are dropped.
        """
        with self._database.write("the name of the model") as connection:
            query = """UPDATE messages SET tokens = iif(fingerprint = :new, tokens, x''), fingerprint = :new
                WHERE id = :id"""
            connection.execute(query, {"new": storable(fingerprint), "id": message_id})

    def finish_draft(self, message: Message) -> None:
        """The whole of a message in place of its draft, journal and all. The active branch stays as it is."""
        columns = columns_of(message)
        with self._database.write("the reply") as connection:
            _must_touch(connection.execute(UPDATE_MESSAGE, columns), "The reply was not saved.")
            connection.execute("DELETE FROM drafts WHERE message_id = ?", (message.id,))
            used = (self._clock(), columns["model"], columns["chat_id"])
            connection.execute("UPDATE chats SET updated_at = ?, model = ? WHERE id = ?", used)

    # --- inside a transaction ------------------------------------------------------------------------------

    def _chat(self, connection: sqlite3.Connection, beginning: str) -> Chat:
        """`beginning`: of the id."""
        query = f"{_CHATS} WHERE substr(id, 1, ?) = ? ORDER BY id = ? DESC LIMIT 2"
        wanted = storable(beginning)
        rows = connection.execute(query, (len(wanted), wanted, wanted)).fetchall() if wanted else []
        if not rows:
            raise StoreError(
                f"There is no chat {beginning!r}.", "See `r1chat chats list` for those there are."
            )
        if len(rows) > 1 and rows[0]["id"] != wanted:
            raise StoreError(f"More than one chat begins with {beginning!r}.", "Give more of its id.")
        return chat_of(rows[0])

    def _insert_chat(self, connection: sqlite3.Connection, title: str, model: str) -> str:
        chat_id, now = secrets.token_hex(8), self._clock()
        query = "INSERT INTO chats (id, title, created_at, updated_at, model) VALUES (?, ?, ?, ?, ?)"
        connection.execute(query, (chat_id, storable(title), now, now, storable(model)))
        return chat_id

    def _insert_question(
        self, connection: sqlite3.Connection, chat_id: str, parent_id: str | None, text: str
    ) -> Message:
        question = Message(
            id=secrets.token_hex(8),
            chat_id=chat_id,
            parent_id=parent_id,
            role=Role.USER,
            text=storable(text),
            created_at=self._clock(),
        )
        _insert(connection, question)
        query = "UPDATE chats SET title = ? WHERE id = ? AND title = ''"
        connection.execute(query, (title_of(question.text), chat_id))
        return question

    def _insert_draft(
        self,
        connection: sqlite3.Connection,
        chat_id: str,
        parent_id: str | None,
        draft: Message,
        fork: tuple[str | None, int | None] = (None, None),
    ) -> Message:
        message = msgspec.structs.replace(
            draft,
            id=secrets.token_hex(8),
            chat_id=chat_id,
            parent_id=parent_id,
            role=Role.ASSISTANT,
            text=storable(draft.text),
            thinking=storable(draft.thinking),
            model=storable(draft.model),
            fingerprint=storable(draft.fingerprint),
            status=Status.PARTIAL,
            created_at=self._clock(),
        )
        _insert(connection, message)
        query = "UPDATE messages SET forked_from = ?, forked_at = ? WHERE id = ?"
        connection.execute(query, (*fork, message.id))
        return message


def _insert(connection: sqlite3.Connection, message: Message) -> None:
    """A new message, which becomes the end of the active branch."""
    columns = columns_of(message)
    connection.execute(INSERT_MESSAGE, columns)
    query = "UPDATE chats SET active_leaf = :id, updated_at = :created_at WHERE id = :chat_id"
    connection.execute(query, columns)


def _must_touch(cursor: sqlite3.Cursor, otherwise: str) -> None:
    if cursor.rowcount == 0:
        raise Gone(f"This chat is not there any more. {otherwise}", "It may have been deleted elsewhere.")
