"""What broke the program once, found by random steps."""

import asyncio
from pathlib import Path

import pytest
from rich.style import Style
from textual import events
from textual.widgets import OptionList

from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.errors import StoreError
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.keymap import keymap
from r1chat.tui.palette import Palette
from r1chat.tui.screens.models import ModelsScreen
from r1chat.tui.screens.settings import SettingsScreen
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.status_line import StatusLine
from r1chat.tui.widgets.welcome import Welcome
from tests.tui.stage import Gate, Stage, staged


async def answers(stage: Stage) -> None:
    """A key is echoed."""
    before = stage.chat.prompt.text
    stage.chat.prompt.focus()
    await stage.pilot.press("x")
    await stage.until(lambda: len(stage.chat.prompt.text) == len(before) + 1)


async def test_page_keys_in_a_chat_that_fits_its_window_do_nothing() -> None:
    async with staged() as stage:
        await stage.pilot.press("pageup", "pagedown", "ctrl+home", "ctrl+end")
        await answers(stage)


async def test_a_window_of_one_cell_is_drawn_and_grows_again() -> None:
    async with staged(size=(1, 1)) as stage:
        await stage.pilot.press("ctrl+o", "f12", "pagedown", "escape", "f1", "escape")
        for size in ((3, 2), (200, 1), (1, 50), (80, 24)):
            await stage.pilot.resize_terminal(*size)
        await answers(stage)


async def test_undo_that_takes_the_scrollbar_away_takes_the_cursor_along() -> None:
    async with staged() as stage:
        stage.chat.prompt.insert("one")
        stage.chat.prompt.history.checkpoint()
        stage.chat.prompt.insert("\nand more" * 30)
        await stage.pilot.pause()
        await stage.pilot.press("ctrl+z")
        assert stage.chat.prompt.text == "one"
        await answers(stage)


async def test_what_was_just_taken_off_and_is_still_drawn_cannot_be_selected() -> None:
    async with staged() as stage:
        welcome = stage.chat.query_one(Welcome)
        x, y = welcome.region.offset
        with stage.app.batch_update():
            await welcome.remove()
            assert stage.chat.get_widget_and_offset_at(x + 1, y + 1) == (None, None)


@pytest.mark.parametrize("key", ["ctrl+p", "f12"])
async def test_a_screen_is_left_once_however_often_it_is_told_to_go(key: str) -> None:
    async with staged() as stage:
        await stage.pilot.press(key)
        screen = stage.app.screen
        assert isinstance(screen, Palette | SettingsScreen)
        screen.dismiss()
        screen.dismiss()
        await stage.pilot.pause()
        assert stage.app.screen is stage.chat


@pytest.mark.parametrize("rounds", [0, 5, 10])
async def test_a_screen_that_is_left_before_it_is_whole_breaks_nothing(rounds: int) -> None:
    async with staged() as stage:
        stage.app.action_models()
        for _ in range(rounds):
            await asyncio.sleep(0)
        screen = stage.app.screen
        assert isinstance(screen, ModelsScreen)
        screen.dismiss(None)
        await stage.until(lambda: stage.app.screen is stage.chat)
        await answers(stage)


@pytest.mark.parametrize("key", ["ctrl+p", "f12"])
async def test_a_list_without_a_column_turns_no_page(key: str) -> None:
    async with staged() as stage:
        await stage.pilot.press(key)
        await stage.until(lambda: stage.app.screen.query_one(OptionList).option_count > 0)
        await stage.pilot.press("down")
        await stage.pilot.resize_terminal(2, 2)
        await stage.pilot.press("pagedown", "pageup", "escape")
        await answers(stage)


async def test_a_click_on_a_line_that_went_meanwhile_is_for_nothing() -> None:
    async with staged() as stage:
        await stage.pilot.press("/", "t")
        offered = stage.chat.prompt.completions
        await stage.until(lambda: offered.option_count > 1)
        last = offered.option_count - 1
        fields = dict.fromkeys(("x", "y", "delta_x", "delta_y"), 0) | {"button": 1}
        late = events.Click(
            offered, **fields, shift=False, meta=False, ctrl=False, style=Style(meta={"option": last})
        )
        chosen = OptionList.OptionSelected(offered, offered.options[last], last)
        stage.chat.prompt.put("/undo")
        await stage.until(lambda: offered.option_count <= last)
        offered.post_message(late)
        offered.post_message(chosen)
        await answers(stage)


async def test_a_note_for_a_reply_that_was_taken_off_is_dropped() -> None:
    async with staged() as stage:
        await stage.ask()
        reply = stage.reply
        await reply.remove()
        await reply.mount(Note("too late"))
        await answers(stage)


async def test_a_theme_of_our_own_has_its_contrast_though_it_is_not_kept() -> None:
    async with staged() as stage:
        await stage.type("/theme r1chat-light")
        await stage.until(lambda: stage.app.has_class("-own"))
        await stage.type("/theme textual-dark")
        await stage.until(lambda: not stage.app.has_class("-own"))


async def test_a_wide_window_shows_what_is_so_while_a_thought_is_read() -> None:
    async with staged(size=(200, 60)) as stage:
        await stage.ask()
        await stage.pilot.press("f6")
        stage.chat.refresh_status()
        line = str(stage.chat.query_one(StatusLine).render())
        assert "thinks in full" in line
        assert "Esc" in line


async def test_a_question_that_is_taken_back_while_a_reply_is_put_before_it_holds_nothing_up() -> None:
    gate = Gate(5)
    async with staged(gate=gate) as stage:
        await stage.type("one?")
        await stage.thinking(gate)
        await stage.type("two?")
        transcript, draft = stage.chat.transcript, stage.reply.message
        await stage.until(lambda: stage.chat.turns.waiting)
        (waiting,) = [question for question in transcript.query(Question) if question.queued]
        taken_back = asyncio.create_task(stage.chat.turns.take_back())
        await transcript.begin(draft, draft, Question("three?"))
        await taken_back
        assert not waiting.is_attached
        gate.open()


def test_advice_may_come_before_what_shows_it() -> None:
    Welcome().advise(["Take this one."])


def test_half_a_character_is_no_key() -> None:
    assert keymap({"help": "ctrl+\ud83d", "models": "\ud83d"}).keys == {}


async def test_a_session_that_has_ended_says_so_to_who_still_asks(tmp_path: Path) -> None:
    session = Session(Store(tmp_path / "chats.db"), FakeEngine(), LoadRequest(path="x"), model="x")
    await session.aclose()
    with pytest.raises(StoreError, match="closed"):
        await session.chats()
