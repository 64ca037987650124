"""The steps of a thought are listed, and the thought is edited."""

from textual.widgets import OptionList, TextArea

from r1chat.core.conversation import Origin
from r1chat.engine.fake_reply import Reply
from r1chat.tui.screens.outline import OutlineScreen
from r1chat.tui.screens.thought_editor import ThoughtEditor
from r1chat.tui.widgets.thought_reader import ThoughtReader
from tests.tui.stage import Gate, Stage, staged

THOUGHT = (
    "I need 3 times 4.\n\nFirst, 3 + 3 = 6.\n\nSo 6 + 6 = 12.\n\nWait, is that right? [/think] \x1b[2J\n\n"
    "Let me check: 12 / 4 = 3.\n"
)
SAID = Reply(THOUGHT, "It is \\(\\boxed{12}\\).")


async def into(stage: Stage, key: str) -> None:
    await stage.pilot.press("f6")
    await stage.until(lambda: isinstance(stage.chat.focused, ThoughtReader))
    await stage.pilot.press("g", key)
    await stage.until(lambda: isinstance(stage.app.screen, OutlineScreen | ThoughtEditor))


async def test_the_outline_tells_where_the_answer_comes_and_goes_to_a_step() -> None:
    async with staged(SAID) as stage:
        await stage.ask()
        await into(stage, "o")
        steps = stage.app.screen.query_one(OptionList)
        at = 100 * THOUGHT.index("12.") // len(THOUGHT)
        assert "4 steps · answer first stated at" in str(steps.border_subtitle)
        assert "then doubted or checked 2×" in str(steps.border_subtitle)
        assert abs(at - int(str(steps.border_subtitle).split("stated at ")[1].split()[0])) <= 1
        assert "★ first states 12: So 6 + 6 = 12." in str(steps.options[2].prompt)
        await stage.pilot.press("down", "down", "down", "enter")
        await stage.until(lambda: stage.app.screen is stage.chat)
        reader = stage.reply.pane.reader
        assert THOUGHT[reader.place :].startswith("Wait")


async def test_the_outline_grows_with_a_running_thought() -> None:
    gate = Gate(20)
    async with staged(SAID, gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await into(stage, "o")
        steps = stage.app.screen.query_one(OptionList)
        before = steps.option_count
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)
        await stage.until(lambda: steps.option_count == 5)
        assert before < 4
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.chat


async def test_an_edited_thought_is_gone_on_with_and_an_edit_that_was_left_is_kept() -> None:
    other = Reply("I need 5.\nSo it is five.\n", "5")
    async with staged(SAID, other) as stage:
        await stage.ask()
        first = stage.reply.message
        await into(stage, "e")
        area = stage.app.screen.query_one(TextArea)
        assert area.text == THOUGHT
        area.move_cursor((0, len("I need ")))
        await stage.pilot.press("ctrl+t", "5", "full_stop", "escape")
        await stage.until(lambda: stage.app.screen is stage.chat)
        assert len(stage.engine.requests) == 1
        await stage.pilot.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, ThoughtEditor))
        assert stage.app.screen.query_one(TextArea).text == "I need 5."
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        prefix = stage.engine.requests[-1].prefix
        assert prefix is not None
        assert (prefix.thinking, prefix.closed) == ("I need 5.", False)
        assert stage.reply.message.origin is Origin.INJECT
        assert stage.reply.message.forked_from == first.id
        assert stage.chat.prompt.text == ""
