"""Keys that are typed faster than their effects come: none goes to the wrong widget."""

from textual.events import Key
from textual.widgets import Input

from r1chat.tui.screens.thought_editor import RawArea
from tests.tui.stage import Stage, staged


def burst(stage: Stage, *keys: str) -> None:
    """Type all of them before the first can have its effect."""
    for key in keys:
        stage.app.post_message(Key(key, key if len(key) == 1 else None))


async def test_words_typed_at_once_behind_a_slash_are_looked_for_in_the_thought() -> None:
    async with staged() as stage:
        await stage.ask()
        burst(stage, "f6", "slash", *"numbers", "enter", "n")
        await stage.until(lambda: stage.reply.pane.reader.tally() == "2/12")
        assert stage.reply.pane.reader.has_focus
        assert not stage.chat.prompt.text


async def test_words_typed_at_once_behind_ctrl_f_are_searched_for_in_all_chats() -> None:
    async with staged() as stage:
        await stage.ask()
        burst(stage, "ctrl+f", *"numbers", "escape", *"sum")
        await stage.until(lambda: stage.chat.sidebar.text == "sum")
        burst(stage, "escape", "escape", *"hello")
        await stage.until(lambda: stage.chat.prompt.text == "hello")
        assert not stage.chat.sidebar.display


async def test_words_typed_at_once_behind_a_chosen_chat_go_into_the_prompt() -> None:
    async with staged() as stage:
        await stage.ask()
        burst(stage, "ctrl+n", "ctrl+o")
        await stage.until(lambda: stage.chat.sidebar.list.count == 1)
        burst(stage, "enter", *"dear")
        await stage.until(lambda: stage.chat.prompt.text == "dear" and bool(stage.chat.transcript.last_reply))
        burst(stage, "ctrl+n", "ctrl+f", *"sum", "enter", *"dear")
        await stage.until(
            lambda: stage.chat.prompt.text == "deardear" and bool(stage.chat.transcript.last_reply)
        )
        assert stage.chat.sidebar.field.value == "sum"


async def test_words_typed_at_once_behind_a_key_that_opens_a_screen_go_into_its_field() -> None:
    async with staged() as stage:
        await stage.ask()
        burst(stage, "f6", "e", "ctrl+home", *"So ")
        await stage.until(lambda: isinstance(stage.app.focused, RawArea) and "So " in stage.app.focused.text)
        burst(stage, "escape", "escape", *"ab", "f12", "slash", *"theme")
        await stage.until(lambda: isinstance(stage.app.focused, Input) and stage.app.focused.value == "theme")
        assert stage.chat.prompt.text == "ab"


async def test_words_typed_at_once_behind_the_key_that_renames_a_chat_are_all_in_its_title() -> None:
    async with staged() as stage:
        await stage.ask()
        burst(stage, "ctrl+o")
        await stage.until(lambda: stage.chat.sidebar.list.has_focus and stage.chat.sidebar.list.count == 1)
        burst(stage, "r", *"abcd")
        await stage.until(lambda: stage.chat.sidebar.line.value.endswith("cd"))
        assert stage.chat.sidebar.line.value.endswith("abcd")
