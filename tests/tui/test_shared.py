import subprocess
import sys
from contextlib import closing
from pathlib import Path

from msgspec.structs import replace

from r1chat.core.conversation import Conversation, Message, Role, Status
from r1chat.engine.fake_reply import Reply
from r1chat.store import Store
from r1chat.store.rows import Piece
from r1chat.tui.widgets.branch_mark import BranchMark
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from tests.tui.stage import Gate, staged

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
WRITES = """
import sys
from r1chat.core.conversation import Message, Role
from r1chat.store import Store
from r1chat.store.rows import Piece
store = Store(sys.argv[1])
draft = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
question, draft = store.ask(None, None, "q", draft)
store.append_draft(draft.id, Piece("zebra"))
print(question.chat_id, flush=True)
sys.stdin.read()
"""


def writer(path: Path) -> subprocess.Popen[str]:
    """A process that goes on writing a reply until it is killed; it prints the id of the chat."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", WRITES, str(path)], stdin=pipe, stdout=pipe, text=True)


async def test_what_another_program_asks_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("mine")
        await stage.pilot.press("ctrl+o")
        opened = stage.session.conversation
        assert opened is not None
        with closing(Store(path)) as other:
            other.ask(None, None, "theirs", DRAFT)
            other.ask(opened.chat.id, opened.chat.active_leaf, "in my chat", DRAFT)
        await stage.until(lambda: stage.chat.query_one(ChatList).count == 2)
        await stage.until(lambda: [one.text for one in stage.chat.query(Question)] == ["mine", "in my chat"])


async def test_that_another_program_deleted_the_open_chat_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("mine")
        opened = stage.session.conversation
        assert opened is not None
        with closing(Store(path)) as other:
            other.remove(opened.chat.id)
            await stage.until(lambda: len(stage.chat.query(Note)) == 1)
            other.ask(None, None, "theirs", DRAFT)
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: stage.chat.query_one(ChatList).count == 1)
        assert len(stage.chat.query(Note)) == 1
        assert [one.text for one in stage.chat.query(Question)] == ["mine"]
        stage.chat.prompt.focus()
        await stage.pilot.press(*"more", "enter")
        await stage.until(lambda: len(stage.chat.query(Note)) == 2)
        await stage.until(lambda: stage.chat.prompt.text == "more")


async def test_a_deleted_chat_that_another_program_goes_on_with_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("mine")
        opened = stage.session.conversation
        assert opened is not None
        await stage.type("/delete")
        await stage.until(lambda: bool(stage.chat.bin.hidden))
        with closing(Store(path)) as other:
            other.ask(opened.chat.id, opened.chat.active_leaf, "in that chat", DRAFT)
            stage.chat.end_deletion(stage.chat.bin._waiting[0])
            await stage.until(lambda: any("it is kept" in note for note in stage.notes))
            assert len(other.conversation(opened.chat.id).messages) == 4
        assert not stage.chat.bin.hidden


async def test_to_walk_in_a_chat_that_another_program_deleted_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask("mine")
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: stage.reply.query(BranchMark).first().display)
        opened, chat = stage.session.conversation, stage.chat
        assert opened is not None
        with closing(Store(path)) as other:
            other.remove(opened.chat.id)
        await stage.pilot.press("f9")
        await stage.until(lambda: any("not there any more" in note for note in stage.notes))
        chat.post_message(BranchMark.Walked(stage.reply.query_one(BranchMark), 1))
        await stage.until(lambda: sum("not there any more" in note for note in stage.notes) == 2)


async def test_a_question_asked_while_anothers_is_being_read_comes_below_it(tmp_path: Path) -> None:
    path, gate = tmp_path / "chats.db", Gate()
    async with staged(path=path) as stage:
        await stage.ask("mine")
        opened, reload = stage.session.conversation, stage.session.reload
        assert opened is not None

        async def slowly() -> Conversation | None:
            await gate()
            return await reload()

        stage.session.reload = slowly
        with closing(Store(path)) as other:
            other.ask(opened.chat.id, opened.chat.active_leaf, "in my chat", DRAFT)
        await stage.until(lambda: gate.holds)
        await stage.type("mine again")
        await stage.until(lambda: stage.chat.turns.running)
        gate.open()
        await stage.idle()
        asked = [one.text for one in stage.chat.query(Question)]
        assert asked == ["mine", "in my chat", "mine again"]
        assert stage.reply.message.status is Status.COMPLETE


async def test_one_key_walks_through_the_answers(tmp_path: Path) -> None:
    async with staged(Reply("", "one"), Reply("", "two"), path=tmp_path / "chats.db") as stage:
        await stage.ask("?")
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: not stage.chat.turns.running and stage.reply.answer.text == "two")
        for key, text in (("f9", "one"), ("f10", "two"), ("f10", "one")):
            await stage.pilot.press(key)
            await stage.until(lambda text=text: stage.reply.answer.text == text)


async def test_a_reply_that_another_program_writes_is_said_to_be_written_there(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with writer(path) as other:
        assert other.stdout is not None
        chat_id = other.stdout.readline().strip()
        async with staged(path=path, resume=chat_id) as stage:
            await stage.until(lambda: stage.chat.transcript.last_reply is not None)
            assert stage.notes == ["Another r1chat is writing this reply just now."]
            assert not stage.reply.unfinished
            other.kill()
            await stage.until(lambda: stage.reply.unfinished)
            assert stage.notes == ["Cut off: r1chat ended before this reply did. Ctrl+L goes on from here."]


async def test_what_another_program_ended_during_a_turn_is_shown_after_it(tmp_path: Path) -> None:
    path, gate = tmp_path / "chats.db", Gate()
    async with staged(path=path, gate=gate) as stage:
        with closing(Store(path)) as other:
            gate.let(10_000)
            await stage.ask("mine")
            opened = stage.session.conversation
            assert opened is not None
            _, draft = other.ask(opened.chat.id, opened.chat.active_leaf, "theirs", DRAFT)
            other.append_draft(draft.id, Piece("a thought"))
            await stage.until(lambda: stage.reply.message.id == draft.id)
            gate.let(3)
            await stage.type("mine again")
            await stage.until(lambda: gate.holds and stage.chat.turns.running)
            other.finish_draft(replace(draft, text="the end", status=Status.COMPLETE))
            await stage.until(lambda: other.conversation(opened.chat.id).messages[-1].thinking != "")
            gate.open()
            await stage.idle()
            await stage.until(lambda: "the end" in [one.answer.text for one in stage.chat.query(ReplyWidget)])
        assert [one.text for one in stage.chat.query(Question)] == ["mine", "theirs", "mine again"]


async def test_what_another_program_writes_leaves_in_place_what_is_being_read(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(Reply("", "line\n\n" * 80), path=path) as stage:
        await stage.ask("mine")
        transcript, read = stage.chat.transcript, stage.reply
        await stage.pilot.press("ctrl+home")
        await stage.until(lambda: transcript.scroll_y == 0)
        opened = stage.session.conversation
        assert opened is not None
        with closing(Store(path)) as other:
            _, draft = other.ask(opened.chat.id, opened.chat.active_leaf, "theirs", DRAFT)
            await stage.until(lambda: stage.reply.message.id == draft.id)
            other.append_draft(draft.id, Piece("a thought"))
            await stage.until(lambda: stage.reply.message.thinking == "a thought")
        assert read.is_attached
        assert transcript.scroll_y == 0
