from contextlib import closing
from pathlib import Path

from r1chat.core.conversation import Conversation, Message, Role, Status
from r1chat.engine.fake_reply import Reply
from r1chat.store import Store
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.question import Question
from tests.tui.stage import Gate, staged

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)


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
