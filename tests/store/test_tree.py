"""Random lives of a store against a plain model of it in memory."""

import shutil
import tempfile
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from r1chat.core.conversation import Message, Origin, Role, Status, newest_leaf
from r1chat.core.events import FinishReason
from r1chat.errors import StoreError
from r1chat.export.own import archive, conversation_of
from r1chat.store import Store
from r1chat.store.rows import Piece

Value = TypeVar("Value")
SHARED = Path("/dev") / "shm"
QUICK = SHARED if SHARED.is_dir() else None
"""A folder in memory, where there is one: lives have many commits, and this is no test of the disk."""
DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
TOKENS = st.lists(st.integers(0, 2**31 - 1), max_size=5).map(tuple)
PIECES = st.builds(Piece, st.text(max_size=9), st.text(max_size=9), TOKENS, st.booleans())


def grown(message: Message, piece: Piece) -> Message:
    return msgspec.structs.replace(
        message,
        thinking=message.thinking + piece.thinking,
        text=message.text + piece.answer,
        tokens=message.tokens + piece.tokens,
        thinking_closed=message.thinking_closed or piece.closed,
    )


def one_of(data: st.DataObject, values: Collection[Value]) -> Value:
    """One by its place, since ids are random and a life must be repeatable."""
    return list(values)[data.draw(st.integers(0, len(values) - 1))]


class Lives(RuleBasedStateMachine):
    """Questions, siblings, checkpoints, ends, labels, exports, crashes and deletions in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=QUICK)
        self.path = Path(self.folder.name) / "data" / "chats.db"
        self.store = Store(self.path)
        self.messages: dict[str, Message] = {}
        self.leaves: dict[str, str | None] = {}
        self.labels: dict[str, tuple[bool, bool, tuple[str, ...]]] = {}
        self.titles: dict[str, str] = {}

    def keep(self, *messages: Message) -> None:
        for message in messages:
            self.messages[message.id] = message
            self.leaves[message.chat_id] = message.id

    def pick(self, data: st.DataObject, role: Role, *statuses: Status) -> Message | None:
        found = [one for one in self.messages.values() if one.role is role and one.status in statuses]
        return one_of(data, found) if found else None

    @rule(text=st.text(max_size=20))
    def ask_in_a_new_chat(self, text: str) -> None:
        self.keep(*self.store.ask(None, None, text, DRAFT))

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), text=st.text(max_size=20))
    def ask_below_an_answer(self, data: st.DataObject, text: str) -> None:
        if above := self.pick(data, Role.ASSISTANT, *Status):
            self.keep(*self.store.ask(above.chat_id, above.id, text, DRAFT))

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), begun=PIECES)
    def answer_again(self, data: st.DataObject, begun: Piece) -> None:
        if question := self.pick(data, Role.USER, *Status):
            place = {"chat_id": question.chat_id, "parent_id": question.id}
            origin = {"origin": Origin.FORK, "forked_from": question.id, "forked_at": 1}
            draft = msgspec.structs.replace(DRAFT, **place, **origin)
            self.keep(self.store.begin_draft(grown(draft, begun)))

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), piece=PIECES)
    def checkpoint(self, data: st.DataObject, piece: Piece) -> None:
        if draft := self.pick(data, Role.ASSISTANT, Status.PARTIAL):
            self.store.append_draft(draft.id, piece)
            self.messages[draft.id] = grown(draft, piece)

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), piece=PIECES)
    def finish(self, data: st.DataObject, piece: Piece) -> None:
        if draft := self.pick(data, Role.ASSISTANT, Status.PARTIAL):
            done = {"status": Status.COMPLETE, "finish_reason": FinishReason.STOP}
            self.messages[draft.id] = msgspec.structs.replace(grown(draft, piece), **done)
            self.store.finish_draft(self.messages[draft.id])

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def look_at(self, data: st.DataObject) -> None:
        message = one_of(data, self.messages.values())
        self.store.set_active(message.chat_id, message.id)
        self.leaves[message.chat_id] = message.id

    @precondition(lambda self: self.leaves)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        chat_id = one_of(data, self.leaves)
        self.store.remove(chat_id)
        del self.leaves[chat_id]
        self.messages = {key: one for key, one in self.messages.items() if one.chat_id != chat_id}

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def prune(self, data: st.DataObject) -> None:
        message = one_of(data, self.messages.values())
        branch = {message.id}
        for one in self.messages.values():  # parents stand before their children
            if one.parent_id in branch:
                branch.add(one.id)
        if any(self.messages[one].status is Status.PARTIAL for one in branch):
            with pytest.raises(StoreError, match="being written"):
                self.store.prune(message.id)
            return
        chat = self.store.prune(message.id)
        self.messages = {key: one for key, one in self.messages.items() if key not in branch}
        left = [one for one in self.messages.values() if one.chat_id == message.chat_id]
        if self.leaves[message.chat_id] in branch:
            self.leaves[message.chat_id] = newest_leaf(left, root=message.parent_id)
        assert chat.active_leaf == self.leaves[message.chat_id]

    @precondition(lambda self: self.leaves)
    @rule(data=st.data(), pinned=st.booleans(), archived=st.booleans(), tag=st.sampled_from("abc"))
    def label(self, data: st.DataObject, pinned: bool, archived: bool, tag: str) -> None:
        chat_id = one_of(data, self.leaves)
        tags = self.labels.get(chat_id, (False, False, ()))[2]
        drop = tags[:1] if len(tags) > 1 else ()
        self.store.label(chat_id, pinned=pinned, archived=archived, add=[tag], drop=drop)
        kept = tuple(sorted({*tags, tag} - set(drop) | {tag}))
        self.labels[chat_id] = (pinned, archived, kept)

    @precondition(lambda self: self.leaves)
    @rule(data=st.data(), title=st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
    def rename(self, data: st.DataObject, title: str) -> None:
        chat_id = one_of(data, self.leaves)
        self.store.rename(chat_id, title)
        self.titles[chat_id] = title

    @precondition(lambda self: self.leaves)
    @rule(data=st.data())
    def leave_and_come_back(self, data: st.DataObject) -> None:
        chat_id = one_of(data, self.leaves)
        if any(one.chat_id == chat_id and one.status is Status.PARTIAL for one in self.messages.values()):
            return
        (text,) = ["".join(archive([self.store.conversation(chat_id)]))]
        assert self.store.add(conversation_of(text.splitlines()[1].encode())) == 0
        self.store.remove(chat_id)
        whole = conversation_of(text.splitlines()[1].encode())
        assert self.store.add(whole) == len(whole.messages)

    @rule()
    def close_and_reopen(self) -> None:
        self.store.close()
        self.store = Store(self.path)

    @rule()
    def crash_and_reopen(self) -> None:
        with tempfile.TemporaryDirectory(
            dir=QUICK
        ) as other:  # what a power cut leaves: files that nobody closed
            for name in ("chats.db", "chats.db-wal"):
                if (file := self.path.with_name(name)).exists():
                    shutil.copy(file, other)
            with closing(Store(Path(other) / "chats.db")) as store:
                self.check(store)

    @invariant()
    def the_store_is_as_the_model_has_it(self) -> None:
        self.check(self.store)

    def check(self, store: Store) -> None:
        chats = {chat.id: chat for shelf in (False, True) for chat in store.chats(archived=shelf)}
        assert {chat_id: store.conversation(chat_id).chat.active_leaf for chat_id in chats} == self.leaves
        for chat_id, label in self.labels.items():
            if chat_id in chats:
                chat = chats[chat_id]
                assert (chat.pinned, chat.archived, chat.tags) == label
        for chat_id, title in self.titles.items():
            assert chat_id not in chats or chats[chat_id].title == title
        stored = [one for chat_id in self.leaves for one in store.conversation(chat_id).messages]
        assert {one.id: one for one in stored} == self.messages

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=20, stateful_step_count=30)
