"""What can be asked of the chats on disk. Returns core types, never rows."""

import secrets
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from r1chat.core.conversation import (
    Chat,
    Conversation,
    Injection,
    Message,
    Origin,
    Role,
    Status,
    newest_leaf,
    title_of,
)
from r1chat.core.search import Hit, Query
from r1chat.errors import StoreError
from r1chat.store import deletion, recovery, words, writers
from r1chat.store.database import Database
from r1chat.store.lookup import look_up
from r1chat.store.rows import (
    INSERT_MESSAGE,
    SELECT_CHAT,
    SELECT_MESSAGE,
    UPDATE_MESSAGE,
    Piece,
    chat_of,
    columns_of,
    encoded,
    message_of,
    pack,
    storable,
)
from r1chat.store.trouble import Gone

_LISTED = "ORDER BY pinned DESC, updated_at DESC, row DESC LIMIT ? OFFSET ?"
_LAST = chr(0x10FFFF)
"""No text that begins like an id comes after the id with this behind it."""


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
        self._path = str(path)
        if not read_only:
            self._recover()

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._database.close()

    # --- chats ---------------------------------------------------------------------------------------------

    def create_chat(self, *, title: str = "", model: str = "") -> Chat:
        """A chat without messages."""
        with self._database.write("the new chat") as connection:
            chat_id = self._insert_chat(connection, title, model)
            return self._chat(connection, chat_id)

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

    def rename(self, chat_id: str, title: str) -> None:
        """Give a chat another title."""
        with self._database.write("the title") as connection:
            chat_id = storable(chat_id)
            words.drop_title(connection, chat_id)
            row = (storable(title), chat_id)
            renamed = connection.execute("UPDATE chats SET title = ? WHERE id = ?", row)
            _must_touch(renamed, "The title was not changed.")
            words.add_title(connection, chat_id)

    def label(
        self,
        chat_id: str,
        *,
        pinned: bool | None = None,
        archived: bool | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Pin, archive or tag a chat, or undo it; what is None stays. It does not count as a use of it."""
        with self._database.write("the mark") as connection:
            row = (pinned, archived, storable(chat_id))
            query = "UPDATE chats SET pinned = ifnull(?, pinned), archived = ifnull(?, archived) WHERE id = ?"
            _must_touch(connection.execute(query, row), "Nothing was changed.")
            if tags is not None:
                kept = {" ".join(storable(tag).split()) for tag in tags}
                connection.execute("DELETE FROM tags WHERE chat_id = ?", (chat_id,))
                insert = "INSERT INTO tags (chat_id, tag) VALUES (?, ?)"
                connection.executemany(insert, [(chat_id, tag) for tag in kept if tag])

    def set_active(self, chat_id: str, leaf: str | None) -> None:
        """Make the branch that ends in `leaf` the one to look at. It does not count as a use of the chat."""
        with self._database.write("the place in the chat") as connection:
            query = "UPDATE chats SET active_leaf = ? WHERE id = ?"
            row = (None if leaf is None else storable(leaf), storable(chat_id))
            _must_touch(connection.execute(query, row), "Nothing was changed.")

    def remove(self, chat_id: str) -> None:
        """Delete a chat with all that was said in it, in backups too. It is overwritten on disk, and gone."""
        chat_id = storable(chat_id)
        with self._database.write("its deletion") as connection:
            ids = deletion.messages_of(connection, chat_id)
            if not deletion.delete_chat(connection, chat_id):
                raise Gone("This chat is not there any more. It is gone already.", "See `r1chat chats list`.")
        self._database.forget_in_backups(ids, chat_id)
        self._forget()

    def prune(self, message_id: str) -> Chat:
        """Delete a message and all below it, as `remove` does. Looks at the youngest branch that is left.

        Raises StoreError where something in it is being written.
        """
        with self._database.write("its deletion") as connection:
            ids = deletion.branch_of(connection, storable(message_id))
            running = "SELECT writer FROM messages WHERE id = ? AND status = 'partial'"
            found = [row["writer"] for one in ids for row in connection.execute(running, (one,))]
            if any(map(writers.is_running, found)):
                raise StoreError("A reply in this branch is just being written.", "Stop it first.")
            query = "SELECT chat_id, parent_id FROM messages WHERE id = ?"
            place = connection.execute(query, (storable(message_id),)).fetchone()
            if place is None:
                raise Gone("This message is not there any more.", "It may have been deleted elsewhere.")
            deletion.delete_messages(connection, ids)
            chat = self._chat(connection, place["chat_id"])
            if chat.active_leaf is None or chat.active_leaf in ids:
                left = newest_leaf(self._messages(connection, chat.id), root=place["parent_id"])
                connection.execute("UPDATE chats SET active_leaf = ? WHERE id = ?", (left, chat.id))
            chat = self._chat(connection, chat.id)
        self._database.forget_in_backups(ids, None)
        self._forget()
        return chat

    def _forget(self) -> None:
        """Bring deletions to their end: the index and the write-ahead log forget them for good."""
        while self._forget_more():
            pass
        self._database.forget()

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

    def note_injection(self, message_id: str, injection: Injection) -> None:
        """Note words that a person put into a thought, while its draft is written."""
        with self._database.write("the words put into the thought") as connection:
            row = connection.execute(f"{SELECT_MESSAGE} WHERE id = ?", (message_id,)).fetchone()
            injected = (*message_of(row).injected, injection) if row else ()
            noted = connection.execute(
                "UPDATE messages SET injected = ? WHERE id = ?", (encoded(injected), message_id)
            )
            _must_touch(noted, "They were not noted.")

    def finish_draft(self, message: Message) -> None:
        """The whole of a message in place of its draft, journal and all. The active branch stays as it is.

        With status `partial` it stays a draft that goes on. Where it is not known how much a fork has in
        common with the message it left, their token ids tell.
        """
        goes_on = message.status is Status.PARTIAL
        columns = columns_of(message, writers.this_process() if goes_on else "")
        with self._database.write("the reply") as connection:
            words.drop_messages(connection, (message.id,))
            _must_touch(connection.execute(UPDATE_MESSAGE, columns), "The reply was not saved.")
            connection.execute("DELETE FROM drafts WHERE message_id = ?", (message.id,))
            if goes_on:
                return
            words.add_message(connection, message.id)
            recovery.count_common(connection, message)
            used = (self._clock(), columns["model"], columns["chat_id"])
            connection.execute("UPDATE chats SET updated_at = ?, model = ? WHERE id = ?", used)

    # --- inside a transaction ------------------------------------------------------------------------------

    def _chat(self, connection: sqlite3.Connection, beginning: str) -> Chat:
        """`beginning`: of the id."""
        query = f"{SELECT_CHAT} WHERE id BETWEEN ? AND ? ORDER BY id = ? DESC LIMIT 2"
        wanted = storable(beginning)
        rows = connection.execute(query, (wanted, wanted + _LAST, wanted)).fetchall() if wanted else []
        if not rows:
            raise StoreError(
                f"There is no chat {beginning!r}.", "See `r1chat chats list` for those there are."
            )
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

    def _forget_more(self) -> bool:
        """One step; a transaction of its own, so that nobody else waits for long."""
        with self._database.write("the deletion") as connection:
            if words.clean(connection):
                return True
            connection.execute("DELETE FROM chores WHERE name = ?", (deletion.CHORE,))
            return False

    def _recover(self) -> None:
        """What a crash left: drafts become part of their message, which can be found; deletions are ended."""
        with self._database.read() as connection:
            left, forgetting = recovery.left_behind(connection)
        for message_id in left:
            with self._database.write("what a crash left") as connection:
                recovery.settle(connection, message_id)
        if forgetting:
            self._forget()

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


def _must_touch(cursor: sqlite3.Cursor, otherwise: str) -> None:
    if cursor.rowcount == 0:
        raise Gone(f"This chat is not there any more. {otherwise}", "It may have been deleted elsewhere.")
