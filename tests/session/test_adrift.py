"""A disk that takes nothing from the beginning of a turn on."""

from contextlib import closing, suppress
from pathlib import Path

import pytest

from r1chat.core.conversation import Message
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.session import Session, TurnEnded
from r1chat.store import Store, Unwritable
from tests.session.turns import OPTIONS, SIMPLE, Open, everything, into, on_disk, reply

REPLIES = [Reply("", number) for number in ("one", "two", "three", "four", "five")]


class NoRoom(Store):
    """A store whose disk is full whenever `full` is set, for whatever is written."""

    full = False

    def __getattribute__(self, name: str) -> object:
        writes = {"ask", "begin_draft", "append_draft", "finish_draft", "add", "set_active", "sign_draft"}
        if name in writes | {"rename", "remove", "label", "prune"} and self.full:
            raise Unwritable("The disk is full, so nothing was saved.", "Free some.", "The disk is full.")
        return super().__getattribute__(name)


async def told(session: Session, question: str) -> Message:
    """The reply to a question that is told as not saved."""
    seen: list[object] = []
    with pytest.raises(StoreError, match=r"disk is full\. Question and reply are only shown here\. Copy"):
        await into(seen, session.send(question, OPTIONS))
    assert isinstance(seen[-1], TurnEnded)
    return seen[-1].message


async def test_a_question_on_a_full_disk_is_answered_and_told_as_not_saved(
    session_of: Open, path: Path
) -> None:
    store = NoRoom(path)
    session = session_of(FakeEngine(REPLIES), store)
    await reply(session.send("first", OPTIONS))
    store.full = True
    assert (await told(session, "second")).text == "two"
    assert session.conversation is not None
    assert [one.text for one in session.conversation.path()] == ["first", "one", "second", "two"]
    assert not session.private
    assert len(on_disk(path)) == 2


async def test_what_was_not_saved_is_saved_with_the_next_turn_once_the_disk_takes_it(
    session_of: Open, path: Path
) -> None:
    store = NoRoom(path)
    engine = FakeEngine(REPLIES)
    session = session_of(engine, store)
    await reply(session.send("first", OPTIONS))
    store.full = True
    await told(session, "second")
    await told(session, "third")
    store.full = False
    last = await reply(session.send("fourth", OPTIONS))
    assert session.conversation is not None
    path_of = [one.text for one in session.conversation.path()]
    assert path_of == ["first", "one", "second", "two", "third", "three", "fourth", "four"]
    assert on_disk(path) == session.conversation.messages
    assert session.conversation.chat.active_leaf == last.id
    assert not session.unlisted
    await reply(session.send("fifth", OPTIONS))
    assert len(on_disk(path)) == 10
    assert [bool(request.chat) for request in engine.requests] == [True, False, False, False, True]


async def test_a_new_chat_on_a_full_disk_is_listed_once_it_is_there(session_of: Open, path: Path) -> None:
    store = NoRoom(path)
    session = session_of(FakeEngine(REPLIES), store)
    store.full = True
    await told(session, "first")
    assert await session.chats() == ()
    store.full = False
    session.new()
    await reply(session.send("second", OPTIONS))
    with closing(Store(path)) as later:
        assert {chat.title for chat in later.chats()} == {"first", "second"}


async def test_an_unsaved_chat_is_as_it_was_after_a_look_at_another(session_of: Open, path: Path) -> None:
    store = NoRoom(path)
    session = session_of(FakeEngine(REPLIES), store)
    await reply(session.send("first", OPTIONS))
    assert session.conversation is not None
    chat_id = session.conversation.chat.id
    store.full = True
    await told(session, "second")
    session.new()
    assert (await session.open(chat_id)).path()[-1].text == "two"
    assert not session.private


async def test_branches_are_walked_and_answered_again_where_nothing_may_be_written(path: Path) -> None:
    writer = Session(Store(path), FakeEngine(REPLIES[:2]), LoadRequest(path="fake"), model="fake")
    first = await reply(writer.send("first", OPTIONS))
    await reply(writer.regenerate(first.id, OPTIONS))
    await writer.aclose()
    store = NoRoom(path)
    store.full = True
    session = Session(store, FakeEngine(REPLIES[2:]), LoadRequest(path="fake"), model="fake")
    shown = await session.open_last()
    assert shown is not None
    assert (await session.select(first.id)).path()[-1].text == "one"
    with pytest.raises(StoreError):
        await everything(session.regenerate(first.id, OPTIONS))
    assert session.conversation is not None
    assert session.conversation.path()[-1].text == "three"
    with pytest.raises(StoreError, match="disk is full"):
        await session.delete(shown.chat.id)
    with suppress(StoreError):
        await session.aclose()


async def test_quitting_brings_it_to_disk_where_that_is_possible_by_then(path: Path) -> None:
    store = NoRoom(path)
    session = Session(store, FakeEngine([SIMPLE]), LoadRequest(path="fake"), model="fake")
    store.full = True
    await told(session, "first")
    store.full = False
    await session.aclose()
    assert [one.text for one in on_disk(path)] == ["first", "four"]
