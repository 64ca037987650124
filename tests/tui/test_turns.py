import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widget import Widget
from textual.widgets import Markdown

from r1chat.core.conversation import Mode, Role, Status
from r1chat.engine.base import AnswerNow, ModelLoadError
from r1chat.engine.fake import Load
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.store import Store
from r1chat.tui.widgets.answer import Answer
from r1chat.tui.widgets.fence import Fence
from r1chat.tui.widgets.frozen_markdown import FrozenMarkdown
from r1chat.tui.widgets.prose import Prose
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.thought_view import ThoughtView
from tests.tui.stage import ANSWER, CRASH, THOUGHT, Gate, staged


def saved(path: Path) -> list[tuple[Role, Status, str, str]]:
    store = Store(path)
    chat = store.last_chat()
    messages = store.conversation(chat.id).path() if chat else ()
    store.close()
    return [(message.role, message.status, message.thinking, message.text) for message in messages]


async def test_a_question_is_thought_about_and_answered() -> None:
    async with staged() as stage:
        await stage.ask()
        assert stage.reply.pane.thought == THOUGHT
        assert stage.reply.answer.text == ANSWER
        assert len(stage.reply.query(Prose)) == 1 + 1
        assert len(stage.reply.query(Fence)) == 1
        assert stage.notes == []


async def test_a_choice_that_was_made_while_loading_is_told() -> None:
    async with staged(
        loads=[Load(note="4,096 tokens of context instead of 16,384: 1.0 GiB are free.")]
    ) as stage:
        await stage.until(lambda: bool(stage.notes))
        assert stage.notes == ["4,096 tokens of context instead of 16,384: 1.0 GiB are free."]


async def test_a_question_asked_before_the_first_chat_is_open_is_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("one?")
    async with staged(path=path, reopen_last=True, prompt="two?") as stage:
        await stage.type("three?")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        texts = [question.text for question in stage.chat.transcript.query(Question)]
        assert texts[0] == "one?"
        assert sorted(texts) == ["one?", "three?", "two?"]


async def test_the_pane_is_open_while_it_thinks_and_closes_when_the_answer_begins() -> None:
    gate = Gate(40)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        assert stage.reply.pane.opened
        assert 0 < stage.reply.pane.query_one(ThoughtView).size.height <= 10
        gate.open()
        await stage.idle()
        assert not stage.reply.pane.opened


async def test_a_closed_pane_renders_nothing_of_its_thought() -> None:
    gate = Gate(40)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+t")
        await stage.pilot.pause()
        text = stage.reply.pane.query_one(ThoughtView)
        assert not text.display
        assert text.text
        size = text.virtual_size
        gate.let(30)
        await stage.until(lambda: gate.holds)
        await stage.reply.flush()
        assert text.virtual_size == size


async def test_a_pane_opened_by_hand_stays_open() -> None:
    gate = Gate(40)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+t")
        await stage.pilot.press("ctrl+t")
        gate.open()
        await stage.idle()
        assert stage.reply.pane.opened


async def test_a_click_on_the_line_opens_and_closes_the_thought() -> None:
    async with staged(size=(100, 40)) as stage:
        await stage.ask()
        await stage.pilot.click("ThoughtLine")
        assert stage.reply.pane.opened
        await stage.pilot.click("ThoughtLine")
        assert not stage.reply.pane.opened


async def test_escape_stops_and_keeps_what_was_thought(tmp_path: Path) -> None:
    gate = Gate(30)
    async with staged(path=tmp_path / "chats.db", gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        assert stage.notes == ["Stopped. Ctrl+L goes on from here."]
        assert stage.reply.pane.thought
        assert stage.reply.message.status is Status.CANCELLED
        assert stage.chat.prompt.text == ""
    (_, asked, _, _), (_, status, thought, answer) = saved(tmp_path / "chats.db")
    assert (asked, status, answer) == (Status.COMPLETE, Status.CANCELLED, "")
    assert THOUGHT.startswith(thought)
    assert thought


async def test_continue_goes_on_from_a_stopped_thought() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        before = stage.reply.pane.thought
        gate.open()
        await stage.pilot.press("ctrl+l")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        assert stage.reply.pane.thought.startswith(before)
        assert stage.reply.message.status is Status.COMPLETE
        assert len(stage.chat.transcript.query("Reply")) == 1
        assert stage.engine.requests[-1].prefix is not None


async def test_a_key_pressed_while_a_stopped_reply_is_being_saved_is_not_lost() -> None:
    gate, disk = Gate(30), threading.Event()
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        held = asyncio.ensure_future(stage.session._call(disk.wait))
        try:
            await stage.pilot.press("escape")
            await stage.until(lambda: stage.chat.turns.ending)
            await stage.pilot.press("ctrl+l")
            assert stage.chat.turns.running
            assert len(stage.engine.requests) == 1
        finally:
            disk.set()
            await held
        gate.open()
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        assert stage.engine.requests[-1].prefix is not None
        assert stage.reply.message.status is Status.COMPLETE


async def test_a_command_typed_while_a_chat_is_being_shown_waits_for_it() -> None:
    async with staged(Reply("one", "first"), Reply("two", "second")) as stage:
        await stage.ask()
        async with stage.chat.unsettled():
            await stage.type("/regenerate")
            assert len(stage.engine.requests) == 1
        await stage.until(lambda: stage.reply.answer.text == "second")


async def test_regenerate_puts_another_reply_in_the_place_of_the_last() -> None:
    async with staged(Reply("one", "first"), Reply("two", "second")) as stage:
        await stage.ask()
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: stage.reply.answer.text == "second")
        await stage.idle()
        assert len(stage.chat.transcript.query("Reply")) == 1
        assert len(stage.chat.transcript.query(Question)) == 1


async def test_answer_now_asks_the_engine_to_close_the_thought() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.pilot.press("ctrl+s")
        gate.open()
        await stage.idle()
        assert AnswerNow() in stage.engine.commands
        assert stage.reply.pane.thought != THOUGHT


async def test_a_question_waits_for_the_reply_that_runs() -> None:
    gate = Gate(1)
    async with staged(Reply("one", "first"), Reply("two", "second"), gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        waiting = stage.chat.transcript.query(Question).last()
        assert waiting.queued
        gate.open()
        await stage.idle()
        assert not waiting.queued
        assert [reply.answer.text for reply in stage.chat.transcript.query("Reply")] == ["first", "second"]
        kinds = [type(widget).__name__ for widget in stage.chat.transcript.children]
        assert kinds == ["Question", "Reply", "Question", "Reply"]


async def test_escape_takes_a_waiting_question_back_before_it_stops_the_reply() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == "two?"
        assert stage.chat.turns.running
        await stage.pilot.press("escape")
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.chat.prompt.text == "two?"


async def test_a_question_asked_while_the_model_loads_waits_its_turn() -> None:
    load_gate = Gate(1)
    async with staged(load_gate=load_gate) as stage:
        await stage.until(lambda: load_gate.holds)
        await stage.type("What is 2+2?")
        await stage.until(lambda: bool(stage.chat.transcript.query("Reply")))
        assert stage.engine.requests == []
        assert "loading tiny" in stage.status
        load_gate.open()
        await stage.idle()
        assert stage.reply.answer.text == ANSWER


async def test_a_model_that_cannot_be_loaded_is_explained_and_tried_again() -> None:
    error = ModelLoadError("tiny.gguf is no GGUF file.", "Pull it again.")
    async with staged(loads=[Load(error=error)]) as stage:
        assert stage.notes == ["tiny.gguf is no GGUF file. Pull it again."]
        assert "not loaded" in stage.status
        await stage.ask()
        assert stage.reply.answer.text == ANSWER


async def test_a_crash_is_explained_and_the_next_question_is_answered() -> None:
    crash = Reply(THOUGHT, error=CRASH, error_after=20)
    async with staged(crash, Reply("x", "fine")) as stage:
        await stage.ask()
        assert stage.notes == [f"{CRASH.message} {CRASH.hint}"]
        assert stage.reply.pane.thought
        await stage.ask("And now?")
        assert stage.reply.answer.text == "fine"


async def test_a_question_that_could_not_be_saved_goes_back_to_the_prompt(tmp_path: Path) -> None:
    async with staged(path=tmp_path / "chats.db") as stage:
        broken = StoreError("The disk is full; nothing was lost.", "Make room, then send again.")

        async def fail(*_: object) -> None:
            raise broken

        stage.session._call = fail
        await stage.type("Keep me")
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.chat.prompt.text == "Keep me"
        assert stage.notes == [str(broken)]
        del stage.session._call


async def test_the_thinking_mode_reaches_the_next_turn() -> None:
    async with staged() as stage:
        await stage.pilot.press("f2")
        assert "≤ 2,048 tok" in stage.status
        await stage.pilot.press("f2")
        await stage.ask()
        assert stage.engine.requests[-1].thinking.mode is Mode.OFF
        assert not stage.reply.pane.display
        await stage.type("/think 300")
        await stage.ask()
        assert stage.engine.requests[-1].thinking.budget == 300


async def test_quitting_in_mid_thought_keeps_the_thought_and_the_questions_that_wait(tmp_path: Path) -> None:
    gate = Gate(30)
    async with staged(path=tmp_path / "chats.db", gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        await stage.pilot.press("ctrl+q", "ctrl+q")
        await stage.until(lambda: not stage.app.is_running or stage.engine.closed)
    first, reply, second, _ = saved(tmp_path / "chats.db")
    assert (first[3], second[3]) == ("one?", "two?")
    assert reply[1] is Status.CANCELLED
    assert reply[2]


async def test_a_mistake_of_our_own_is_shown_and_ends_nothing() -> None:
    async with staged() as stage:

        async def fail(_: object) -> None:
            raise ZeroDivisionError("[/think]")

        stage.chat.turns.run = fail
        stage.chat.run_turn(stage.chat.turns.question("x"))
        await stage.until(lambda: bool(stage.notes))
        assert "ZeroDivisionError" in stage.notes[0]


async def test_a_link_is_opened_on_a_click_and_only_where_it_leads_to_the_web() -> None:
    async with staged() as stage:
        await stage.ask()
        opened: list[str] = []
        stage.app.open_url = lambda url, **_: opened.append(url)
        document = stage.reply.query_one(Markdown)
        for href in ("https://example.org/a", "file:///etc/passwd", "javascript:alert(1)"):
            document.post_message(Markdown.LinkClicked(document, href))
        await stage.pilot.pause()
        assert opened == ["https://example.org/a"]


async def test_what_is_just_being_shown_when_a_reply_ends_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    several = "```\none\n```\n\nmiddle\n\n```\ntwo\n```\n\nend\n\n```\nthree\n```\n"
    entered, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    place, finish = FrozenMarkdown.place, Answer.finish

    async def slow(markdown: FrozenMarkdown, widgets: Sequence[Widget]) -> None:
        if isinstance(markdown.parent, Answer) and not entered.is_set():
            entered.set()
            await go_on.wait()
        await place(markdown, widgets)

    async def told(answer: Answer) -> None:
        ended.set()
        await finish(answer)

    monkeypatch.setattr(FrozenMarkdown, "place", slow)
    monkeypatch.setattr(Answer, "finish", told)
    gate = Gate()
    async with staged(Reply("", several), gate=gate) as stage:
        await stage.type("Why?")
        gate.let(25)
        await entered.wait()
        gate.open()
        await ended.wait()
        go_on.set()
        await stage.idle()
        code = [fence.lay_out(70)[0].content.plain for fence in stage.reply.query(Fence)]
        assert code == ["one", "two", "three"]
