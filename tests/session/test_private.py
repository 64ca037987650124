import asyncio
from pathlib import Path

import pytest

from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.store import Store
from tests.session.turns import OPTIONS, Gate, Open, into, on_disk, reply

SECRET = Reply("a hiddenword in thought", "hiddenword")


def written(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.rglob("*") if file.is_file())


async def test_a_private_chat_in_the_middle_of_others_is_nowhere_on_disk(
    session_of: Open, path: Path
) -> None:
    engine = FakeEngine([Reply("", "one"), SECRET, SECRET, SECRET, Reply("", "three")])
    session = session_of(engine)
    await reply(session.send("first", OPTIONS))
    session.new(private=True)
    assert session.private
    answer = await reply(session.send("hiddenword?", OPTIONS))
    again = await reply(session.regenerate(answer.id, OPTIONS))
    await session.select(answer.id)
    assert session.conversation is not None
    await session.rename(session.conversation.chat.id, "hiddenword title")
    await session.label(session.conversation.chat.id, pinned=True, tags=["hiddenword"])
    await reply(session.send("hiddenword again?", OPTIONS))
    assert session.conversation.chat.title == "hiddenword title"
    assert (await session.prune(again.id)).path()[-1].text == "hiddenword"
    assert len(await session.chats()) == 1
    assert await session.questions() == ("first",)
    session.new()
    assert not session.private
    await reply(session.send("third", OPTIONS))
    assert [chat.title for chat in await session.chats()] == ["third", "first"]
    assert [bool(request.chat) for request in engine.requests] == [True, False, False, False, True]
    assert b"hiddenword" not in written(path)
    await session.aclose()
    assert b"hiddenword" not in written(path)
    assert [message.text for message in on_disk(path)] == ["third", "three"]


async def test_a_private_chat_ends_when_another_is_opened(session_of: Open) -> None:
    session = session_of(FakeEngine([Reply("", "one"), SECRET]))
    await reply(session.send("first", OPTIONS))
    (chat,) = await session.chats()
    session.new(private=True)
    await reply(session.send("hiddenword?", OPTIONS))
    assert session.conversation is not None
    private = session.conversation.chat.id
    assert (await session.open(chat.id)).path()[-1].text == "one"
    assert not session.private
    with pytest.raises(StoreError, match="no chat"):
        await session.open(private)


async def test_a_private_turn_that_runs_on_while_another_chat_is_open_stays_private(
    session_of: Open, path: Path
) -> None:
    gate = Gate(1)
    session = session_of(FakeEngine([SECRET, Reply("", "two")], pace=gate))
    session.new(private=True)
    turn = asyncio.create_task(into([], session.send("hiddenword?", OPTIONS)))
    await gate.reached.wait()
    session.new()
    other = asyncio.create_task(into([], session.send("second", OPTIONS)))
    gate.open(99)
    await asyncio.gather(turn, other)
    assert session.conversation is not None
    assert [message.text for message in session.conversation.path()] == ["second", "two"]
    assert b"hiddenword" not in written(path)


async def test_a_deleted_private_chat_leaves_a_new_one_that_is_kept(session_of: Open) -> None:
    session = session_of(FakeEngine([SECRET]))
    session.new(private=True)
    await reply(session.send("hiddenword?", OPTIONS))
    assert session.conversation is not None
    await session.delete(session.conversation.chat.id)
    assert session.conversation is None
    assert not session.private


async def test_in_a_private_program_every_chat_is_private(session_of: Open) -> None:
    session = session_of(FakeEngine([SECRET]), Store(":memory:"))
    assert session.private
    session.new(private=True)
    await reply(session.send("hiddenword?", OPTIONS))
    session.new()
    assert session.private
