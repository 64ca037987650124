"""A long chat is mounted in part: what is seen, what lies around it, and its last turn."""

import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widget import Widget

from r1chat.core.conversation import Chat, Conversation, Message, Role, Status
from r1chat.engine.fake_reply import Reply
from r1chat.store import Store
from r1chat.tui.outside import Side
from r1chat.tui.widgets.edge import Edge
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from r1chat.tui.widgets.transcript import Transcript
from tests.tui.stage import NOON, Gate, Stage, staged

TURNS = 20
LAST = TURNS * 2 - 1
MOST = 30
"""Messages that a window of 14 lines may have mounted."""


def long_chat(turns: int = TURNS, *, dice: random.Random | None = None) -> Conversation:
    lines = (dice.randint(1, 5) if dice else 4 for _ in range(turns * 2))
    messages = tuple(
        Message(
            id=f"m{n}",
            chat_id="long",
            parent_id=f"m{n - 1}" if n else None,
            role=Role.ASSISTANT if n % 2 else Role.USER,
            text=f"text {n}" + "\n\nmore" * count,
            thinking=f"thought {n}" if n % 2 else "",
            thinking_closed=True,
            status=Status.COMPLETE,
            created_at=NOON + n,
        )
        for n, count in enumerate(lines)
    )
    return Conversation(Chat(id="long", title="long", active_leaf=messages[-1].id, created_at=NOON), messages)


@asynccontextmanager
async def opened(
    folder: Path, *script: Reply, chat: Conversation | None = None, gate: Gate | None = None
) -> AsyncGenerator[Stage, None]:
    path = folder / "chats.db"
    store = Store(path)
    store.add(chat or long_chat())
    store.close()
    async with staged(*script, path=path, resume="long", gate=gate, size=(60, 14)) as stage:
        await stage.until(lambda: bool(stage.chat.transcript.said))
        yield stage


def ids(widgets: list[Widget] | list[Question | ReplyWidget]) -> list[str]:
    shown = [widget for widget in widgets if isinstance(widget, Question | ReplyWidget)]
    return [widget.message.id for widget in shown if widget.message]


def everything(transcript: Transcript) -> list[str]:
    """The ids of all messages, in the order in which one would scroll past them."""
    above, below = (
        [part.id for part in parts if isinstance(part, Message)]
        for parts in (transcript._outside.above, transcript._outside.below)
    )
    shown, end = transcript._parts()
    return [*above, *ids(shown), *below, *ids(end)]


def in_sight(transcript: Transcript) -> dict[str, int]:
    """The ids of the messages that are seen, and at which line of the screen each begins."""
    return {
        widget.message.id: widget.region.y
        for widget in transcript.said
        if widget.display and widget.message and widget.region.overlaps(transcript.region)
    }


def number(message_id: str) -> int:
    return int(message_id[1:])


def check(transcript: Transcript, count: int = TURNS * 2) -> None:
    assert everything(transcript) == [f"m{n}" for n in range(count)]
    assert len(transcript.said) <= MOST
    shown = [child.display for child in transcript.children if not isinstance(child, Edge)]
    assert all(shown) == transcript.at_end
    edges = [edge.side for edge in transcript.query(Edge)]
    outside = transcript._outside
    assert edges == [side for side, parts in zip(Side, (outside.above, outside.below), strict=True) if parts]


async def rest(stage: Stage) -> None:
    """Wait until nothing more is mounted."""
    transcript = stage.chat.transcript
    await stage.until(
        lambda: transcript._wanted() is None and not transcript._brought and not transcript._changing.locked()
    )
    await stage.pilot.wait_for_scheduled_animations()


async def press(stage: Stage, *keys: str) -> None:
    for key in keys:
        await stage.pilot.press(key)
        await rest(stage)


async def test_who_pages_up_and_down_sees_every_message_and_few_are_mounted(tmp_path: Path) -> None:
    async with opened(tmp_path, chat=long_chat(dice=random.Random(1))) as stage:
        transcript = stage.chat.transcript
        for turn in (transcript.scroll_page_up, transcript.scroll_page_down):
            seen, before = list(map(number, in_sight(transcript))), -1.0
            while before != transcript.scroll_y:
                before = transcript.scroll_y
                turn(animate=False)
                await rest(stage)
                check(transcript)
                now = list(map(number, in_sight(transcript)))
                assert max(seen) >= min(now) - 1
                assert min(seen) <= max(now) + 1
                seen += now
            assert set(seen) == set(range(TURNS * 2))
        assert transcript.at_end


async def test_what_is_read_stays_where_it_is_whatever_is_mounted_around_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        for _ in range(3):
            await press(stage, "pageup")
        while transcript._outside.above:
            before = in_sight(transcript)
            await transcript._bring(Side.ABOVE)
            await rest(stage)
            assert in_sight(transcript) == before
        await press(stage, "ctrl+home")
        before = in_sight(transcript)
        while transcript._outside.below:
            await transcript._bring(Side.BELOW)
            await rest(stage)
            assert in_sight(transcript) == before


async def test_to_the_beginning_and_to_the_end_in_one_step(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        await press(stage, "ctrl+home")
        assert next(iter(in_sight(transcript))) == "m0"
        assert transcript.scroll_y == 0
        check(transcript)
        await press(stage, "ctrl+end")
        assert list(in_sight(transcript))[-1] == f"m{LAST}"
        assert transcript.follows
        check(transcript)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_lost_on_a_random_walk(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    async with opened(tmp_path, chat=long_chat(dice=dice)) as stage:
        transcript = stage.chat.transcript
        for _ in range(25):
            match dice.choice(("up", "up", "down", "down", "first", "last", "jump", "size", "jerk")):
                case "up":
                    transcript.scroll_relative(y=-dice.randint(1, 50), animate=bool(dice.randint(0, 1)))
                case "down":
                    transcript.scroll_relative(y=dice.randint(1, 50), animate=bool(dice.randint(0, 1)))
                case "first":
                    await transcript.to_beginning()
                case "last":
                    await transcript.to_end()
                case "jump":
                    wanted = f"m{dice.randrange(TURNS * 2)}"
                    found = await transcript.reach(wanted)
                    assert found is not None
                    assert ids([found]) == [wanted]
                case "size":
                    await stage.pilot.resize_terminal(dice.randint(30, 90), dice.randint(8, 20))
                case "jerk":
                    transcript.scroll_home(animate=False)
                    transcript.scroll_end(animate=False)
            if dice.randint(0, 1):
                await stage.pilot.pause()
        await rest(stage)
        check(transcript)
        await press(stage, "ctrl+end")
        assert list(in_sight(transcript))[-1] == f"m{LAST}"


async def test_commands_mean_the_last_reply_however_far_up_one_reads(tmp_path: Path) -> None:
    async with opened(tmp_path, Reply("anew", "another")) as stage:
        transcript = stage.chat.transcript
        await press(stage, "ctrl+home", "f4")
        assert stage.app.clipboard.startswith(f"text {LAST}")
        assert "m0" in in_sight(transcript)
        await press(stage, "ctrl+t")
        assert stage.reply.message.id == f"m{LAST}"
        assert stage.reply.pane.opened
        assert f"m{LAST}" in in_sight(transcript)
        await press(stage, "ctrl+home", "ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 1)
        await stage.idle()
        await rest(stage)
        assert stage.reply.answer.text == "another"
        assert everything(transcript)[:-1] == [f"m{n}" for n in range(LAST)]
        assert stage.reply.display
        assert transcript.follows


async def test_a_reply_goes_on_while_one_reads_far_up_and_is_at_the_end(tmp_path: Path) -> None:
    gate = Gate(20)
    async with opened(tmp_path, Reply("one two three " * 20, "done " * 50), gate=gate) as stage:
        transcript = stage.chat.transcript
        await stage.type("new?")
        await stage.thinking(gate)
        running = stage.reply
        await press(stage, "ctrl+home")
        assert not running.display
        assert "m0" in in_sight(transcript)
        gate.let(30)
        await stage.until(lambda: gate.holds)
        assert "m0" in in_sight(transcript)
        assert transcript.scroll_y == 0
        await press(stage, "ctrl+end")
        assert stage.reply is running
        assert running.region.overlaps(transcript.region)
        await press(stage, "ctrl+home")
        gate.open()
        await stage.idle()
        assert "m0" in in_sight(transcript)
        await press(stage, "ctrl+end")
        assert stage.reply is running
        assert running.answer.text == "done " * 50
        assert ids(transcript.said)[-2:] == [running.message.parent_id, running.message.id]
        assert transcript.follows


async def test_a_question_that_is_sent_from_far_up_is_shown_at_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path, Reply("hm", "so")) as stage:
        transcript = stage.chat.transcript
        await press(stage, "ctrl+home")
        await stage.ask("new?")
        await rest(stage)
        assert everything(transcript)[: LAST + 1] == [f"m{n}" for n in range(LAST + 1)]
        assert len(everything(transcript)) == LAST + 3
        assert transcript.at_end
        assert stage.reply.region.overlaps(transcript.region)


async def test_earlier_questions_are_edited_and_thoughts_are_read_though_they_are_put_away(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as stage:
        transcript, prompt = stage.chat.transcript, stage.chat.prompt
        for _ in range(15):
            await stage.pilot.press("f7")
        assert prompt.text.startswith("text 10")
        reply = stage.chat.reply
        assert reply is not None
        assert reply.message.id == "m11"
        await stage.pilot.press("f4")
        assert stage.app.clipboard.startswith("text 11")
        await stage.pilot.press("escape")
        for n in range(15):
            await stage.pilot.press("f6")
            await stage.until(
                lambda n=n: bool((r := stage.chat.reply) and r.message.id == f"m{LAST - 2 * n}")
            )
        await rest(stage)
        assert stage.chat.reply is not transcript.last_reply
        assert "m11" in in_sight(transcript)
        check(transcript)
        await press(stage, "ctrl+r")


async def test_an_earlier_reply_is_given_anew_where_it_was_put_away(tmp_path: Path) -> None:
    async with opened(tmp_path, Reply("anew", "another")) as stage:
        transcript = stage.chat.transcript
        for _ in range(15):
            await stage.pilot.press("f7")
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: len(stage.engine.requests) == 1)
        await stage.idle()
        await rest(stage)
        assert everything(transcript)[:-1] == [f"m{n}" for n in range(11)]
        assert stage.reply.answer.text == "another"
        assert transcript.follows


async def test_notes_are_there_again_with_what_they_stand_beside(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        await transcript.add(Note("It was so.", "Press on."))
        await stage.ask("one?")
        await press(stage, "ctrl+home")
        assert not stage.notes
        await press(stage, "ctrl+end")
        assert stage.notes == ["It was so. Press on."]


async def test_what_another_program_says_is_added_below_what_is_put_away(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        await press(stage, "ctrl+home")
        store = Store(tmp_path / "chats.db", clock=lambda: NOON)
        question, draft = store.ask(
            "long",
            f"m{LAST}",
            "from elsewhere?",
            Message(id="", chat_id="long", parent_id=None, role=Role.ASSISTANT),
        )
        store.close()
        await stage.until(lambda: len(everything(transcript)) == LAST + 3)
        await rest(stage)
        assert "m0" in in_sight(transcript)
        assert everything(transcript)[LAST + 1 :] == [question.id, draft.id]
        await press(stage, "ctrl+end")
        assert question.id in in_sight(transcript)


async def test_what_is_gone_to_stays_at_the_top_though_it_is_laid_out_late(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        await press(stage, "ctrl+home")
        first = transcript.said[0]
        first.styles.height = 0
        await transcript.to_beginning()
        await stage.pilot.pause()
        first.styles.height = "auto"
        await rest(stage)
        assert transcript.scroll_y == 0
        assert next(iter(in_sight(transcript))) == "m0"


async def test_a_page_down_at_the_end_goes_on_following_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as stage:
        transcript = stage.chat.transcript
        await stage.until(lambda: transcript.follows and transcript.is_vertical_scroll_end)
        for focus in (stage.chat.prompt, transcript):
            focus.focus()
            await stage.pilot.press("pagedown")
            await stage.pilot.pause()
            assert transcript.follows
        await stage.pilot.press("pageup")
        await stage.until(lambda: not transcript.follows)
