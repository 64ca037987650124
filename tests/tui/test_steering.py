from r1chat.core.loops import AFTER
from r1chat.engine.base import Inject
from r1chat.engine.fake_reply import Reply
from tests.tui.stage import ANSWER, THOUGHT, Gate, staged

PROSE = " ".join(f"word{n}" for n in range(AFTER)) + "\n"
ROUND = "Wait, let me check that once more. So it is the same as before. "


async def test_typed_words_are_put_into_the_running_thought_by_key_and_by_slash() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        stage.chat.prompt.insert("Try it backwards.")
        await stage.pilot.press("f8")
        await stage.type("/steer And once more.")
        await stage.until(lambda: len(stage.engine.commands) == 2)
        gate.open()
        await stage.idle()
        assert stage.engine.commands == [Inject("Try it backwards."), Inject("And once more.")]
        assert "Try it backwards." in stage.reply.pane.thought
        assert "And once more." in stage.reply.pane.thought


async def test_steering_without_a_thought_gives_the_words_back() -> None:
    async with staged() as stage:
        await stage.type("/steer this way")
        assert stage.chat.prompt.text == "/steer this way"


async def test_a_thought_is_opened_again_and_goes_on() -> None:
    again = Reply(THOUGHT.rstrip("\n") + "\n\nWait, it is five.", "five")
    async with staged(Reply(THOUGHT, ANSWER), again) as stage:
        await stage.ask()
        await stage.pilot.press("f5")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        assert stage.reply.pane.thought.endswith("Wait, it is five.")
        assert stage.reply.answer.text == "five"


async def test_a_circle_disappears_from_the_thought_and_is_told() -> None:
    async with staged(Reply(PROSE + ROUND * 9 + "So it is 4.\n", "four")) as stage:
        await stage.ask()
        assert ROUND not in stage.reply.pane.thought
        assert stage.reply.pane.thought == stage.reply.message.thinking
        assert "cut back from a circle" in stage.reply.pane._head()
