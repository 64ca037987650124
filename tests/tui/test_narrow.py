"""In a window of few columns everything can still be read."""

import pytest
from textual.widgets import Static

from r1chat.tui.screens.help import HelpScreen
from r1chat.tui.widgets.thought_reader import ThoughtReader
from tests.tui.stage import Gate, Stage, staged


def _lines(stage: Stage) -> list[str]:
    return [strip.text.rstrip() for strip in stage.app.screen._compositor.render_strips()]


@pytest.mark.parametrize("columns", [30, 40, 58])
async def test_an_empty_chat_says_its_whole_sentence(columns: int) -> None:
    async with staged(size=(columns, 24)) as stage:
        shown = " ".join(" ".join(_lines(stage)).split())
        assert "Ask something. It thinks on this computer, and nothing leaves it." in shown


@pytest.mark.parametrize("columns", [40, 60, 80, 90, 120])
async def test_help_keeps_its_columns_apart_and_wide_enough_to_read(columns: int) -> None:
    async with staged(size=(columns, 24)) as stage:
        await stage.pilot.press("f1")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        for slash in stage.app.screen.query(".slash").results(Static):
            words = slash.parent.query_one(".words", Static) if slash.parent else slash
            beside = slash.region.y == words.region.y
            assert not beside or slash.content_region.right < words.content_region.x
            assert words.content_region.width >= 24


async def test_what_a_running_reply_forbids_is_not_offered_in_its_thought() -> None:
    gate = Gate(3)
    async with staged(gate=gate, size=(120, 24)) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("f6")
        await stage.until(lambda: isinstance(stage.chat.focused, ThoughtReader))
        stage.chat.refresh_status()
        await stage.pilot.pause()
        assert "outline" in _lines(stage)[-1]
        assert "fork" not in _lines(stage)[-1]
        gate.open()
        await stage.idle()
        await stage.until(lambda: "fork" in _lines(stage)[-1])
