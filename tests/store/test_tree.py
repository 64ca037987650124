"""Random lives of a store against a plain model of it in memory."""

import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from r1chat.core.conversation import Message, Origin, Role, Status
from r1chat.core.events import FinishReason
from r1chat.store import Store
from r1chat.store.rows import Piece

Value = TypeVar("Value")
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
    """Questions, siblings, checkpoints, ends, crashes and deletions in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "data" / "chats.db"
        self.store = Store(self.path)
        self.messages: dict[str, Message] = {}
        self.leaves: dict[str, str] = {}

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

    @rule()
    def crash_and_reopen(self) -> None:
        self.store.close()
        self.store = Store(self.path)

    @invariant()
    def the_store_is_as_the_model_has_it(self) -> None:
        assert {chat.id: chat.active_leaf for chat in self.store.chats()} == self.leaves
        stored = [one for chat_id in self.leaves for one in self.store.conversation(chat_id).messages]
        assert {one.id: one for one in stored} == self.messages

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=20, stateful_step_count=30)
