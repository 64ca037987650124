"""What the status line and short words in passing leave in sight."""

from textual.widgets._toast import Toast

from r1chat.tui.widgets.status_line import StatusLine
from tests.tui.stage import Gate, Stage, staged


def shown(stage: Stage) -> str:
    return stage.chat.query_one(StatusLine).render().plain


async def test_what_is_free_of_the_context_stays_where_a_model_has_a_long_name() -> None:
    async with staged() as stage:
        await stage.ask("two?")
        assert "tok used" in shown(stage)
        stage.chat.situation.model = "/models/r1-0528-qwen3-8b.Q4_K_M.gguf"
        stage.chat.refresh_status()
        assert shown(stage).startswith("r1-0528-qwen3-8b.Q4_K_M.gguf · thinks in full · 3,449 free")
        stage.chat.situation.model = "r1-0528-qwen3-8b:Q4_K_M"
        stage.chat.refresh_status()
        assert "tok free" in shown(stage)
        assert "tok used" not in shown(stage)


async def test_what_can_be_done_with_a_running_thought_is_in_sight_at_80_columns() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:
        await stage.type("two?")
        await stage.thinking(gate)
        assert shown(stage).endswith("Esc stop  Ctrl+S answer now  F8 steer")
        assert " free" in shown(stage)
        stage.chat.situation.model = "r1-0528-qwen3-8b:Q4_K_M"
        stage.chat.refresh_status()
        assert shown(stage).startswith("r1-0528-qwen3-8b:Q4_K_M · ")
        assert "tok free" in shown(stage)
        assert shown(stage).endswith("Esc stop  Ctrl+S answer now")
        await stage.pilot.press("escape")
        await stage.idle()
        assert "Ctrl+L continue" in shown(stage)


async def test_a_preset_takes_no_room_from_the_context() -> None:
    async with staged() as stage:
        stage.chat.situation.drawing.choose("Precise")
        stage.chat.refresh_status()
        assert "tok used" in shown(stage)


async def test_a_word_in_passing_leaves_the_prompt_in_sight() -> None:
    async with staged() as stage:
        await stage.ask("two?")
        await stage.pilot.press("f9")
        await stage.until(lambda: bool(stage.app.screen.query(Toast)))
        (toast,) = stage.app.screen.query(Toast)
        assert not toast.region.overlaps(stage.chat.prompt.region)


async def test_the_same_word_in_passing_is_shown_once() -> None:
    async with staged() as stage:
        for words in ("Copied.", "Saved.", "Copied.", "Copied."):
            stage.chat.tell(words)
        await stage.until(lambda: len(stage.app.screen.query(Toast)) == 2)
        assert [notification.message for notification in stage.app._notifications] == ["Saved.", "Copied."]


async def test_the_line_over_an_edited_question_says_all_its_keys_at_80_columns() -> None:
    async with staged() as stage:
        await stage.ask("two?")
        await stage.pilot.press("f7")
        assert "Esc leaves" in (await stage.picture()).replace("&#160;", " ")
