"""Questions of before, walked with the arrow keys."""

from pathlib import Path

from r1chat.tui.history import History
from tests.tui.stage import Gate, staged


def test_a_walk_goes_back_and_returns_to_what_was_typed() -> None:
    history = History()
    assert history.older("x") is None
    history.fill(["one", "two"])
    history.add("three")
    history.add("three")
    assert [history.older("typed"), history.older("three"), history.older("two")] == ["three", "two", "one"]
    assert history.older("one") is None
    assert [history.newer(), history.newer(), history.newer()] == ["two", "three", "typed"]
    assert history.newer() is None


async def test_questions_of_earlier_runs_come_back_with_the_arrow_keys(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("First?")
        await stage.ask("Second,\nin two lines?")
    async with staged(path=path) as stage:
        await stage.until(lambda: stage.chat.prompt.asked.older("") is not None)
        assert stage.chat.prompt.asked.newer() == ""
        stage.chat.prompt.insert("half a thought")
        await stage.pilot.press("up")
        assert stage.chat.prompt.text == "Second,\nin two lines?"
        await stage.pilot.press("up", "up")
        assert stage.chat.prompt.text == "First?"
        await stage.pilot.press("down")
        await stage.pilot.press("down")
        assert stage.chat.prompt.text == "half a thought"
        await stage.pilot.press("up", "ctrl+z")
        assert stage.chat.prompt.text == "half a thought"


async def test_the_open_chat_is_walked_before_all_others(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("One of the first chat")
    async with staged(path=path) as stage:
        await stage.ask("One of the second chat")
    async with staged(path=path, reopen_last=True) as stage:
        await stage.until(lambda: len(stage.chat.prompt.asked._before) == 2)
        await stage.type("/new")
        await stage.ask("One of the third chat")
        chats = await stage.session.chats(9)
        first = next(chat for chat in chats if chat.title == "One of the first chat")
        await stage.chat.open_chat(first).wait()
        walked = []
        for _ in range(4):
            await stage.pilot.press("up")
            walked.append(stage.chat.prompt.text)
        assert walked == [
            "/new",
            "One of the first chat",
            "One of the third chat",
            "One of the second chat",
        ]


async def test_questions_that_wait_are_taken_back_one_by_one_or_all_at_once() -> None:
    gate = Gate()
    async with staged(gate=gate) as stage:
        for text in ("first", "second", "third", "fourth"):
            await stage.type(text)
        await stage.until(lambda: len(stage.chat.query(".-queued")) == 3)
        await stage.pilot.press("up")
        assert stage.chat.prompt.text == "fourth"
        await stage.until(lambda: len(stage.chat.query(".-queued")) == 2)
        await stage.pilot.press("x", "enter")
        await stage.until(lambda: len(stage.chat.query(".-queued")) == 3)
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == "second\n\nthird\n\nfourthx"
        assert not stage.chat.turns.waiting
        assert stage.chat.turns.running
        gate.open()


async def test_what_is_typed_stays_when_another_chat_is_opened() -> None:
    async with staged() as stage:
        await stage.ask("One")
        stage.chat.prompt.insert("half a thought")
        await stage.pilot.press("ctrl+n")
        assert stage.chat.prompt.text == "half a thought"
