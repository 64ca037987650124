"""A thought is read, searched and forked with the keyboard."""

from pathlib import Path

from textual.widgets import Input

from r1chat.core.conversation import Origin
from r1chat.engine.base import Capability
from r1chat.engine.fake_reply import Reply
from r1chat.tui.widgets.find_line import FindLine
from r1chat.tui.widgets.thought_reader import ThoughtReader
from tests.tui.stage import ANSWER, THOUGHT, Gate, Stage, staged

LONG = "\n\n".join(f"Step {n}: the number {n * n} is the square of {n}." for n in range(60)) + "\n"


async def reading(stage: Stage) -> ThoughtReader:
    await stage.pilot.press("f6")
    await stage.until(lambda: isinstance(stage.chat.focused, ThoughtReader))
    reader = stage.chat.focused
    assert isinstance(reader, ThoughtReader)
    return reader


async def test_f6_goes_into_the_last_thought_then_into_the_one_before_and_back() -> None:
    async with staged() as stage:
        await stage.ask("one?")
        await stage.ask("two?")
        last = await reading(stage)
        assert last is stage.reply.pane.reader
        assert stage.reply.pane.opened
        await stage.pilot.press("f6")
        await stage.until(lambda: stage.chat.focused is not last)
        first = stage.chat.focused
        assert isinstance(first, ThoughtReader)
        await stage.pilot.press("f6")
        assert stage.chat.focused is first
        await stage.pilot.press("shift+f6")
        await stage.until(lambda: stage.chat.focused is last)
        await stage.pilot.press("shift+f6")
        assert stage.chat.focused is stage.chat.prompt
        await reading(stage)
        await stage.pilot.press("escape")
        assert stage.chat.focused is stage.chat.prompt


async def test_without_a_thought_it_is_said() -> None:
    async with staged(Reply("", "none")) as stage:
        await stage.pilot.press("f6")
        assert stage.chat.focused is stage.chat.prompt


async def test_keys_walk_through_a_thought_and_keep_the_caret_in_view() -> None:
    async with staged(Reply(LONG, "done")) as stage:
        await stage.ask()
        reader = await reading(stage)
        lines = reader._text.laid_out(reader._columns)
        await stage.pilot.press("g")
        assert (reader.caret, reader.scroll_offset.y) == (0, 0)
        await stage.pilot.press("right", "right", "down", "down")
        assert reader.place == LONG.index("Step 1") + len("Step 0: ")
        await stage.pilot.press("pagedown", "pagedown")
        top = reader.scroll_offset.y
        assert top > 0
        height = reader.content_size.height
        row = next(n for n, start in enumerate(lines.starts) if start > reader.caret) - 1
        assert top <= row < top + height
        await stage.pilot.press("G")
        assert reader.place == len(LONG.rstrip())
        await stage.pilot.press("left", "left")
        assert LONG[reader.place :].startswith("of 59.")


async def test_a_running_thought_can_be_read_and_stays_open_when_it_ends() -> None:
    gate = Gate(200)
    async with staged(Reply(LONG, "done"), gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        reader = await reading(stage)
        await stage.pilot.press("pageup", "pageup")
        place, top = reader.place, reader.scroll_offset.y
        gate.let(100)
        await stage.until(lambda: gate.holds)
        await stage.reply.flush()
        assert (reader.place, reader.scroll_offset.y) == (place, top)
        await stage.pilot.press("end")
        gate.let(100)
        await stage.until(lambda: gate.holds)
        await stage.reply.flush()
        assert reader.scroll_y == reader.max_scroll_y
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)
        assert stage.reply.pane.opened
        assert stage.chat.focused is reader


async def test_below_a_long_open_thought_comes_its_answer_and_no_empty_space() -> None:
    gate = Gate(400)
    async with staged(Reply(LONG, "done"), gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        reader, pane = await reading(stage), stage.reply.pane
        assert pane.region.bottom == reader.region.bottom <= stage.chat.prompt.region.y
        await stage.pilot.press("escape")
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)
        for size in ((120, 40), (80, 24)):
            await stage.pilot.resize_terminal(*size)
            high = size[1] * 6 // 10
            await stage.until(lambda high=high: reader.region.height == high)
            assert pane.region.bottom == reader.region.bottom


async def test_words_are_found_walked_through_and_let_go() -> None:
    async with staged(Reply(LONG, "done")) as stage:
        await stage.ask()
        reader = await reading(stage)
        await stage.pilot.press("g", "slash", *"SQUARE")
        line = stage.chat.query_one(FindLine)
        assert reader.tally() == "1/60"
        await stage.pilot.press("enter")
        assert stage.chat.focused is reader
        await stage.pilot.press("n", "n")
        assert reader.tally() == "3/60"
        assert LONG[reader.place :].startswith("square of 2.")
        await stage.pilot.press("N", "N", "N")
        assert reader.tally() == "60/60"
        await stage.pilot.press("slash")
        assert stage.chat.focused is line.query_one(Input)
        await stage.pilot.press("x")
        assert reader.tally() == "not in this thought"
        await stage.pilot.press("escape")
        assert (reader.finder, stage.chat.focused) == (None, reader)
        assert not stage.chat.query(FindLine)
        await stage.pilot.press("slash", "s", "enter", "escape")
        assert reader.finder is None
        assert stage.chat.focused is reader


async def test_a_search_finds_what_comes_while_it_streams() -> None:
    gate = Gate(60)
    async with staged(Reply(LONG, "done"), gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        reader = await reading(stage)
        await stage.pilot.press("slash", *"square", "enter")
        finder = reader.finder
        assert finder is not None
        before = len(finder.places)
        gate.let(60)
        await stage.until(lambda: gate.holds)
        await stage.reply.flush()
        assert len(finder.places) > before > 0
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)


async def test_a_thought_is_forked_at_the_caret(tmp_path: Path) -> None:
    kept = "First I look at the "
    other = Reply(kept + "letters.\n", "No sum.")
    async with staged(Reply(THOUGHT, ANSWER), other, path=tmp_path / "chats.db") as stage:
        await stage.ask()
        first = stage.reply.message
        await reading(stage)
        await stage.pilot.press("g", *["right"] * 5)
        await stage.pilot.press("f")
        await stage.until(lambda: len(stage.engine.requests) == 2)
        await stage.idle()
        prefix = stage.engine.requests[-1].prefix
        assert prefix is not None
        assert (prefix.thinking, prefix.closed) == (kept, False)
        assert stage.reply.pane.thought == kept + "letters.\n"
        assert stage.reply.message.origin is Origin.FORK
        assert stage.reply.message.forked_from == first.id
        await stage.pilot.press("f9")
        await stage.until(lambda: stage.reply.message.id == first.id)
        assert stage.reply.pane.thought == THOUGHT


async def test_a_running_thought_is_not_forked_and_it_is_said() -> None:
    gate = Gate(40)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await reading(stage)
        await stage.pilot.press("up", "f")
        await stage.pilot.pause()
        assert len(stage.engine.requests) == 1
        gate.open()
        await stage.until(lambda: not stage.chat.turns.running)


async def test_an_engine_that_cannot_go_on_from_a_place_is_not_asked_to() -> None:
    async with staged() as stage:
        await stage.ask()
        stage.engine.can -= {Capability.PREFIX}
        await reading(stage)
        stage.chat.refresh_status()
        assert "fork here" not in [words for _, words in stage.chat.query_one("StatusLine").hints]
        await stage.pilot.press("f")
        await stage.pilot.pause()
        assert len(stage.engine.requests) == 1


async def test_a_budget_has_a_bar() -> None:
    gate = Gate(40)
    async with staged(gate=gate) as stage:
        await stage.type("/think 100")
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        assert "▰▰▰▱▱▱▱▱ 40/100 tok" in stage.reply.pane._head()
        gate.open()
        await stage.idle()


async def test_words_put_into_a_thought_are_marked_live_and_when_reopened(tmp_path: Path) -> None:
    gate = Gate(20)
    path = tmp_path / "chats.db"
    async with staged(gate=gate, path=path) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        await stage.type("/steer Try it backwards.")
        gate.let(20)
        await stage.until(lambda: gate.holds)
        await stage.reply.flush()
        assert "\n\n⟨you: Try it backwards.⟩\n" in stage.reply.pane.reader.said.shown
        await stage.pilot.press("ctrl+s")
        gate.open()
        await stage.idle()
        shown = stage.reply.pane.reader.said.shown
        assert shown.rstrip().endswith("⟨r1chat: I should stop here and give the final answer now.⟩")
        assert "ended by you" in stage.reply.pane._head()
    async with staged(path=path, reopen_last=True) as stage:
        await stage.until(lambda: bool(stage.chat.transcript.query("Reply")))
        assert stage.reply.pane.reader.said.shown == shown
        assert "ended by you" in stage.reply.pane._head()


async def test_a_reopened_chat_thinks_as_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.type("/think 300")
        await stage.ask()
    async with staged(path=path, reopen_last=True) as stage:
        await stage.until(lambda: bool(stage.chat.transcript.query("Reply")))
        stage.chat.refresh_status()
        assert "≤ 300 tok" in stage.status
