import asyncio
from pathlib import Path

from r1chat.core.conversation import Status
from r1chat.engine.base import ContextFull, LoadRequest
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.tui.widgets.edge import Edge
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from r1chat.tui.widgets.status_line import StatusLine
from r1chat.tui.widgets.windowed import PAGE
from tests.tui.stage import Gate, Stage, staged

BROKEN = StoreError("The disk is full; nothing was lost.", "Make room, then send again.")


class SlowStore:
    """Holds every call of the store until it is let go."""

    def __init__(self, stage: Stage) -> None:
        self.go = asyncio.Event()
        self._call = stage.session._call
        stage.session._call = self

    async def __call__(self, function: object) -> object:
        await self.go.wait()
        return await self._call(function)


def kinds(stage: Stage) -> list[str]:
    return [type(widget).__name__ for widget in stage.chat.transcript.children]


async def test_escape_while_a_question_is_saved_stops_its_reply_and_shows_it_once() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        store = SlowStore(stage)
        await stage.type("one?")
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == ""
        store.go.set()
        await stage.idle()
        assert kinds(stage) == ["Question", "Reply"]
        assert stage.reply.message.status is Status.CANCELLED


async def test_escape_while_a_question_is_saved_takes_back_only_those_that_wait() -> None:
    async with staged() as stage:
        store = SlowStore(stage)
        await stage.type("one?")
        await stage.type("two?")
        await stage.pilot.press("escape")
        assert stage.chat.prompt.text == "two?"
        store.go.set()
        await stage.until(lambda: not stage.chat.turns.running)
        assert [question.text for question in stage.chat.transcript.query(Question)] == ["one?"]


async def test_questions_asked_while_a_chat_opens_stand_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("zero?")
    load_gate = Gate(0)
    async with staged(path=path, reopen_last=True, load_gate=load_gate) as stage:
        store = SlowStore(stage)
        stage.chat.open_chat(await stage.session._call._call(stage.session._store.last_chat))
        await stage.until(lambda: not stage.chat.settled.is_set())
        await stage.type("one?")
        await stage.type("two?")
        store.go.set()
        load_gate.open()
        await stage.until(lambda: len(stage.chat.transcript.query(ReplyWidget)) == 3)
        await stage.idle()
        texts = [question.text for question in stage.chat.transcript.query(Question)]
        assert texts == ["zero?", "one?", "two?"]


async def test_questions_that_cannot_be_saved_on_leaving_go_back_to_the_prompt(tmp_path: Path) -> None:
    gate = Gate(30)
    async with staged(path=tmp_path / "chats.db", gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        save = stage.session._store.ask

        def fail(*_: object) -> None:
            raise BROKEN

        stage.session._store.ask = fail
        await stage.pilot.press("ctrl+q")
        await stage.until(lambda: stage.chat.prompt.text == "two?")
        assert str(BROKEN) in stage.notes
        stage.session._store.ask = save


async def test_a_question_sent_while_leaving_stays_in_the_prompt() -> None:
    async with staged() as stage:
        stage.chat._leaving = True
        await stage.type("late?")
        assert stage.chat.prompt.text == "late?"
        assert not stage.chat.turns.running


async def test_a_long_chat_keeps_one_page_on_the_screen_and_the_rest_above() -> None:
    turns = PAGE // 2 + 3
    async with staged(*[Reply("t", f"answer {n}") for n in range(turns)]) as stage:
        for n in range(turns):
            await stage.ask(f"question {n}")
        assert len(stage.chat.transcript.query("Question, Reply")) <= PAGE
        assert len(stage.chat.transcript.query(Edge)) == 1
        await stage.pilot.press("ctrl+home")
        await stage.until(lambda: stage.chat.transcript.query(Question).first().text == "question 0")


async def test_the_hint_says_what_escape_does_first() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        stage.chat.refresh_status()
        assert ("Esc", "take back") in stage.chat.query_one(StatusLine).hints
        await stage.pilot.press("escape")
        stage.chat.refresh_status()
        assert ("Esc", "stop") in stage.chat.query_one(StatusLine).hints


async def test_the_hint_to_stop_outlasts_the_speed() -> None:
    async with staged(size=(60, 24)) as stage:
        line = stage.chat.query_one(StatusLine)
        line.facts = ("tiny · CPU", "thinks in full", "34 / 4,096 tok", "41 tok/s")
        line.shorter = (line.facts[:-1], line.facts[:-2])
        line.hints = (("Esc", "stop"), ("F1", "help"))
        shown = str(line.render())
        assert "Esc stop" in shown
        assert "tiny · CPU" in shown
        assert "tok/s" not in shown


async def test_a_full_context_is_not_gone_on_with() -> None:
    full = ContextFull("The chat is longer than the context.", "Start a new chat.")
    async with staged(Reply("thought", error=full, error_after=1)) as stage:
        await stage.ask()
        assert not stage.reply.unfinished


async def test_a_reply_that_filled_the_context_goes_on_in_a_larger_one() -> None:
    answer = " ".join(f"word{number}" for number in range(300))
    async with staged(*(Reply("Hm.", answer),) * 3) as stage:
        stage.session.load_as(LoadRequest(path="tiny.gguf", n_ctx=256))
        await stage.chat.load().wait()
        await stage.ask()
        assert stage.notes[-1].startswith("Cut off: the context is full. F12 sets a larger context")
        await stage.pilot.press("ctrl+l")
        await stage.idle()
        assert "F12 sets the context." in stage.notes[-1]
        assert not stage.reply.unfinished
        stage.session.load_as(LoadRequest(path="tiny.gguf", n_ctx=4096))
        await stage.chat.load().wait()
        await stage.pilot.press("ctrl+l")
        await stage.idle()
        assert stage.reply.message.text.strip() == answer


async def test_an_answer_that_is_not_there_is_not_copied() -> None:
    gate = Gate(30)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        stage.app.copy_to_clipboard("mine")
        await stage.pilot.press("f4")
        assert stage.app.clipboard == "mine"


async def test_an_end_by_panic_is_no_success() -> None:
    async with staged() as stage:
        stage.app.panic("broken")
    assert stage.app.exit_code == 1


async def test_what_fails_while_the_program_ends_has_no_screen_to_be_shown_on() -> None:
    async with staged() as stage:
        transcript = stage.chat.transcript
    await transcript.add(Note("Too late."))
    assert not transcript.is_attached
