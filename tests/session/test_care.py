"""What a session refuses, and what it brings to an end."""

import asyncio
import math
import threading
from contextlib import aclosing
from pathlib import Path

import pytest

from r1chat.core.conversation import Extras, Message, Mode, Role, Status, Thinking
from r1chat.core.events import ThinkingDelta
from r1chat.engine.base import ContextFull, LoadRequest
from r1chat.engine.fake import FINGERPRINT, FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.engine.state_folder import chat_folder
from r1chat.errors import StoreError, UsageError
from r1chat.session import Session, TurnOptions
from r1chat.store import Store
from tests.session.turns import OPTIONS, SIMPLE, Open, everything, on_disk, reply, until


@pytest.mark.parametrize(
    "options",
    [
        TurnOptions(temperature=math.nan),
        TurnOptions(temperature=math.inf),
        TurnOptions(temperature=-0.1),
        TurnOptions(temperature=5.1),
        TurnOptions(top_p=math.nan),
        TurnOptions(top_p=0.0),
        TurnOptions(top_p=1.1),
        TurnOptions(min_p=-0.1),
        TurnOptions(extras=Extras(dry=-1)),
        TurnOptions(extras=Extras(dry=math.inf)),
        TurnOptions(extras=Extras(dry=1, dry_length=0)),
        TurnOptions(extras=Extras(xtc=math.nan)),
        TurnOptions(extras=Extras(xtc=0.5, xtc_threshold=0.6)),
        TurnOptions(min_p=math.inf),
        TurnOptions(seed=-1),
        TurnOptions(seed=2**32 - 1),
        TurnOptions(max_tokens=0),
        TurnOptions(max_tokens=-3),
        TurnOptions(max_tokens=2**64),
        TurnOptions(thinking=Thinking(Mode.BUDGET, -1)),
        TurnOptions(thinking=Thinking(reserve=-1)),
        TurnOptions(thinking=Thinking(Mode.BUDGET, 2**64)),
    ],
)
async def test_options_that_cannot_be_are_refused_before_anything_is_written(
    session_of: Open, options: TurnOptions
) -> None:
    engine = FakeEngine()
    session = session_of(engine)
    with pytest.raises(UsageError):
        await everything(session.send("Why?", options))
    assert await session.chats() == ()
    assert engine.requests == []


@pytest.mark.parametrize(
    "options", [TurnOptions(temperature=0, top_p=1, seed=2**32 - 2), TurnOptions(temperature=5, seed=0)]
)
async def test_options_at_the_edge_are_taken(session_of: Open, options: TurnOptions) -> None:
    assert (await reply(session_of(FakeEngine([SIMPLE])).send("Why?", options))).text == "four"


async def test_a_question_too_long_for_the_context_does_not_spoil_the_chat(session_of: Open) -> None:
    engine = FakeEngine([SIMPLE, SIMPLE], n_ctx=256)
    session = session_of(engine)
    with pytest.raises(ContextFull):
        await everything(session.send("long " * 999, OPTIONS))
    assert (await reply(session.send("2+2?", OPTIONS))).status is Status.COMPLETE
    assert [turn.text for turn in engine.requests[-1].turns] == ["2+2?"]
    assert session.conversation is not None
    assert len(session.conversation.path()) == 4


class Slow(Store):
    """A store that commits a question only when it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked, self.go_on = threading.Event(), threading.Event()

    def ask(
        self, chat_id: str | None, parent_id: str | None, text: str, draft: Message
    ) -> tuple[Message, Message]:
        self.asked.set()
        self.go_on.wait(20)
        return super().ask(chat_id, parent_id, text, draft)


async def test_a_turn_cancelled_in_its_commit_is_ended_on_disk(session_of: Open, path: Path) -> None:
    store = Slow(path)
    session = session_of(FakeEngine([SIMPLE]), store)
    task = asyncio.create_task(everything(session.send("Why?", OPTIONS)))
    await asyncio.to_thread(store.asked.wait)
    task.cancel()
    store.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    question, answer = on_disk(path)
    assert (question.text, answer.status) == ("Why?", Status.CANCELLED)
    assert session.conversation is not None
    assert session.conversation.path() == (question, answer)
    assert (await reply(session.send("Again?", OPTIONS))).text == "four"


async def test_a_session_closed_in_a_commit_ends_the_turn_on_disk(session_of: Open, path: Path) -> None:
    store = Slow(path)
    engine = FakeEngine([SIMPLE])
    session = session_of(engine, store)
    task = asyncio.create_task(everything(session.send("Why?", OPTIONS)))
    await asyncio.to_thread(store.asked.wait)
    closing = asyncio.create_task(session.aclose())
    store.go_on.set()
    await closing
    await task
    assert [message.status for message in on_disk(path)] == [Status.COMPLETE, Status.CANCELLED]
    assert engine.requests == []


async def test_where_the_file_is_deleted_in_mid_turn_the_truth_is_said(session_of: Open, path: Path) -> None:
    session, unlink = session_of(FakeEngine([SIMPLE])), path.unlink
    with pytest.raises(StoreError, match="moved or deleted") as caught:
        async with aclosing(session.send("Why?", OPTIONS)) as events:
            await until(events, ThinkingDelta)
            unlink()
            async for _ in events:
                pass
    assert "on disk" not in str(caught.value)
    assert "only shown here" in caught.value.message


async def test_where_the_chat_is_deleted_in_mid_turn_the_truth_is_said(session_of: Open, path: Path) -> None:
    session = session_of(FakeEngine([SIMPLE]))
    with pytest.raises(StoreError, match="not there any more") as caught:
        async with aclosing(session.send("Why?", OPTIONS)) as events:
            await until(events, ThinkingDelta)
            other = Store(path)
            other.remove(other.chats()[0].id)
            other.close()
            async for _ in events:
                pass
    assert "on disk" not in str(caught.value)


@pytest.mark.parametrize("loaded", [False, True])
async def test_a_resumed_message_of_another_model_holds_ids_of_one_vocabulary(
    session_of: Open, path: Path, *, loaded: bool
) -> None:
    store = Store(path)
    begun = Message(
        id="",
        chat_id="",
        parent_id=None,
        role=Role.ASSISTANT,
        thinking="So",
        tokens=(9, 8),
        fingerprint="another",
    )
    _, old = store.ask(None, None, "Why?", begun)
    engine = FakeEngine([Reply("So two", "four")])
    session = session_of(engine, store)
    await session.open_last()
    if loaded:
        _ = [event async for event in session.load()]
    message = await reply(session.resume(old.id, OPTIONS))
    prefix = engine.requests[0].prefix
    assert prefix is not None
    assert (prefix.thinking, prefix.tokens) == ("So", ())
    assert message.fingerprint == FINGERPRINT
    assert message.tokens[:2] != (9, 8)
    assert message.thinking.startswith("So")
    assert on_disk(path)[-1] == message
    assert on_disk(path)[1].tokens == (9, 8)


async def test_a_deleted_chat_leaves_neither_messages_nor_saved_states(tmp_path: Path) -> None:
    states = tmp_path / "kv"
    request = LoadRequest(path="fake", state_folder=str(states))
    session = Session(Store(":memory:"), FakeEngine([SIMPLE, SIMPLE]), request, model="fake")
    async with aclosing(session):
        kept = await reply(session.send("Why?", OPTIONS))
        session.new()
        deleted = await reply(session.send("Who?", OPTIONS))
        for message in (kept, deleted):
            folder = chat_folder(states, message.chat_id)
            folder.mkdir(parents=True)
            (folder / "cells.kv").touch()
        await session.delete(deleted.chat_id)
        assert [chat.id for chat in await session.chats()] == [kept.chat_id]
        assert session.conversation is None
        assert [path.parent for path in states.glob("*/*.kv")] == [chat_folder(states, kept.chat_id)]


class SlowEnd(Store):
    """A store that writes the end of a turn only when it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ending, self.go_on = threading.Event(), threading.Event()

    def finish_draft(self, message: Message) -> None:
        self.ending.set()
        self.go_on.wait(20)
        super().finish_draft(message)


async def test_closing_waits_for_a_turn_that_is_being_saved(session_of: Open, path: Path) -> None:
    store = SlowEnd(path)
    session = session_of(FakeEngine([SIMPLE]), store)
    turn = asyncio.create_task(reply(session.send("Why?", OPTIONS)))
    assert await asyncio.to_thread(store.ending.wait, 20)
    closing = asyncio.create_task(session.aclose())
    await asyncio.wait([closing], timeout=0)
    store.go_on.set()
    await closing
    assert (await turn).status is Status.COMPLETE
