"""Questions of before, walked with the arrow keys."""

from pathlib import Path

from r1chat.tui.history import History
from tests.tui.stage import staged


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
