from textual.events import Paste

from r1chat.core.loops import AFTER
from r1chat.engine.base import AnswerNow, Inject
from r1chat.engine.fake_reply import Reply
from r1chat.tui.situation import Phase
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


async def test_a_long_paste_is_put_into_the_running_thought_whole() -> None:
    gate, long = Gate(20), "once more " * 2500
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        stage.chat.prompt.insert("See: ")
        stage.app.post_message(Paste(long))
        await stage.until(lambda: "@pasted-" in stage.chat.prompt.text)
        await stage.pilot.press("f8")
        await stage.until(lambda: len(stage.engine.commands) == 1)
        assert stage.engine.commands == [Inject(f"See: {long}")]


async def test_words_that_wait_to_be_put_into_the_thought_are_told() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        stage.chat.prompt.insert("Try it backwards.")
        await stage.pilot.press("f8")
        assert "your words wait" in stage.reply.pane._head()
        await stage.type("/steer And once more.")
        await stage.until(lambda: "2 remarks wait" in stage.reply.pane._head())
        gate.let(3)
        await stage.thinking(gate)
        stage.chat.turns.show_progress()
        assert "wait" not in stage.reply.pane._head()


async def test_words_for_a_thought_that_is_stopped_before_it_has_them_are_in_the_prompt_again() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        stage.chat.prompt.insert("Try it backwards.")
        await stage.pilot.press("f8")
        await stage.type("/steer And once more.")
        stage.chat.prompt.insert("Next")
        await stage.pilot.press("escape")
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.chat.prompt.text == "Try it backwards.\n\nAnd once more.\n\nNext"
        assert any("The thought was over before your words" in note for note in stage.notes)


async def test_words_for_a_thought_that_is_being_closed_are_in_the_prompt_while_it_answers() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+s")
        stage.chat.prompt.insert("Try it backwards.")
        await stage.pilot.press("f8")
        assert stage.chat.prompt.text == ""
        gate.let(4)
        await stage.until(lambda: stage.chat.prompt.text == "Try it backwards.")
        assert stage.chat.turns.running
        stage.chat.prompt.insert(" Or not.")
        await stage.pilot.press("f8", "ctrl+s")
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.chat.prompt.text == "Try it backwards. Or not."
        assert stage.told == [
            "Steer works while it thinks: no thought runs now.",
            "Answer now works while it thinks: no thought runs now.",
        ]


async def test_words_that_come_when_the_thought_has_just_ended_stay_in_the_prompt() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+s")
        gate.let(4)
        await stage.until(lambda: stage.chat.situation.phase is Phase.ANSWERING)
        stage.chat.situation.phase = Phase.THINKING  # the screen is a moment behind
        stage.chat.prompt.insert("Backwards.")
        await stage.pilot.press("f8", "ctrl+s")
        assert stage.chat.prompt.text == "Backwards."
        assert stage.told == [
            "The thought is over: your words are in the prompt again.",
            "The thought is over: the answer is on its way.",
        ]
        assert stage.engine.commands == [AnswerNow()]


async def test_steering_without_a_thought_gives_the_words_back() -> None:
    async with staged() as stage:
        await stage.type("/steer this way")
        assert stage.chat.prompt.text == "/steer this way"
        assert stage.told == ["Steer works while it thinks: no thought runs now."]


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
