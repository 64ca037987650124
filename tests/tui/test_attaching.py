"""Files that go with a question."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from textual.events import Key

from r1chat.core.attached import split
from r1chat.tui.widgets.attachments import Attachments
from r1chat.tui.widgets.folded_file import FoldedFile
from r1chat.tui.widgets.plain_text import PlainText
from r1chat.tui.widgets.question import Question
from tests.tui.stage import Gate, Stage, staged


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "notes.txt").write_text("one\ntwo\n")
    (tmp_path / "my notes.txt").write_text("three")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(stage: Stage) -> str:
    """What the lines under the prompt say."""
    lines = stage.chat.query_one(Attachments)
    return str(lines.render()) if lines.display else ""


def asked(stage: Stage, number: int = -1) -> str:
    return stage.engine.requests[number].turns[-1].text


async def send(stage: Stage, text: str) -> None:
    """Type it, wait until its files are told, and press Enter."""
    stage.chat.prompt.insert(text)
    await stage.until(lambda: bool(told(stage)) and "being read" not in told(stage))
    await stage.pilot.press("enter")


async def test_paths_are_completed_and_the_file_is_told_and_sent() -> None:
    async with staged() as stage:
        for key in ("S", "u", "m", "space", "@", "n", "o", "t"):
            await stage.pilot.press(key)
        await stage.until(lambda: stage.chat.prompt.completions.offer is not None)
        await stage.pilot.press("tab")
        assert stage.chat.prompt.text == "Sum @notes.txt "
        await stage.until(lambda: "2 lines" in told(stage))
        assert told(stage).startswith("+ notes.txt · 2 lines · ≈ 2 tok · 0 % of the context")
        await stage.pilot.press("u", "p", "enter")
        await stage.idle()
        assert asked(stage) == "notes.txt:\n```\none\ntwo\n```\n\nSum @notes.txt up"
        await stage.until(lambda: not told(stage))


async def test_the_path_behind_a_slash_command_is_completed(folder: Path) -> None:
    (folder / "chats of mine").mkdir()
    async with staged() as stage:
        await stage.ask()
        stage.chat.prompt.insert("/export ch")
        await stage.until(lambda: stage.chat.prompt.completions.offer is not None)
        await stage.pilot.press("tab", *"all.md", "enter")
        await stage.until((folder / "chats of mine" / "all.md").exists)
        for key in ("/", *"export", "space"):
            await stage.pilot.press(key)
        await stage.until(lambda: stage.chat.prompt.completions.first is not None)
        stage.app.post_message(Key("q", "q"))
        stage.app.post_message(Key("tab", None))  # before anything was looked up for it
        await stage.pilot.press("z")
        assert stage.chat.prompt.text.startswith("/export q")
        assert "chats" not in stage.chat.prompt.text
        stage.chat.prompt.clear()
        stage.chat.prompt.insert("/save no")
        await stage.until(lambda: stage.chat.prompt.completions.offer is not None)
        await stage.pilot.press("backspace", "backspace")
        await stage.until(lambda: stage.chat.prompt.completions.first is not None)
        await stage.pilot.press("backspace", "backspace")
        await stage.until(lambda: "save" in str(stage.chat.prompt.completions.first))
        assert stage.chat.prompt.text == "/sav"


async def test_what_is_wrong_with_a_file_of_a_long_name_is_told_to_its_end(folder: Path) -> None:
    name = f"{'measurements-of-' * 4}noise.bin"
    (folder / name).write_bytes(bytes(range(256)))
    async with staged() as stage:
        stage.chat.prompt.insert(f"What is @{name}")
        await stage.until(lambda: "is not a text file" in told(stage))
        assert "Attach text, or a PDF." in (await stage.picture()).replace("&#160;", " ")


async def test_the_transcript_shows_a_file_as_one_line_that_opens() -> None:
    async with staged() as stage:
        await send(stage, 'Read @"my notes.txt" and @notes.txt.')
        await stage.idle()
        question = stage.chat.query_one(Question)
        assert [str(line.render()) for line in question.query(".line").results()] == [
            "▸ my notes.txt · 1 line",
            "▸ notes.txt · 2 lines",
        ]
        assert [text.text for text in question.query(PlainText)] == ['Read @"my notes.txt" and @notes.txt.']
        question.query(FoldedFile).last().focus()
        await stage.pilot.press("enter")
        assert "one\ntwo" in [text.text for text in question.query(PlainText)]
        await stage.pilot.press("space")
        assert len(question.query(PlainText)) == 1


async def test_an_address_or_an_unknown_name_stays_a_word() -> None:
    async with staged() as stage:
        await stage.ask("Mail me@notes.txt, @nobody or @.")
        assert asked(stage) == "Mail me@notes.txt, @nobody or @."
        assert stage.chat.title != ""


@pytest.mark.parametrize("name", ["./sub", "sub/"])
async def test_a_folder_is_told_before_it_is_sent_as_a_word(folder: Path, name: str) -> None:
    (folder / "sub").mkdir()
    async with staged() as stage:
        await stage.type(f"Sum up @{name} and @sub")
        await stage.until(lambda: bool(stage.app._notifications))
        assert f"{name} is a folder." in next(iter(stage.app._notifications)).message
        assert stage.engine.requests == []
        await stage.pilot.press("enter")
        await stage.idle()
        assert asked(stage) == f"Sum up @{name} and @sub"


async def test_a_file_that_never_ends_holds_nobody_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        assert threading.current_thread().daemon
        threading.Event().wait()

    monkeypatch.setattr("r1chat.tui.attaching.read_document", hang)
    async with staged() as stage:
        stage.chat.prompt.insert("@notes.txt")
        await stage.until(lambda: "being read" in told(stage))
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(stage.app._notifications))
        assert "still being read" in next(iter(stage.app._notifications)).message


async def test_a_path_that_leads_to_no_file_is_told_before_it_is_sent_as_a_word() -> None:
    async with staged() as stage:
        await stage.type("Sum up @./notse.txt, please")
        await stage.until(lambda: bool(stage.app._notifications))
        assert "There is no file at ./notse.txt." in next(iter(stage.app._notifications)).message
        assert stage.chat.prompt.text == "Sum up @./notse.txt, please"
        assert stage.engine.requests == []
        await stage.pilot.press("enter")
        await stage.idle()
        assert asked(stage) == "Sum up @./notse.txt, please"


async def test_enter_never_takes_a_path_for_what_was_typed() -> None:
    async with staged() as stage:
        await stage.pilot.press("h", "i", "space", "@", "n")
        await stage.until(lambda: stage.chat.prompt.completions.offer is not None)
        await stage.pilot.press("enter")
        await stage.idle()
        assert asked(stage) == "hi @n"


async def test_what_is_no_text_is_refused_and_nothing_is_lost() -> None:
    async with staged() as stage:
        await send(stage, "Look at @noise.bin please")
        await stage.until(lambda: bool(stage.chat.prompt.text))
        assert told(stage).startswith("✗ noise.bin is not a text file.")
        assert stage.chat.prompt.text == "Look at @noise.bin please"
        assert stage.engine.requests == []


async def test_what_no_context_holds_is_said_before_it_is_sent(folder: Path) -> None:
    (folder / "big.txt").write_text("word " * 100_000)
    async with staged() as stage:
        await send(stage, "Sum up @big.txt")
        await stage.until(lambda: bool(stage.chat.prompt.text))
        assert "more than the context of" in told(stage)
        assert "big.txt: ≈ 142,857 tok, and the context holds" in next(iter(stage.app._notifications)).message
        assert stage.engine.requests == []


@pytest.mark.parametrize(
    ("change", "sentence", "sent"),
    [
        (lambda path: path.write_text("other and longer"), "notes.txt has changed.", "other and longer"),
        (os.unlink, "notes.txt is not there any more.", ""),
    ],
    ids=["changed", "gone"],
)
async def test_a_file_that_changed_meanwhile_is_said_first(
    folder: Path, change: object, sentence: str, sent: str
) -> None:
    assert callable(change)
    async with staged() as stage:
        stage.chat.prompt.insert("Sum up @notes.txt")
        await stage.until(lambda: "2 lines" in told(stage))
        change(folder / "notes.txt")
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.chat.prompt.text == "Sum up @notes.txt")
        assert sentence in next(iter(stage.app._notifications)).message
        await stage.pilot.press("enter")
        await stage.idle()
        files, words = split(asked(stage))
        assert ("".join(file.text for file in files), words) == (sent, "Sum up @notes.txt")


async def test_a_file_is_sent_as_it_was_when_its_question_was_queued_and_taken_back_as_typed(
    folder: Path,
) -> None:
    gate = Gate()
    async with staged(gate=gate) as stage:
        await stage.type("first")
        await stage.until(lambda: stage.chat.turns.running)
        await send(stage, "Sum up @notes.txt")
        await stage.until(lambda: stage.chat.turns.waiting)
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == "Sum up @notes.txt"
        await send(stage, "")
        await stage.until(lambda: stage.chat.turns.waiting)
        (folder / "notes.txt").write_text("changed")
        gate.open()
        await stage.idle()
        assert asked(stage).startswith("notes.txt:\n```\none\ntwo\n```")


async def test_history_brings_back_the_words_and_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await send(stage, "Sum up @notes.txt")
        await stage.idle()
        assert (await stage.session.chats(9))[0].title == "Sum up @notes.txt"
    async with staged(path=path) as stage:
        await stage.until(lambda: stage.chat.prompt.asked.older("") is not None)
        assert stage.chat.prompt.asked.newer() == ""
        await stage.pilot.press("up")
        assert stage.chat.prompt.text == "Sum up @notes.txt"


async def test_a_pdf_that_takes_long_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(path: Path, *, name: str) -> object:
        asyncio.run_coroutine_threadsafe(reading.wait(), loop).result()
        return read(path, name=name)

    from r1chat.tui import attaching

    read = attaching.read_document
    monkeypatch.setattr(attaching, "read_document", slow)
    async with staged() as stage:
        stage.chat.prompt.insert("Sum up @notes.txt")
        await stage.until(lambda: "being read" in told(stage))
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(stage.app._notifications))
        assert "still being read" in next(iter(stage.app._notifications)).message
        assert stage.chat.prompt.text == "Sum up @notes.txt"
        reading.set()
        await stage.until(lambda: "2 lines" in told(stage))
        await stage.pilot.press("enter")
        await stage.idle()
        assert asked(stage).startswith("notes.txt:")
