"""What a thought looks like while it is read, edited, steered and forked. Look before you accept."""

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input, OptionList

from r1chat.engine.fake_reply import Reply
from r1chat.tui.screens.outline import OutlineScreen
from r1chat.tui.screens.thought_editor import RawArea, ThoughtEditor
from r1chat.tui.widgets.find_line import FindLine
from tests.tui.stage import Gate, staged
from tests.tui.test_snapshots import ANSWER, QUESTION, SCRIPT, THOUGHT


@pytest.fixture
def svg(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SVGImageExtension)


async def test_words_are_found_in_a_thought(svg: SnapshotAssertion) -> None:
    async with staged(SCRIPT) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("f6", "slash")
        await stage.until(lambda: bool(stage.chat.query(FindLine)))
        for field in stage.chat.query(Input):
            field.cursor_blink = False
        await stage.pilot.press("8")
        assert await stage.picture() == svg


async def test_the_steps_of_a_thought(svg: SnapshotAssertion) -> None:
    async with staged(SCRIPT, size=(120, 40)) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("f6", "o")
        await stage.until(lambda: isinstance(stage.app.screen, OutlineScreen))
        await stage.until(lambda: stage.app.screen.query_one(OptionList).option_count == 4)
        assert await stage.picture() == svg


async def test_a_thought_is_edited(svg: SnapshotAssertion) -> None:
    async with staged(SCRIPT) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("f6", "e")
        await stage.until(lambda: isinstance(stage.app.screen, ThoughtEditor))
        stage.app.screen.query_one(RawArea).cursor_blink = False
        assert await stage.picture() == svg


async def test_a_steered_thought_beside_another_reply(svg: SnapshotAssertion) -> None:
    gate = Gate(40)
    async with staged(SCRIPT, Reply(THOUGHT, ANSWER), size=(120, 40), gate=gate) as stage:
        await stage.type("/think 300")
        await stage.type(QUESTION)
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        gate.let(40)
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.thinking(gate)
        await stage.type("/steer Try it backwards.")
        await stage.until(lambda: len(stage.engine.commands) == 2)
        gate.let(20)
        await stage.until(lambda: "backwards" in stage.reply.pane.thought)
        await stage.thinking(gate)
        stage.app.clear_notifications()
        assert await stage.picture() == svg
