"""Which chats there are, and the one that is open."""

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from r1chat.core.conversation import Chat, Conversation, Message, newest_leaf
from r1chat.core.copies import copied
from r1chat.core.glance import Glance
from r1chat.core.search import Hit, Query
from r1chat.errors import R1ChatError, StoreError
from r1chat.session.adrift import Adrift, refused
from r1chat.session.states import forget_states
from r1chat.store import MEMORY, NoChat, Store, Unwritable

_Value = TypeVar("_Value")


class Shelf:
    """The part of a session that knows chats and no engine. Store calls run in one thread of their own.

    `states`: the folder in which the engine saves what it holds of a chat.
    """

    def __init__(self, store: Store, states: Path | None) -> None:
        self.conversation: Conversation | None = None
        """The open chat; None is a new chat of which nothing is written yet."""
        self.gone = False
        """The open chat is not on disk any more: another program deleted it. It can still be read here."""
        self._store, self._states = store, states
        self._current = store
        self._private: list[Store] = []
        self._adrift = Adrift()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._version: int | None = None

    @property
    def trouble(self) -> R1ChatError | None:
        """Why the chats could only be read when the program began, and what that means."""
        if (trouble := self._store.trouble) is None:
            return None
        return R1ChatError(f"{trouble.cause} Until that changes, replies are only shown.", trouble.hint)

    @property
    def private(self) -> bool:
        """The open chat is never written: it ends when another is turned to, or with the program."""
        return self._current.in_memory and not self._is_adrift

    @property
    def unlisted(self) -> bool:
        """The open chat is not among those that are kept, or not as it is there."""
        return self._current is not self._store

    async def chats(self, limit: int = 200, *, archived: bool = False) -> tuple[Chat, ...]:
        """Heads of the chats, pinned ones first, then the last used; archived ones are another list.

        Raises StoreError.
        """
        return await self._call(partial(self._store.chats, limit, archived=archived))

    async def glance(self, chat_id: str) -> Glance:
        """How a chat begins and ends, without opening it. Raises StoreError."""
        return await self._call(partial(self._of(chat_id).glance, chat_id))

    async def peek(self, chat_id: str) -> Conversation:
        """A whole chat, without opening it. Raises StoreError."""
        return self._complete(await self._call(partial(self._of(chat_id).conversation, chat_id)))

    async def search(self, query: Query, limit: int = 20) -> tuple[Hit, ...]:
        """Chats that match, best first. Raises StoreError."""
        return await self._call(partial(self._store.search, query, limit))

    async def questions(self) -> tuple[str, ...]:
        """What was asked last in any chat, the newest first. Raises StoreError."""
        return await self._call(self._store.questions)

    async def open(self, chat_id: str) -> Conversation:
        """Open a chat by its id or the unique beginning of one. Raises StoreError."""
        store = await self._call(partial(self._adrift.with_chat, chat_id)) or self._store
        opened = self._complete(await self._call(partial(store.conversation, chat_id)))
        self.conversation, self._current, self.gone = opened, store, False
        return opened

    async def open_last(self) -> Conversation | None:
        """Open the chat used last; None where there is none. Raises StoreError."""
        chat = await self._call(self._store.last_chat)
        return None if chat is None else await self.open(chat.id)

    def new(self, *, private: bool = False) -> None:
        """Turn to a new chat. Nothing is written before its first question, and of a private one nothing."""
        self.conversation, self._current, self.gone = None, self._store, False
        if private and not self._store.in_memory:
            self._current = Store(MEMORY)
            self._private.append(self._current)

    async def select(self, message_id: str) -> Conversation:
        """Look at the branch through that message, down to its youngest leaf. Raises StoreError."""
        conversation, message = self._find(message_id)
        leaf = newest_leaf(conversation.messages, root=message.id)
        try:
            await self._call(partial(self._current.set_active, message.chat_id, leaf))
        except Unwritable:  # it can be looked at, and that is forgotten
            chat = replace(conversation.chat, active_leaf=leaf)
            self.conversation = Conversation(chat, conversation.messages)
            return self.conversation
        return await self._open_again(message.chat_id)

    async def sibling(self, message_id: str, step: int) -> Conversation | None:
        """Look at the alternative that many places after that message; None where there is no other."""
        conversation, message = self._find(message_id)
        siblings = conversation.siblings(message)
        if len(siblings) < 2:
            return None
        place = [other.id for other in siblings].index(message_id) + step
        return await self.select(siblings[place % len(siblings)].id)

    async def prune(self, message_id: str) -> Conversation:
        """Delete a message of the open chat and all below it, for good. Raises StoreError."""
        _, message = self._find(message_id)
        store = self._keeper(message.chat_id)
        await self._call(partial(store.prune, message.id, at_once=False))
        await self._forget(store)
        return await self._open_again(message.chat_id)

    async def delete(self, chat_id: str, messages: int | None = None) -> None:
        """Delete a chat for good, and what the engine saved of it; `messages` as for `Store.remove`.

        Raises StoreError.
        """
        store = self._keeper(chat_id)
        await self._call(partial(store.remove, chat_id, at_once=False, messages=messages))
        if self._open_chat(chat_id) is not None:
            self.new()
        await self._forget(store)

    async def rename(self, chat_id: str, title: str) -> None:
        """Give a chat another title. Raises StoreError."""
        store = self._keeper(chat_id)
        await self._call(partial(store.rename, chat_id, title, at_once=False))
        await self._look_again(chat_id)
        await self._forget(store)

    async def duplicate(self, chat_id: str) -> Chat:
        """Keep a chat once more, with all its branches; returns the copy. Raises StoreError."""
        copy = copied(await self.peek(chat_id), partial(secrets.token_hex, 8))
        await self._call(partial(self._of(chat_id).add, copy))
        return copy.chat

    async def label(
        self,
        chat_id: str,
        *,
        pinned: bool | None = None,
        archived: bool | None = None,
        tags: Iterable[str] | None = None,
    ) -> None:
        """Pin, archive or tag a chat, or undo it; what is None stays. Raises StoreError."""
        label = partial(self._keeper(chat_id).label, chat_id, pinned=pinned, archived=archived, tags=tags)
        await self._call(label)
        await self._look_again(chat_id)

    async def changed(self) -> bool:
        """Whether another program may have written since this was last asked, or ever. Raises StoreError."""
        version = await self._call(self._store.version)
        before, self._version = self._version, version
        return version != before

    async def reload(self) -> Conversation | None:
        """The open chat as it is on disk now; as it was where it is gone. Never while a turn begins."""
        if self.conversation is not None:
            await self._look_again(self.conversation.chat.id)
        return self.conversation

    # --- for the turns -------------------------------------------------------------------------------------

    async def _look_again(self, chat_id: str) -> None:
        """Bring the open conversation up to date with the disk, where it is that chat and was not deleted."""
        if self._open_chat(chat_id) is not None:
            try:
                shown = self._complete(await self._call(partial(self._current.conversation, chat_id)))
            except NoChat:
                self.gone = self._open_chat(chat_id) is not None
                return
            except StoreError:
                return
            if self._open_chat(chat_id) is not None:
                self.conversation, self.gone = shown, False

    async def _open_again(self, chat_id: str) -> Conversation:
        """The open chat as it is now, from where it is kept."""
        store = self._of(chat_id)
        opened = self._complete(await self._call(partial(store.conversation, chat_id)))
        self.conversation, self._current = opened, store
        return opened

    def _complete(self, conversation: Conversation) -> Conversation:
        """A chat as it was read from the disk, with what only the session has of it."""
        return conversation

    def _of(self, chat_id: str) -> Store:
        """Where a chat is kept: a private one is only known while it is open."""
        return self._store if self._open_chat(chat_id) is None else self._current

    def _keeper(self, chat_id: str) -> Store:
        """Where a chat is to be changed as a whole: a private one in memory, every other one on disk."""
        return self._store if self._is_adrift else self._of(chat_id)

    @property
    def _is_adrift(self) -> bool:
        """The disk would not take the last turns of the open chat, which are brought there when it does."""
        return self._current in self._adrift

    async def _carry(self) -> None:
        """Go on with the open chat in memory, since the disk takes nothing."""
        self._current = await self._call(partial(self._adrift.carry, self.conversation))
        self._private.append(self._current)

    async def _land(self, busy: Collection[Store]) -> StoreError | None:
        """Bring to disk what it would not take before; why it will not, where that is so."""
        current, adrift = self._current, self._is_adrift
        try:
            await self._call(partial(self._adrift.land, self._store, busy))
        except StoreError as error:
            return refused(error)
        if adrift and self._current is current and not self._is_adrift:
            self._current = self._store
        return None

    async def _forget(self, store: Store) -> None:
        """Bring deletions to their end: saved states go, the index forgets; turns go on in between."""
        if self._states is not None:
            await self._call(partial(forget_states, store, self._states))
        while await self._call(store.forget_more):
            pass

    def _open_chat(self, chat_id: str) -> Conversation | None:
        """The open conversation where it is that of this chat."""
        conversation = self.conversation
        return conversation if conversation is not None and conversation.chat.id == chat_id else None

    def _find(self, message_id: str) -> tuple[Conversation, Message]:
        conversation = self.conversation
        messages = conversation.messages if conversation else ()
        found = next((message for message in messages if message.id == message_id), None)
        if conversation is None or found is None:
            raise R1ChatError("That message is not in the open chat.", "Open its chat first.")
        return conversation, found

    async def _close_stores(self) -> None:
        """Close them after what was asked of them so far; whoever asks from now on gets a StoreError."""
        closing = [self._thread.submit(store.close) for store in (self._store, *self._private)]
        self._thread.shutdown(wait=False)
        await asyncio.gather(*map(asyncio.wrap_future, closing))

    async def _call(self, function: Callable[[], _Value]) -> _Value:
        """Run a call of the store in its thread. Raises StoreError where the session has ended."""
        try:
            call = asyncio.get_running_loop().run_in_executor(self._thread, function)
        except RuntimeError as error:
            raise StoreError("The chats are closed.", "Start r1chat again.") from error
        return await call
