"""A chat that is never written, on the screen and in the bytes of every file."""

from pathlib import Path

from r1chat.engine.fake_reply import Reply
from r1chat.tui.situation import PRIVATE
from r1chat.tui.unsent import Unsent
from r1chat.tui.widgets.status_line import StatusLine
from tests.tui.stage import staged
from tests.tui.test_keeping import titles_of

WORD = "hiddenword"


async def test_nothing_of_a_private_chat_is_in_any_file(isolated: Path) -> None:
    script = (Reply("kept", "kept"), Reply(f"{WORD} thought", f"{WORD} answer"))
    path, unsent = isolated / "data" / "chats.db", Unsent(isolated / "state" / "unsent")

    def written() -> bytes:
        return b"".join(file.read_bytes() for file in isolated.rglob("*") if file.is_file())

    async with staged(*script, path=path, unsent=unsent) as stage:
        await stage.ask("an open question")
        await stage.type("/private")
        await stage.until(lambda: any("nothing of it is written" in note for note in stage.notes))
        await stage.ask(f"{WORD}?")
        stage.chat.prompt.insert(f"{WORD} typed and not sent")
        stage.app.keep_now()
        await stage.app.workers.wait_for_complete()
        assert b"an open question" in written()
        assert WORD.encode() not in written()
        stage.chat.prompt.clear()
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: titles_of(stage) == ["an open question"])
        await stage.pilot.press("ctrl+q")
        await stage.until(lambda: stage.app.return_code is not None)
    assert WORD.encode() not in written()


async def test_it_is_said_in_words_that_a_chat_is_private_until_it_is_left(tmp_path: Path) -> None:
    async with staged(path=tmp_path / "chats.db", size=(120, 40)) as stage:
        await stage.type("/private")
        await stage.until(lambda: stage.chat.prompt.border_title == PRIVATE)
        await stage.ask("a secret")
        assert stage.status.startswith(PRIVATE)
        await stage.type("/pin")
        await stage.until(lambda: any("is private" in note.message for note in stage.app._notifications))
        await stage.type("/new")
        await stage.until(lambda: not stage.chat.prompt.border_title)
        stage.chat.refresh_status()
        assert PRIVATE not in stage.chat.query_one(StatusLine).facts
        assert await stage.session.chats() == ()


async def test_what_was_typed_in_a_private_chat_is_not_recalled_once_it_is_left(tmp_path: Path) -> None:
    async with staged(path=tmp_path / "chats.db") as stage:
        await stage.ask("an open question")
        await stage.type("/private")
        await stage.until(lambda: stage.session.private)
        await stage.ask(f"{WORD}?")
        await stage.until(lambda: stage.session.conversation is not None)
        await stage.pilot.press("up", "up")
        assert stage.chat.prompt.text == f"{WORD}?"
        await stage.pilot.press("ctrl+u")
        stage.chat.prompt.clear()
        await stage.type("/new")
        await stage.until(lambda: not stage.session.private)
        stage.chat.prompt.undo()
        assert WORD not in stage.chat.prompt.text
        stage.chat.prompt.clear()
        recalled = []
        while (older := stage.chat.prompt.asked.older("")) is not None:
            recalled.append(older)
        assert "an open question" in recalled
        assert not any(WORD in text for text in recalled)
