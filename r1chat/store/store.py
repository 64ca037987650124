"""What can be asked of the chats on disk. Returns core types, never rows."""

import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from r1chat.core.conversation import (
    Chat,
    Conversation,
    Message,
    Origin,
    Role,
    Status,
    title_of,
)
from r1chat.store import adding, recovery, words, writers
from r1chat.store.database import Database
from r1chat.store.keeping import Keeping, must_touch
from r1chat.store.rows import (
    INSERT_MESSAGE,
    UPDATE_MESSAGE,
    Piece,
    columns_of,
    pack,
    storable,
)
from r1chat.store.trouble import Unwritable


class Store(Keeping):
    """All chats of one person.

    `path` is a file, made where it is missing, or `:memory:` for chats that are never written. `clock` gives
    Unix time in seconds. `read_only` makes and changes nothing, and so works where nothing may be written; a
    file that is missing has no chats then. Every method raises StoreError when the file cannot be read or
    written; then nothing of that call was saved, and all that was saved before stands. Two programs may use
    one file. `patient`: where the disk takes nothing it opens all the same, can be read, and says `trouble`.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        clock: Callable[[], float] = time.time,
        read_only: bool = False,
        patient: bool = False,
    ) -> None:
        super().__init__(Database(path, read_only=read_only, patient=patient))
        self._clock = clock
        self.trouble: Unwritable | None = self._database.trouble
        """Why nothing could be written when it was opened; None where that was possible."""
        if read_only or self.trouble is not None:
            return
        try:
            self._recover()
        except Unwritable as error:  # what a crash left can be read as it is
            if not patient:
                raise
            self.trouble = error

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._database.close()

    # --- chats ---------------------------------------------------------------------------------------------

    def create_chat(self, *, title: str = "", model: str = "") -> Chat:
        """A chat without messages."""
        with self._database.write("the new chat") as connection:
            chat_id = self._insert_chat(connection, title, model)
            words.add_title(connection, chat_id)
            return self._chat(connection, chat_id)

    # --- messages ------------------------------------------------------------------------------------------

    def ask(
        self,
        chat_id: str | None,
        parent_id: str | None,
        text: str,
        draft: Message,
        *,
        edited: str | None = None,
    ) -> tuple[Message, Message]:
        """Question and draft of its answer in one transaction; a chat too, where `chat_id` is None.

        Of `draft` the ids, place, status and time are given here, as in `begin_draft`. `edited`: the question
        that this one says in other words.
        """
        with self._database.write("your question") as connection:
            chat_id = chat_id or self._insert_chat(connection, "", draft.model)
            question = self._insert_question(connection, chat_id, parent_id, text, edited)
            return question, self._insert_draft(connection, chat_id, question.id, draft)

    def begin_draft(self, draft: Message) -> Message:
        """An answer that is about to be written, as a child of `draft.parent_id`; returns it as saved.

        Id, status and time are given here; where it came from and the words that it may begin with are kept.
        """
        with self._database.write("the beginning of the answer") as connection:
            return self._insert_draft(connection, draft.chat_id, draft.parent_id, draft)

    def append_draft(self, message_id: str, piece: Piece) -> None:
        """A checkpoint: more of a draft. What was there is not written again."""
        with self._database.write("the last half second of the reply") as connection:
            query = """INSERT INTO drafts (message_id, seq, thinking, answer, tokens, closed, thinking_s)
                SELECT ?, coalesce(max(seq), 0) + 1, ?, ?, ?, ?, ? FROM drafts WHERE message_id = ?"""
            texts = (storable(piece.thinking), storable(piece.answer), pack(piece.tokens))
            row = (message_id, *texts, int(piece.closed), piece.thinking_s, message_id)
            connection.execute(query, row)

    def sign_draft(self, message_id: str, fingerprint: str) -> None:
        """Note which model's token ids a draft will hold, as soon as that is known.

        Ids of another model that it began with are dropped.
        """
        with self._database.write("the name of the model") as connection:
            query = """UPDATE messages SET tokens = iif(fingerprint = :new, tokens, x''), fingerprint = :new
                WHERE id = :id"""
            connection.execute(query, {"new": storable(fingerprint), "id": message_id})

    def finish_draft(self, message: Message) -> None:
        """The whole of a message in place of its draft, journal and all. The active branch stays as it is.

        With status `partial` it stays a draft that goes on. Where it is not known how much a fork has in
        common with the message it left, their token ids tell.
        """
        goes_on = message.status is Status.PARTIAL
        columns = columns_of(message, writers.this_process() if goes_on else "")
        with self._database.write("the reply") as connection:
            words.drop_messages(connection, (message.id,))
            must_touch(connection.execute(UPDATE_MESSAGE, columns), "The reply was not saved.")
            connection.execute("DELETE FROM drafts WHERE message_id = ?", (message.id,))
            if goes_on:
                return
            words.add_message(connection, message.id)
            recovery.count_common(connection, message)
            used = (self._clock(), columns["model"], columns["chat_id"])
            connection.execute("UPDATE chats SET updated_at = ?, model = ? WHERE id = ?", used)

    def add(self, conversation: Conversation) -> int:
        """Take in a chat that was made elsewhere, whole or not at all; returns how many messages were new.

        Where it is here already it gains what it lacks, and stays as it is otherwise.
        """
        with self._database.write("the imported chat") as connection:
            return adding.add(connection, conversation)

    # --- inside a transaction ------------------------------------------------------------------------------

    def _recover(self) -> None:
        """What a crash left: drafts become part of their message, which can be found; deletions are ended."""
        with self._database.read() as connection:
            left, forgetting = recovery.left_behind(connection)
        for message_id in left:
            with self._database.write("what a crash left") as connection:
                recovery.settle(connection, message_id)
        if forgetting:
            self.forget()

    def _insert_chat(self, connection: sqlite3.Connection, title: str, model: str) -> str:
        chat_id, now = secrets.token_hex(8), self._clock()
        query = "INSERT INTO chats (id, title, created_at, updated_at, model) VALUES (?, ?, ?, ?, ?)"
        connection.execute(query, (chat_id, storable(title), now, now, storable(model)))
        return chat_id

    def _insert_question(
        self,
        connection: sqlite3.Connection,
        chat_id: str,
        parent_id: str | None,
        text: str,
        edited: str | None,
    ) -> Message:
        question = Message(
            id=secrets.token_hex(8),
            chat_id=chat_id,
            parent_id=parent_id,
            role=Role.USER,
            text=storable(text),
            created_at=self._clock(),
            origin=None if edited is None else Origin.EDIT,
            forked_from=edited,
        )
        _insert(connection, question)
        words.add_message(connection, question.id)
        query = "UPDATE chats SET title = ? WHERE id = ? AND title = ''"
        if connection.execute(query, (title_of(question.text), chat_id)).rowcount:
            words.add_title(connection, chat_id)
        return question

    def _insert_draft(
        self, connection: sqlite3.Connection, chat_id: str, parent_id: str | None, draft: Message
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
        _insert(connection, message, writers.this_process())
        return message


def _insert(connection: sqlite3.Connection, message: Message, writer: str = "") -> None:
    """A new message, which becomes the end of the active branch."""
    columns = columns_of(message, writer)
    connection.execute(INSERT_MESSAGE, columns)
    query = "UPDATE chats SET active_leaf = :id, updated_at = :created_at WHERE id = :chat_id"
    connection.execute(query, columns)
