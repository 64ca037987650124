"""Pastes that are too much to type on with go with the question as a file does."""

import os
from pathlib import Path

import pytest
from textual import events

from r1chat.core.attached import split
from r1chat.tui.pasting import Pastes
from r1chat.tui.unsent import Draft, Unsent
from tests.tui.stage import Stage, staged
from tests.tui.test_attaching import asked, told

LINES = "a line of a log\n" * 8_000
LINE = "word " * 200_000


async def paste(stage: Stage, text: str) -> None:
    stage.app.post_message(events.Paste(text))
    await stage.until(lambda: bool(told(stage)) and "being read" not in told(stage))


@pytest.mark.parametrize("text", [LINES, LINE, "x" * 20_001], ids=["lines", "one line", "just too long"])
def test_what_is_too_much_to_type_on_with_is_named(text: str) -> None:
    pastes = Pastes()
    mention = pastes.fold(text)
    assert len(mention) < 20
    assert list(pastes.named_in(f"Sum up {mention}").values()) == [text]
    assert pastes.fold(text) == mention


def test_a_paste_of_usual_size_is_typed() -> None:
    pastes = Pastes()
    assert pastes.fold("x" * 20_000) == "x" * 20_000
    assert pastes.fold("a line\n" * 10_000) == "a line\n" * 10_000
    assert pastes.fold("some words", beside=100_000) == "some words"


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_a_terminal_may_end_lines_as_its_enter_key_does(end: str) -> None:
    pastes = Pastes()
    few = "a line\n".replace("\n", end) * 10_000
    assert pastes.fold(few) == few
    mention = pastes.fold(LINES.replace("\n", end))
    assert list(pastes.named_in(mention).values()) == [LINES]


def test_pastes_that_add_up_are_too_much_too() -> None:
    assert Pastes().fold("x" * 10_000, in_line=10_001).startswith("@pasted-")
    assert Pastes().fold("a line\n" * 10_000, beside=30_001).startswith("@pasted-")


async def test_a_line_of_a_megabyte_leaves_the_prompt_small_and_sends_nothing() -> None:
    async with staged() as stage:
        await paste(stage, LINE)
        assert len(stage.chat.prompt.text) < 20
        assert "pasted text, 1.0 MB · 1 line · ≈ 285,714 tok: more than the context of" in told(stage)
        assert not stage.chat.turns.running
        await stage.pilot.press("ctrl+z")
        assert stage.chat.prompt.text == ""
        await stage.until(lambda: not told(stage))


async def test_backspace_takes_a_paste_off_at_once() -> None:
    async with staged() as stage:
        await stage.pilot.press("a")
        await paste(stage, LINES)
        await stage.pilot.press("b", "backspace", "backspace")
        assert stage.chat.prompt.text == "a "


async def test_it_goes_with_the_question_and_comes_back_with_it() -> None:
    text = "a line of a log\n" * 400
    async with staged() as stage:
        await stage.pilot.press(*"Sum up")
        stage.chat.prompt.insert(" " + stage.chat.prompt.pastes.fold(text, beside=100_000))
        await stage.until(lambda: "pasted text, 6 kB · 400 lines" in told(stage))
        await stage.pilot.press("enter")
        await stage.idle()
        (file,), words = split(asked(stage))
        assert (file.text, words) == (text.strip(), f"Sum up @{file.name} ")
        await stage.pilot.press("up", "enter")
        await stage.idle()
        assert split(asked(stage)) == ((file,), words)


async def test_it_is_kept_with_what_is_typed_and_gone_once_that_is_taken_off(tmp_path: Path) -> None:
    folder = tmp_path / "unsent"
    async with staged(path=tmp_path / "chats.db", unsent=Unsent(folder)) as stage:
        await paste(stage, LINES)
        await stage.until(lambda: len(list(folder.glob("*.txt"))) == 2)
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    async with staged(path=tmp_path / "chats.db", unsent=Unsent(folder)) as stage:
        await stage.until(lambda: "8,000 lines" in told(stage))
        await stage.pilot.press("backspace")
        await stage.until(lambda: not list(folder.iterdir()))


async def test_of_a_private_chat_nothing_is_written(tmp_path: Path) -> None:
    unsent = Unsent(tmp_path / "unsent")
    async with staged(path=tmp_path / "chats.db", unsent=unsent) as stage:
        await stage.type("/private")
        await stage.until(lambda: stage.session.private)
        await paste(stage, LINES)
        await stage.app.keep_unsent().wait()
    assert not list(tmp_path.rglob("*.txt"))


def test_pastes_of_runs_that_died_are_taken_with_their_words(tmp_path: Path) -> None:
    gone = 2**22 + 1
    (tmp_path / f"{gone}.txt").write_text("Sum up @pasted-0a1b2c ")
    (tmp_path / f"{gone}-pasted-0a1b2c.txt").write_text("much")
    draft = Draft("Sum up @pasted-0a1b2c ", {"pasted-0a1b2c": "much"})
    unsent = Unsent(tmp_path)
    assert unsent.take() == draft
    assert {path.name for path in tmp_path.glob("*.txt")} == {
        f"{os.getpid()}.txt",
        f"{os.getpid()}-pasted-0a1b2c.txt",
    }
