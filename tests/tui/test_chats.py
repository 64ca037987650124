from pathlib import Path

from r1chat.core.conversation import Status
from r1chat.engine.fake_reply import Reply
from r1chat.tui.outside import Side
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.edge import Edge
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from r1chat.tui.widgets.windowed import PAGE
from tests.tui.stage import ANSWER, CRASH, THOUGHT, Gate, staged


async def test_a_reopened_chat_shows_its_thoughts_closed_with_their_figures(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask()
    async with staged(path=path, reopen_last=True) as stage:
        await stage.until(lambda: bool(stage.chat.transcript.query(ReplyWidget)))
        reply = stage.reply
        assert (reply.pane.thought, reply.answer.text) == (THOUGHT, ANSWER)
        assert not reply.pane.opened
        tokens = reply.message.stats.thinking_tokens if reply.message.stats else 0
        assert reply.pane.query_one("ThoughtLine").head == f"▸ Thought for 0.0 s · {tokens} tokens"


async def test_a_reopened_chat_says_how_each_reply_ended(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    gate = Gate(20)
    async with staged(Reply(THOUGHT), Reply("x", error=CRASH, error_after=1), path=path, gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        gate.open()
        await stage.ask("two?")
        chat = stage.session.conversation
        assert chat is not None
        chat_id = chat.chat.id
    async with staged(path=path, resume=chat_id[:8]) as stage:
        await stage.until(lambda: len(stage.notes) == 2)
        assert stage.notes == ["Stopped. Ctrl+L goes on from here.", CRASH.message]
        replies = [reply.message.status for reply in stage.chat.transcript.query(ReplyWidget)]
        assert replies == [Status.CANCELLED, Status.ERROR]


async def test_a_chat_that_does_not_exist_is_named_and_its_question_is_not_asked_elsewhere() -> None:
    async with staged(resume="nope", prompt="meant for it") as stage:
        await stage.until(lambda: stage.engine.model is not None)
        assert "nope" in stage.notes[0]
        assert stage.chat.prompt.text == "meant for it"
        assert stage.engine.requests == []


async def test_the_first_question_may_come_from_the_command_line() -> None:
    async with staged(prompt="What is 2+2?") as stage:
        await stage.until(lambda: bool(stage.chat.transcript.query(ReplyWidget)))
        await stage.idle()
        assert stage.reply.answer.text == ANSWER


async def test_enter_in_the_list_opens_a_chat() -> None:
    async with staged() as stage:
        await stage.ask("first chat")
        await stage.pilot.press("ctrl+n")
        await stage.ask("second chat")
        await stage.pilot.press("ctrl+o")
        chats = stage.chat.query_one(ChatList)
        await stage.until(lambda: chats.count == 2)
        chats.highlighted = 1 - (chats.highlighted or 0)
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.chat.transcript.query_one(Question).text == "first chat")
        assert stage.app.focused is stage.chat.prompt
        await stage.ask("more")
        assert len(stage.chat.transcript.query(Question)) == 2


async def test_escape_closes_the_list_and_the_prompt_has_the_keys_again() -> None:
    async with staged() as stage:
        await stage.pilot.press("ctrl+o")
        assert stage.app.focused is stage.chat.query_one(ChatList)
        await stage.pilot.press("escape")
        assert not stage.chat.sidebar.display
        assert stage.app.focused is stage.chat.prompt


async def test_a_running_reply_is_not_left_by_accident() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+n")
        assert len(stage.chat.transcript.query(ReplyWidget)) == 1
        gate.open()
        await stage.idle()


async def test_a_long_chat_opens_at_its_end_and_loads_what_is_above(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(*[Reply("t", f"answer {n}") for n in range(25)], path=path) as stage:
        for n in range(25):
            await stage.ask(f"question {n}")
    async with staged(path=path, reopen_last=True) as stage:
        transcript = stage.chat.transcript
        await stage.until(lambda: len(transcript.query("Question, Reply")) >= 6)
        first = len(transcript.query("Question, Reply"))
        assert first < PAGE
        assert transcript.max_scroll_y > 0
        assert stage.reply.answer.text == "answer 24"
        await stage.pilot.press("ctrl+home")
        await stage.until(lambda: transcript.query(Question).first().text == "question 0")
        assert transcript.scroll_y == 0
        assert [edge.side for edge in transcript.query(Edge)] == [Side.BELOW]
        assert stage.reply.answer.text == "answer 24"


async def test_a_thinking_mode_stays_with_its_chat_before_anything_was_asked_in_it() -> None:
    async with staged() as stage:
        await stage.type("/think off")
        await stage.ask("one?")
        first = stage.session.conversation
        assert first is not None
        await stage.pilot.press("ctrl+n")
        await stage.until(lambda: "thinks in full" in stage.status)
        await stage.type("/think 99")
        stage.chat.turn_to(first.chat)
        await stage.until(lambda: "does not think" in stage.status)
        await stage.type("/think 77")
        await stage.pilot.press("ctrl+n")
        await stage.until(lambda: "thinks ≤ 99 tok" in stage.status)
        stage.chat.turn_to(first.chat)
        await stage.until(lambda: "thinks ≤ 77 tok" in stage.status)
        await stage.pilot.press("ctrl+n")
        await stage.ask("two?")
        assert stage.engine.requests[-1].thinking.budget == 99
        await stage.pilot.press("ctrl+n")
        await stage.until(lambda: "thinks in full" in stage.status)
