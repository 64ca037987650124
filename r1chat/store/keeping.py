"""How chats are kept: named, ordered, looked at, and deleted."""

import sqlite3
from collections.abc import Iterable

from r1chat.core.conversation import Chat, newest_leaf
from r1chat.errors import StoreError
from r1chat.store import deletion, words, writers
from r1chat.store.reading import LAST, Reading
from r1chat.store.rows import storable
from r1chat.store.trouble import Gone


class Keeping(Reading):
    """The part of a store that changes chats as a whole, and takes away."""

    def rename(self, chat_id: str, title: str, *, at_once: bool = True) -> None:
        """Give a chat another title; the old one is overwritten on disk, in backups too.

        Where not all has to be done `at_once`, `forget_more` is to be called until it is done.
        """
        chat_id = storable(chat_id)
        with self._database.write("the title") as connection:
            words.drop_title(connection, chat_id)
            row = (storable(title), chat_id)
            renamed = connection.execute("UPDATE chats SET title = ? WHERE id = ?", row)
            must_touch(renamed, "The title was not changed.")
            words.add_title(connection, chat_id)
            deletion.note(connection, deletion.CHORE)
        self._database.rename_in_backups(chat_id, storable(title))
        if at_once:
            self.forget()

    def label(
        self,
        chat_id: str,
        *,
        pinned: bool | None = None,
        archived: bool | None = None,
        tags: Iterable[str] | None = None,
        add: Iterable[str] = (),
        drop: Iterable[str] = (),
    ) -> None:
        """Pin, archive or tag a chat, or undo it; what is None stays. It does not count as a use of it.

        `tags` are all tags from now on; `add` and `drop` leave the others as they are.
        """
        with self._database.write("the mark") as connection:
            row = (pinned, archived, storable(chat_id))
            query = "UPDATE chats SET pinned = ifnull(?, pinned), archived = ifnull(?, archived) WHERE id = ?"
            must_touch(connection.execute(query, row), "Nothing was changed.")
            if tags is not None:
                connection.execute("DELETE FROM tags WHERE chat_id = ?", (chat_id,))
            delete = "DELETE FROM tags WHERE chat_id = ? AND tag = ?"
            connection.executemany(delete, [(chat_id, tag) for tag in _tidy(drop)])
            insert = "INSERT OR IGNORE INTO tags (chat_id, tag) VALUES (?, ?)"
            connection.executemany(insert, [(chat_id, tag) for tag in _tidy((*(tags or ()), *add))])

    def set_active(self, chat_id: str, leaf: str | None) -> None:
        """Make the branch that ends in `leaf` the one to look at. It does not count as a use of the chat."""
        with self._database.write("the place in the chat") as connection:
            query = "UPDATE chats SET active_leaf = ? WHERE id = ?"
            row = (None if leaf is None else storable(leaf), storable(chat_id))
            must_touch(connection.execute(query, row), "Nothing was changed.")

    def remove(self, chat_id: str, *, at_once: bool = True, messages: int | None = None) -> None:
        """Delete a chat with all that was said in it, in backups too. It is overwritten on disk, and gone.

        Where not all has to be done `at_once`, `forget_more` is to be called until it is done. `messages`:
        how many it had when that was decided; one that has more by now is kept. Raises StoreError.
        """
        chat_id = storable(chat_id)
        with self._database.write("its deletion") as connection:
            ids = deletion.messages_of(connection, chat_id)
            if messages is not None and len(ids) > messages:
                raise StoreError(
                    "That chat was gone on with elsewhere after it was deleted here: it is kept.",
                    "Delete it once more where it shall go.",
                )
            if not deletion.delete_chat(connection, chat_id):
                raise Gone("This chat is not there any more. It is gone already.", "See `r1chat chats list`.")
        self._database.forget_in_backups(ids, chat_id)
        if at_once:
            self.forget()

    def prune(self, message_id: str, *, at_once: bool = True) -> Chat:
        """Delete a message and all below it, as `remove` does; returns the chat, which then looks at the
        youngest branch that is left.

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
            deletion.delete_messages(connection, place["chat_id"], ids)
            chat = self._chat(connection, place["chat_id"])
            if chat.active_leaf is None or chat.active_leaf in ids:
                left = newest_leaf(self._messages(connection, chat.id), root=place["parent_id"])
                connection.execute("UPDATE chats SET active_leaf = ? WHERE id = ?", (left, chat.id))
            chat = self._chat(connection, chat.id)
        self._database.forget_in_backups(ids, None)
        if at_once:
            self.forget()
        return chat

    def states_to_forget(self) -> tuple[str, ...]:
        """Chats of which the engine's saved state has to go, since something of them was deleted."""
        with self._database.read() as connection:
            query = "SELECT name FROM chores WHERE name BETWEEN ? AND ?"
            rows = connection.execute(query, (deletion.STATES, deletion.STATES + LAST))
            return tuple(row["name"].removeprefix(deletion.STATES) for row in rows)

    def states_forgotten(self, chat_id: str) -> None:
        """The engine's saved state of a chat is gone."""
        with self._database.write("the deletion") as connection:
            connection.execute("DELETE FROM chores WHERE name = ?", (deletion.STATES + chat_id,))

    def forget(self) -> None:
        """Bring deletions to their end: the index and the write-ahead log forget them for good."""
        while self.forget_more():
            pass

    def forget_more(self) -> bool:
        """A step of `forget`, so short that others hardly wait for it; False when nothing is left to do."""
        with self._database.write("the deletion") as connection:
            if words.clean(connection):
                return True
        if self._database.forget():  # else the chore stays, for the next start
            with self._database.write("the deletion") as connection:
                connection.execute("DELETE FROM chores WHERE name = ?", (deletion.CHORE,))
        return False


def _tidy(tags: Iterable[str]) -> set[str]:
    """Tags as they are kept: with single blanks, and none that is empty."""
    return {" ".join(storable(tag).split()) for tag in tags} - {""}


def must_touch(cursor: sqlite3.Cursor, otherwise: str) -> None:
    """Raise Gone where a statement found nothing to change. `otherwise`: what was not done then."""
    if cursor.rowcount == 0:
        raise Gone(f"This chat is not there any more. {otherwise}", "It may have been deleted elsewhere.")
