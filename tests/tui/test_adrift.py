"""A disk that takes nothing: what is said, and that the reply is to be seen."""

from pathlib import Path

import pytest

from r1chat.errors import StoreError
from r1chat.store import Store, Unwritable
from tests.tui.stage import staged

FULL = Unwritable("The disk is full, so nothing was saved.", "Free some.", "The disk is full.")
TOLD = "The disk is full. Question and reply are only shown here. Copy them before you quit. Free some."


def refuse(*_: object) -> None:
    raise FULL


async def test_a_reply_that_cannot_be_saved_stays_on_the_screen_above_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged() as stage:
        monkeypatch.setattr(Store, "finish_draft", refuse)
        monkeypatch.setattr(Store, "append_draft", refuse)
        await stage.ask()
        await stage.until(lambda: bool(stage.notes))
        assert stage.reply.answer.display
        assert stage.reply.answer.text.startswith("The sum is")
        assert stage.reply.pane.display
        assert "only shown here" in stage.notes[-1]
        monkeypatch.undo()
        await stage.until(lambda: not stage.notes)


async def test_a_question_that_cannot_be_saved_is_answered_and_neither_private_nor_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged() as stage:
        kept = stage.session._store
        monkeypatch.setattr(kept, "ask", refuse)
        monkeypatch.setattr(kept, "add", refuse)
        await stage.ask()
        await stage.until(lambda: bool(stage.notes))
        assert stage.notes == [TOLD]
        assert stage.reply.answer.display
        assert "private" not in stage.status
        await stage.type("/pin")
        assert len(await stage.session.chats()) == 0
        monkeypatch.undo()
        await stage.ask("And then?")
        await stage.until(lambda: not stage.session.unlisted)
        (chat,) = await stage.session.chats()
        assert chat.messages == 4
        await stage.until(lambda: not stage.notes)


async def test_a_store_that_can_only_be_read_is_told_of_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "chats.db"
    monkeypatch.setattr(Store, "trouble", FULL, raising=False)
    monkeypatch.setattr(Store, "__setattr__", _but_trouble)
    async with staged(path=path) as stage:
        await stage.until(lambda: bool(stage.notes))
        assert stage.notes == ["The disk is full. Until that changes, replies are only shown. Free some."]
    assert issubclass(Unwritable, StoreError)


def _but_trouble(store: Store, name: str, value: object) -> None:
    if name != "trouble":
        object.__setattr__(store, name, value)
