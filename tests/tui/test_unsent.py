"""What is typed and not sent outlives the program; an editor of one's own."""

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import TextArea

from r1chat.cli.chat_edits import remove_chats
from r1chat.core.conversation import Message, Role
from r1chat.errors import R1ChatError
from r1chat.paths import default_paths
from r1chat.tui.editor import command_of
from r1chat.tui.edits import edit_name
from r1chat.tui.unsent import NOTHING, Draft, Unsent, forget_edits
from tests.tui.stage import Gate, staged

GONE = 2**22 + 1
"""No process has that number: it is above the kernel's highest."""


def test_what_a_dead_run_left_is_taken_once_and_what_a_live_one_types_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "unsent"
    folder.mkdir()
    (folder / f"{GONE}.txt").write_text("left behind")
    (folder / f"{os.getppid()}.txt").write_text("being typed")
    (folder / f"{GONE}-thought-ab-cd.new").write_text("half writ")
    (folder / f"{os.getppid()}.new").write_text("being writ")
    (folder / "notes.txt").write_text("of somebody else")
    assert Unsent(folder).take() == Draft("left behind")
    assert not list(folder.glob(f"{GONE}*"))
    assert (folder / f"{os.getppid()}.new").exists()
    assert (folder / f"{os.getppid()}.txt").read_text() == "being typed"
    assert (folder / f"{os.getpid()}.txt").read_text() == "left behind"


def test_it_is_this_users_alone_and_gone_once_it_is_sent(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "unsent"
    unsent = Unsent(folder)
    unsent.keep(Draft("secret \ud800"))
    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    unsent.keep(Draft("  \n"))
    assert not list(folder.iterdir())


def test_a_disk_that_refuses_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "unsent").write_text("no folder")
    unsent = Unsent(tmp_path / "unsent")
    unsent.keep(Draft("text"))
    assert unsent.take() == NOTHING


async def test_what_was_typed_is_there_after_quitting_and_not_after_sending(tmp_path: Path) -> None:
    folder = tmp_path / "unsent"
    async with staged(unsent=Unsent(folder)) as stage:
        stage.chat.prompt.insert("half a thou")
        await stage.until(lambda: bool(list(folder.glob("*.txt"))))
    async with staged(unsent=Unsent(folder)) as stage:
        assert stage.chat.prompt.text == "half a thou"
        await stage.pilot.press("enter")
        await stage.idle()
    assert not list(folder.iterdir())


async def test_questions_and_words_that_wait_are_on_disk_until_they_are_saved(tmp_path: Path) -> None:
    def kept() -> str:
        return "".join(path.read_text() for path in tmp_path.glob("*.txt"))

    gate = Gate(3)
    async with staged(unsent=Unsent(tmp_path), gate=gate) as stage:
        await stage.type("one")
        await stage.thinking(gate)
        for question in ("two", "three"):
            await stage.type(question)
        await stage.until(lambda: stage.chat.turns.waiting)
        stage.chat.prompt.insert("four")
        await stage.until(lambda: kept() == "two\n\nthree\n\nfour")
        await stage.pilot.press("enter")
        stage.chat.prompt.insert("Wait, five.")
        await stage.pilot.press("f8")
        await stage.until(lambda: kept() == "Wait, five.\n\ntwo\n\nthree\n\nfour")
        gate.open()
        await stage.idle()
        await stage.until(lambda: not list(tmp_path.glob("*.txt")))
        assert [message.text for message in stage.session.conversation.path()[::2]][-1] == "four"


async def test_what_waits_in_a_private_chat_is_never_written(tmp_path: Path) -> None:
    gate = Gate(3)
    async with staged(unsent=Unsent(tmp_path), gate=gate) as stage:
        await stage.type("/private")
        await stage.type("one")
        await stage.thinking(gate)
        await stage.type("two")
        await stage.until(lambda: stage.chat.turns.waiting)
        assert stage.app.draft().is_blank


async def test_the_last_keys_before_the_end_are_kept(tmp_path: Path) -> None:
    async with staged(unsent=Unsent(tmp_path)) as stage:
        stage.chat.prompt.insert("half a thou")
        stage.app.exit()
        stage.chat.prompt.insert("ght")
    async with staged(unsent=Unsent(tmp_path)) as stage:
        assert stage.chat.prompt.text == "half a thought"


async def test_who_types_without_a_pause_is_kept_all_the_same(tmp_path: Path) -> None:
    async with staged(unsent=Unsent(tmp_path)) as stage:
        while not list(tmp_path.glob("*.txt")):
            stage.chat.prompt.insert("more ")
            await stage.pilot.pause()
        assert stage.chat.prompt.text.startswith("more more ")


async def test_what_was_sent_is_not_kept_as_unsent_for_a_moment_longer(tmp_path: Path) -> None:
    async with staged(unsent=Unsent(tmp_path)) as stage:
        while not list(tmp_path.glob("*.txt")):
            stage.chat.prompt.insert("more ")
            await stage.pilot.pause()
        stage.chat.prompt.insert("and more")
        await stage.pilot.pause()
        soon = stage.app._soon
        assert soon is not None
        await stage.pilot.press("enter")
        assert stage.app._soon is not soon
        await stage.until(lambda: not list(tmp_path.glob("*.txt")))


async def test_an_edited_thought_is_there_after_quitting_until_it_is_thought_on_from(tmp_path: Path) -> None:
    unsent, path = tmp_path / "unsent", tmp_path / "chats.db"
    async with staged(path=path, unsent=Unsent(unsent)) as stage:
        await stage.ask()
        await stage.pilot.press("f6", "e", "x", "y")
        await stage.until(lambda: any("thought-" in file.name for file in unsent.glob("*.txt")))
    async with staged(path=path, unsent=Unsent(unsent), reopen_last=True) as stage:
        await stage.until(lambda: bool(stage.chat.transcript.query("Reply")))
        assert stage.chat.prompt.text == ""
        await stage.pilot.press("f6", "e")
        area = stage.app.screen.query_one(TextArea)
        assert "xy" in area.text
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: len(stage.engine.requests) == 1)
        await stage.idle()
        await stage.until(lambda: not list(unsent.iterdir()))


async def test_an_edited_question_is_there_after_quitting_until_it_is_asked(tmp_path: Path) -> None:
    unsent, path = tmp_path / "unsent", tmp_path / "chats.db"
    async with staged(path=path, unsent=Unsent(unsent)) as stage:
        await stage.ask("one?")
        await stage.ask("two?")
        stage.chat.prompt.insert("half a thought")
        await stage.pilot.press("f7", *" and", "f7", *" or")
    async with staged(path=path, unsent=Unsent(unsent)) as stage:
        assert stage.chat.prompt.text == "half a thought"
        assert any("edited and not sent" in words for words in stage.told)
    async with staged(path=path, unsent=Unsent(unsent), reopen_last=True) as stage:
        await stage.until(lambda: len(stage.chat.transcript.query("Question")) == 2)
        assert stage.chat.prompt.text == "half a thought"
        assert any("F7 has it" in words for words in stage.told)
        await stage.pilot.press("f7")
        assert stage.chat.prompt.text == "two? and"
        await stage.pilot.press("f7")
        assert stage.chat.prompt.text == "one? or"
        await stage.pilot.press("enter")
        await stage.until(lambda: len(stage.engine.requests) == 1 and not stage.chat.turns.running)
        assert stage.chat.prompt.text == "half a thought"
        await stage.until(lambda: len(list(unsent.glob("*-thought-*"))) == 1)


async def test_an_edited_question_stays_with_its_chat_when_another_is_turned_to(tmp_path: Path) -> None:
    async with staged(path=tmp_path / "chats.db") as stage:
        await stage.ask("one?")
        first = stage.session.conversation
        assert first is not None
        stage.chat.prompt.insert("half a thought")
        await stage.pilot.press("f7", *" and", "ctrl+n")
        await stage.until(lambda: stage.chat.chat_id is None)
        assert stage.chat.prompt.text == "half a thought"
        assert not stage.chat.prompt.has_class("-editing")
        await stage.pilot.press("enter")
        await stage.idle()
        stage.chat.turn_to(first.chat)
        await stage.until(lambda: stage.chat.chat_id == first.chat.id and stage.chat.settled.is_set())
        assert any("F7 has it" in words for words in stage.told)
        await stage.pilot.press("f7")
        assert stage.chat.prompt.text == "one? and"


async def test_an_edited_question_of_a_private_chat_is_never_written(tmp_path: Path) -> None:
    unsent = tmp_path / "unsent"
    async with staged(path=tmp_path / "chats.db", unsent=Unsent(unsent)) as stage:
        await stage.type("/private")
        await stage.ask("one?")
        stage.chat.prompt.insert("half a thought")
        await stage.pilot.press("f7", *" and")
        assert stage.app.draft() == NOTHING
        await stage.pilot.press("escape")
        assert stage.app.draft() == NOTHING


async def test_an_edited_thought_goes_with_its_chat(isolated: Path) -> None:
    paths = default_paths()
    async with staged(path=paths.database, unsent=Unsent(paths.unsent)) as stage:
        for number in (1, 2):
            await stage.ask()
            await stage.pilot.press("f6", "e", "x")
            await stage.until(lambda: bool(list(paths.unsent.glob("*-thought-*"))))
            await stage.pilot.press("escape", "escape")
            if number == 1:
                other = f"{os.getppid()}-thought-{stage.chat.chat_id}-0123456789abcdef.txt"
                (paths.unsent / other).write_text("edited in another r1chat that runs")
                await stage.type("/delete")
                await stage.chat.bin.end_all()
                await stage.until(lambda: not list(paths.unsent.iterdir()))
        chat = stage.chat.chat_id
    assert chat is not None
    assert len(list(paths.unsent.iterdir())) == 1
    assert CliRunner().invoke(remove_chats, [chat, "--yes"]).exit_code == 0
    assert not list(paths.unsent.iterdir())


async def test_an_edited_thought_of_a_private_chat_is_never_written(tmp_path: Path) -> None:
    unsent = tmp_path / "unsent"
    async with staged(path=tmp_path / "chats.db", unsent=Unsent(unsent)) as stage:
        await stage.type("/private")
        await stage.ask()
        await stage.pilot.press("f6", "e", "x", "y", "escape", "escape")
        await stage.pilot.press("f6", "e")
        assert "xy" in stage.app.screen.query_one(TextArea).text
        await stage.pilot.press("escape", "escape", "ctrl+n", *"words")
        await stage.until(lambda: bool(unsent.exists() and list(unsent.iterdir())))
        assert not [file for file in unsent.iterdir() if "thought" in file.name]


def test_the_editor_is_the_one_that_is_set() -> None:
    assert command_of({"VISUAL": "code --wait", "EDITOR": "nano"}) == ["code", "--wait"]
    assert command_of({"VISUAL": "", "EDITOR": "nano"}) == ["nano"]
    assert command_of({}) == ["vi"]
    with pytest.raises(R1ChatError, match="cannot be read"):
        command_of({"EDITOR": "'vi"})


async def test_a_terminal_that_cannot_be_lent_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", sys.executable)
    async with staged() as stage:
        stage.chat.prompt.insert("my text \ud83d")
        await stage.pilot.press("ctrl+g")
        await stage.until(lambda: bool(stage.notes))
        assert "What you typed is still in the prompt." in stage.notes[0]
        assert stage.chat.prompt.text == "my text \ud83d"


@pytest.mark.parametrize("chat_id", ["*", "[0-9]*", "../../../elsewhere", "a/b", "-", "0123456789abcdef-"])
def test_an_edited_thought_of_an_imported_chat_is_kept_in_the_folder_and_goes_alone(
    chat_id: str, tmp_path: Path
) -> None:
    names = [
        edit_name(Message(id="r", chat_id=chat, parent_id=None, role=Role.ASSISTANT))
        for chat in (chat_id, "0123456789abcdef")
    ]
    Unsent(tmp_path / "unsent").keep(Draft("", edits=dict(zip(names, ("theirs", "own"), strict=True))))
    kept = list((tmp_path / "unsent").iterdir())
    assert sorted(path.read_text() for path in kept) == ["own", "theirs"]
    forget_edits(tmp_path / "unsent", chat_id)
    assert [path.read_text() for path in (tmp_path / "unsent").iterdir()] == ["own"]
    for path in (tmp_path / "unsent").iterdir():  # as an earlier run left it
        path.rename(path.with_name(path.name.replace(str(os.getpid()), str(GONE), 1)))
    assert dict(Unsent(tmp_path / "unsent").take().edits) == {names[1]: "own"}
