"""What is done to chats that are kept: by keys in the list, and by commands on the open one."""

import os
from pathlib import Path

import pytest

from r1chat.core.conversation import Conversation
from r1chat.store import Store
from r1chat.tui import bin as bins
from r1chat.tui.widgets.question import Question
from tests.tui.stage import ANSWER, Gate, Stage, staged


async def _with_chats(stage: Stage, *questions: str) -> None:
    """Ask each in a chat of its own; the last one is open."""
    for question in questions:
        await stage.pilot.press("ctrl+n")
        await stage.ask(question)


async def _listed(stage: Stage, *titles: str) -> None:
    """Wait until the list shows just these, from the top."""
    await stage.until(lambda: titles_of(stage) == list(titles))


def titles_of(stage: Stage) -> list[str]:
    return [
        chat.title for entry in stage.chat.sidebar.list.entries if (chat := getattr(entry, "chat", entry))
    ]


def _open(stage: Stage) -> Conversation:
    conversation = stage.session.conversation
    assert conversation is not None
    return conversation


def _asked(stage: Stage) -> list[str]:
    return [question.text for question in stage.chat.transcript.query(Question)]


async def test_a_title_is_typed_in_the_list_and_escape_leaves_it_as_it_was() -> None:
    async with staged() as stage:
        await _with_chats(stage, "one", "two")
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "two", "one")
        await stage.pilot.press("down", "r", "X", "escape")
        assert stage.app.focused is stage.chat.sidebar.list
        await stage.pilot.press("r", *"st", "enter")
        await _listed(stage, "two", "onest")
        assert stage.chat.sidebar.list.highlighted == 1


async def test_the_open_chat_is_renamed_by_a_command() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.type("/rename  Sums of \x1b[31m two")
        await stage.until(lambda: _open(stage).chat.title == "Sums of ␛[31m two")
        await stage.type("/rename")
        await stage.until(lambda: stage.chat.sidebar.line.has_focus)
        await stage.pilot.press("end", "!", "enter")
        await stage.until(lambda: _open(stage).chat.title.endswith("two!"))


async def test_a_pinned_chat_stands_first_with_a_sign() -> None:
    async with staged() as stage:
        await _with_chats(stage, "one", "two")
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "two", "one")
        await stage.pilot.press("down", "p")
        await _listed(stage, "one", "two")
        assert str(stage.chat.sidebar.list.row(0, 30)[0]) == "★ one"
        assert stage.chat.sidebar.list.highlighted == 0
        await stage.pilot.press("p")
        await _listed(stage, "two", "one")


async def test_an_archived_chat_is_listed_apart() -> None:
    async with staged() as stage:
        await _with_chats(stage, "one", "two")
        await stage.type("/archive")
        await stage.until(lambda: _open(stage).chat.archived)
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "one")
        await stage.pilot.press("h")
        await _listed(stage, "two")
        await stage.pilot.press("a")
        await _listed(stage)
        await stage.pilot.press("h")
        await _listed(stage, "two", "one")


async def test_tags_are_typed_and_shown() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.type("/tag school")
        await stage.until(lambda: _open(stage).chat.tags == ("school",))
        await stage.type("/tag maths, #homework of May")
        await stage.until(lambda: _open(stage).chat.tags == ("homework of May", "maths", "school"))
        await stage.type("/tag maths")
        await stage.until(lambda: _open(stage).chat.tags == ("homework of May", "school"))
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "one")
        await stage.pilot.press("t", "end", *"[b]", "enter")
        await stage.until(lambda: "#school[b]" in str(stage.chat.sidebar.list.row(0, 60)[1]))


async def test_a_copy_is_a_chat_of_its_own_with_every_branch() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await stage.pilot.press("ctrl+r")
        await stage.idle()
        before = _open(stage)
        await stage.type("/duplicate")
        await stage.until(lambda: _open(stage).chat.id != before.chat.id)
        after = _open(stage)
        assert after.chat.title == "one (copy)"
        assert [message.text for message in after.path()] == [message.text for message in before.path()]
        assert len(after.messages) == len(before.messages) == 3
        assert not {message.id for message in after.messages} & {message.id for message in before.messages}
        await stage.until(lambda: _asked(stage) == ["one"])
        await stage.ask("more")
        assert len((await stage.session.peek(before.chat.id)).messages) == 3


async def test_a_copy_made_while_a_reply_runs_is_not_opened_and_says_so_once() -> None:
    gate = Gate(3)
    async with staged(gate=gate) as stage:
        await stage.type("one")
        await stage.thinking(gate)
        await stage.type("/duplicate")
        await stage.until(lambda: bool(stage.told))
        assert len(stage.told) == 1
        assert stage.told[0].startswith("Copied: “one (copy)”. A reply is running here")
        gate.open()
        await stage.idle()


async def test_an_export_touches_no_file_that_is_there_and_is_this_users_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with staged() as stage:
        await stage.ask("../../What is 2+2?")
        await stage.type("/export")
        written = tmp_path / "What-is-2-2.md"
        await stage.until(lambda: written.exists() and ANSWER[:20] in written.read_text())
        assert os.stat(written).st_mode & 0o777 == 0o600
        written.write_text("mine now")
        await stage.type("/export")
        await stage.until(lambda: _begins(tmp_path / "What-is-2-2-2.md", "# "))
        await stage.type("/export 'What-is-2-2.md'")
        await stage.until(lambda: any("there already" in note.message for note in stage.app._notifications))
        assert written.read_text() == "mine now"
        assert stage.chat.prompt.text == "/export 'What-is-2-2.md'"
        stage.chat.prompt.clear()
        for name, beginning in (("page.html", "<!DOCTYPE"), ("all.json", '{"r1chat"')):
            await stage.type(f"/export {name}")
            await stage.until(lambda path=tmp_path / name, begun=beginning: _begins(path, begun))


def _begins(path: Path, text: str) -> bool:
    return path.exists() and path.read_text().startswith(text)


async def test_a_deleted_chat_comes_back_as_it_was() -> None:
    async with staged() as stage:
        await _with_chats(stage, "one", "two")
        kept = _open(stage)
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "two", "one")
        await stage.pilot.press("d")
        await _listed(stage, "one")
        assert stage.session.conversation is None
        assert _asked(stage) == []
        await stage.pilot.press("d")
        await _listed(stage)
        await stage.pilot.press("u", "u")
        await _listed(stage, "two", "one")
        await stage.until(lambda: _asked(stage) == ["one"])
        assert await stage.session.peek(kept.chat.id) == kept


async def test_a_deleted_chat_is_gone_for_good_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("r1chat.tui.screens.chats.UNDO_S", 0.01)
    assert bins.UNDO_S == 10.0
    path = tmp_path / "data" / "chats.db"
    async with staged(path=path) as stage:
        await _with_chats(stage, "one xylophone", "two")
        await stage.pilot.press("ctrl+o")
        await _listed(stage, "two", "one xylophone")
        await stage.pilot.press("down", "d")
        await _listed(stage, "two")
        await stage.until(lambda: not stage.chat.bin.hidden)
        assert titles_of(stage) == ["two"]
        assert [chat.title for chat in await stage.session.chats()] == ["two"]
        assert b"xylophone" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
        await stage.pilot.press("escape")
        await stage.type("/undo")
        await stage.until(lambda: any("no deleted chat" in note.message for note in stage.app._notifications))


async def test_quitting_ends_a_deletion_and_a_program_that_dies_has_kept_the_chat(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await _with_chats(stage, "one", "two")
        await stage.type("/delete")
        await stage.until(lambda: bool(stage.chat.bin.hidden))
        other = Store(path, read_only=True)
        assert [chat.title for chat in other.chats()] == ["two", "one"]  # as it is on disk, should it die now
        await stage.pilot.press("ctrl+q")
        await stage.until(lambda: stage.app.return_code is not None)
        assert [chat.title for chat in other.chats()] == ["one"]
        other.close()


async def test_a_chat_whose_reply_runs_is_not_deleted() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("/delete")
        await stage.until(lambda: any("A reply is running" in n.message for n in stage.app._notifications))
        assert not stage.chat.bin.hidden
        gate.open()
        await stage.idle()


async def test_what_is_not_kept_yet_cannot_be_named_or_deleted() -> None:
    async with staged() as stage:
        for command in ("/rename X", "/pin", "/delete", "/export"):
            stage.app.clear_notifications()
            await stage.type(command)
            await stage.until(lambda: any("Nothing was asked" in n.message for n in stage.app._notifications))
