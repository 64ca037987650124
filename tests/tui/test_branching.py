"""Questions are edited and branches walked on the screen."""

from pathlib import Path

from r1chat.core.conversation import Origin
from r1chat.engine.fake_reply import Reply
from r1chat.tui.unsent import Unsent
from r1chat.tui.widgets.question import Question
from tests.tui.stage import Gate, Stage, staged

SCRIPT = tuple(Reply(f"thought {n}", f"answer {n}") for n in range(6))


def texts(stage: Stage) -> list[str]:
    return [question.text for question in stage.chat.transcript.query(Question)]


def signs(stage: Stage) -> list[str]:
    return [mark._sign() for mark in stage.chat.transcript.query("BranchMark") if mark.display]


async def test_a_question_is_edited_and_asked_beside_what_it_was(tmp_path: Path) -> None:
    async with staged(*SCRIPT, path=tmp_path / "chats.db") as stage:
        await stage.ask("one?")
        await stage.ask("two?")
        prompt = stage.chat.prompt
        prompt.insert("half a thought")
        await stage.pilot.press("f7")
        assert prompt.text == "two?"
        assert "editing question 2 of 2" in str(prompt.border_title)
        await stage.pilot.press("f7", "f7")
        assert prompt.text == "one?"
        await stage.pilot.press(*" really?", "enter")
        await stage.until(lambda: len(stage.engine.requests) == 3)
        await stage.until(lambda: not stage.chat.turns.running)
        assert prompt.text == "half a thought"
        assert prompt.border_title in {None, ""}
        assert texts(stage) == ["one? really?"]
        conversation = stage.session.conversation
        assert conversation is not None
        assert conversation.path()[0].origin is Origin.EDIT
        assert signs(stage) == ["‹ 2/2 ›"]
        await stage.pilot.press("f9")
        await stage.until(lambda: texts(stage) == ["one?", "two?"])
        assert signs(stage) == ["‹ 1/2 ›"]


async def test_leaving_an_edit_brings_back_what_was_typed_and_keeps_the_edit(tmp_path: Path) -> None:
    async with staged(*SCRIPT, path=tmp_path / "chats.db", unsent=Unsent(tmp_path)) as stage:
        await stage.ask("one?")
        prompt = stage.chat.prompt
        prompt.insert("half a thought")
        await stage.pilot.press("f7", *" and")
        await stage.until(lambda: list(stage.app.draft().edits.values()) == ["one? and"])
        assert stage.app.draft().text == "half a thought"
        await stage.pilot.press("escape")
        assert prompt.text == "half a thought"
        await stage.pilot.press("f7")
        assert prompt.text == "one? and"
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.app.draft().text == "half a thought")
        assert len(stage.engine.requests) == 1


async def test_the_files_of_a_question_go_with_its_new_words() -> None:
    async with staged(*SCRIPT) as stage:
        stage.chat.run_turn(stage.chat.turns.question("a.txt:\n```\n1\n```\n\nsum?"))
        await stage.idle()
        await stage.pilot.press("f7", *" now?", "enter")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        assert stage.engine.requests[-1].turns[-1].text == "a.txt:\n```\n1\n```\n\nsum? now?"


async def test_an_edited_question_waits_in_the_prompt_while_a_reply_runs() -> None:
    gate = Gate(100)
    async with staged(*SCRIPT, gate=gate) as stage:
        await stage.ask("one?")
        gate._steps = 1
        await stage.pilot.press("f7", *" again?")
        stage.chat.run_turn(stage.chat.turns.question("two?"))
        await stage.until(lambda: gate.holds)
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.chat.prompt.text == "one? again?"
        assert stage.chat.editing.question is not None
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.chat.prompt.text == "one? again?"


async def test_branches_are_shown_all_the_time_and_a_click_walks(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(*SCRIPT, path=path) as stage:
        await stage.ask("one?")
        assert signs(stage) == []
        for count in (2, 3):
            await stage.pilot.press("ctrl+r")
            await stage.until(lambda n=count: len(stage.engine.requests) == n)
            await stage.idle()
        assert signs(stage) == ["‹ 3/3 ›"]
        await stage.ask("two?")
        assert signs(stage) == ["‹ 3/3 ›"]
    async with staged(path=path, reopen_last=True, size=(80, 40)) as stage:
        await stage.until(lambda: signs(stage) == ["‹ 3/3 ›"])
        await stage.pilot.pause()
        mark = next(mark for mark in stage.chat.transcript.query("BranchMark") if mark.display)
        await stage.pilot.click(mark, offset=(0, 0))
        await stage.until(lambda: signs(stage) == ["‹ 2/3 ›"])
        assert texts(stage) == ["one?"]


async def test_the_alternatives_of_an_earlier_question_are_walked_from_where_it_is_edited() -> None:
    async with staged(*SCRIPT) as stage:
        await stage.ask("one?")
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        await stage.ask("two?")
        await stage.pilot.press("f7", "f7", "f9")
        await stage.until(lambda: signs(stage) == ["‹ 1/2 ›"])
        assert texts(stage) == ["one?"]
        await stage.until(lambda: stage.chat.prompt.text == "one?")
        await stage.pilot.press("f10")
        await stage.until(lambda: texts(stage) == ["one?", "two?"])
        await stage.until(lambda: stage.chat.prompt.text == "one?")
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == ""


async def test_keys_mean_the_reply_whose_thought_is_read() -> None:
    async with staged(*SCRIPT) as stage:
        for question in ("one?", "two?", "three?"):
            await stage.ask(question)
        await stage.pilot.press("f6", "f6", "f4")
        assert stage.app.clipboard == "answer 1"
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 4)
        await stage.idle()
        assert texts(stage) == ["one?", "two?"]
        assert signs(stage) == ["‹ 2/2 ›"]
        await stage.pilot.press("f6", "f9")
        await stage.until(lambda: texts(stage) == ["one?", "two?", "three?"])
        await stage.until(lambda: (reply := stage.chat.reply) is not None and reply.pane.has_focus_within)
        assert stage.chat.reply is not stage.chat.transcript.last_reply
        await stage.pilot.press("f10")
        await stage.until(lambda: texts(stage) == ["one?", "two?"])


async def test_keys_mean_the_reply_to_the_question_that_is_edited() -> None:
    async with staged(*SCRIPT) as stage:
        await stage.ask("one?")
        await stage.ask("two?")
        await stage.pilot.press("f7", "f7", "f4")
        assert stage.app.clipboard == "answer 0"
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 3)
        await stage.idle()
        assert texts(stage) == ["one?"]
        assert signs(stage) == ["‹ 2/2 ›"]
