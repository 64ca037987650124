"""What every screen and state looks like in a large window, and in light colours. Look before you accept."""

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, OptionList, Static, TextArea

from r1chat.engine.fake_reply import Reply
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.thought_editor import ThoughtEditor
from r1chat.tui.widgets.find_line import FindLine
from r1chat.tui.widgets.question import Question
from tests.tui.stage import CRASH, Gate, Stage, staged
from tests.tui.test_first_run import stock as shop
from tests.tui.test_models import no_caches, opened, stock
from tests.tui.test_snapshots import MATHEMATICS, QUESTION, SCRIPT, THOUGHT

__all__ = ["no_caches"]

LOOKS = {"200x60": ((200, 60), "textual-dark"), "light": ((80, 24), "r1chat-light")}
SMALLER = {"80x24": ((80, 24), "textual-dark"), "120x40": ((120, 40), "textual-dark")}
"""For states that no other test has pictures of."""


class Album:
    """Pictures of one run of the program."""

    def __init__(self, svg: SnapshotAssertion, size: tuple[int, int], theme: str) -> None:
        self._svg, self.size, self.theme = svg, size, theme

    async def picture(self, stage: Stage, name: str) -> None:
        """Compare the state as it is now."""
        stage.app.theme = self.theme
        for field in stage.app.screen.query(Input):
            field.cursor_blink = False
        for area in stage.app.screen.query(TextArea):
            area.cursor_blink = False
        assert await stage.picture() == self._svg(name=name)


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def album(request: pytest.FixtureRequest, snapshot: SnapshotAssertion) -> Album:
    size, theme = request.param
    return Album(snapshot.use_extension(SVGImageExtension), size, theme)


@pytest.fixture(params=(SMALLER | LOOKS).values(), ids=(SMALLER | LOOKS).keys())
def whole_album(request: pytest.FixtureRequest, snapshot: SnapshotAssertion) -> Album:
    size, theme = request.param
    return Album(snapshot.use_extension(SVGImageExtension), size, theme)


async def test_what_a_beginner_sees_and_what_is_offered_while_one_types(
    whole_album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("one\ntwo\n")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)))
    (tmp_path / "novels").mkdir()
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(f'[look]\ntheme = "{whole_album.theme}"\nreduced_motion = true\n')
    preferences = Preferences(config, {})
    async with staged(stock=shop(), preferences=preferences, size=whole_album.size) as stage:
        await stage.until(lambda: any(advice.display for advice in stage.chat.query("Welcome .advice")))
        await whole_album.picture(stage, "first run")
        prompt = stage.chat.prompt
        await stage.pilot.press("/", "t")
        await whole_album.picture(stage, "commands")
        prompt.clear()
        await stage.pilot.press(*"Sum @no")
        await stage.until(lambda: prompt.completions.offer is not None)
        await whole_album.picture(stage, "paths")
        prompt.put("Sum @notes.txt and @noise.bin")
        told = prompt.attachments
        await stage.until(lambda: told.display and "being read" not in str(told.render()))
        await whole_album.picture(stage, "attachments")
        prompt.clear()
        await stage.type("/private")
        await stage.until(lambda: bool(stage.notes) and not told.display)
        await whole_album.picture(stage, "private")


async def test_steering_waits_for_the_thought(whole_album: Album) -> None:
    gate = Gate(70)
    async with staged(SCRIPT, size=whole_album.size, gate=gate) as stage:
        await stage.type(QUESTION)
        await stage.thinking(gate)
        stage.chat.prompt.insert("Try it backwards.")
        await stage.pilot.press("f8")
        await whole_album.picture(stage, "steering waits")


async def test_a_reply_from_the_first_token_to_the_last(album: Album) -> None:
    gate, load_gate = Gate(70), Gate(2)
    async with staged(
        SCRIPT, Reply("Let me see.", MATHEMATICS), size=album.size, gate=gate, load_gate=load_gate
    ) as stage:
        await stage.until(lambda: load_gate.holds)
        await album.picture(stage, "loading")
        load_gate.open()
        await stage.until(lambda: stage.engine.model is not None)
        await album.picture(stage, "empty")
        await stage.type(QUESTION)
        await stage.thinking(gate)
        await album.picture(stage, "thinking")
        await stage.type("And 3x = 9?")
        await stage.until(lambda: len(stage.chat.transcript.query(Question)) == 2)
        await stage.pilot.press("ctrl+t")
        await album.picture(stage, "thinking, closed, one waits")
        gate.open()
        await stage.idle()
        await album.picture(stage, "answered")


async def test_what_goes_wrong(album: Album) -> None:
    gate = Gate(60)
    async with staged(
        SCRIPT, Reply(THOUGHT, error=CRASH, error_after=70), size=album.size, gate=gate
    ) as stage:
        await stage.type(QUESTION)
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        await album.picture(stage, "stopped")
        gate.open()
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: bool(stage.notes) and not stage.chat.turns.running)
        await album.picture(stage, "failed")


async def test_a_thought_is_read(album: Album) -> None:
    async with staged(SCRIPT, size=album.size) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("f6", "slash")
        await stage.until(lambda: bool(stage.chat.query(FindLine)))
        await stage.pilot.press("8")
        await album.picture(stage, "words are found")
        await stage.pilot.press("escape", "o")
        await stage.until(lambda: len(stage.app.screen.query(OptionList)) == 1)
        await album.picture(stage, "steps")
        await stage.pilot.press("escape", "e")
        await stage.until(lambda: isinstance(stage.app.screen, ThoughtEditor))
        await album.picture(stage, "edited")


async def test_what_lies_beside_a_chat(album: Album) -> None:
    shelf = stock()
    async with staged(SCRIPT, Reply("Short.", "Yes: `3`."), stock=shelf, size=album.size) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("ctrl+n")
        await stage.ask("How many primes are there below one hundred, and which is the largest of them?")
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: stage.chat.sidebar.list.count == 2)
        if stage.chat.sidebar.previews:
            await stage.until(lambda: "primes" in str(stage.chat.sidebar.preview.query_one(Static).render()))
        await album.picture(stage, "chats")
        await stage.pilot.press("escape", "f1")
        await album.picture(stage, "help")
        await stage.pilot.press("escape", "f12")
        await album.picture(stage, "settings")
        await stage.pilot.press("escape")
        screen = await opened(stage, 1)
        await album.picture(stage, "catalog")
        await stage.pilot.press("left")
        screen.tell("Here stands more of the line under the cursor.")
        await album.picture(stage, "models")
        await stage.pilot.press("escape", "ctrl+p")
        await stage.until(lambda: stage.app.screen.query_one(OptionList).option_count > 0)
        await album.picture(stage, "palette")
