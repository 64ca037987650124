"""What is set is so from the first paint on, and what is changed counts at once."""

from pathlib import Path

import pytest

from r1chat.core.commands import in_keys
from r1chat.core.presets import CREATIVE, PRECISE
from r1chat.tui.motion import every
from r1chat.tui.preferences import Preferences
from tests.tui.stage import staged


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def written(file: Path, text: str) -> Preferences:
    file.write_text(text)
    return Preferences(file, {})


async def test_a_file_with_mistakes_is_told_and_the_rest_of_it_counts(file: Path) -> None:
    preferences = written(
        file, '[look]\ntheme = "pink[/think]"\n[sampling]\ntop_p = 3\ntemperature = 1\n[keys]\nstop = "f1"\n'
    )
    async with staged(preferences=preferences) as stage:
        await stage.until(lambda: len(stage.notes) == 3)
        assert f"{file}, line 4: the value of sampling.top_p cannot be used." in stage.notes[0]
        assert "f1 is the key of help" in stage.notes[1]
        assert "There is no theme “pink[/think]”." in stage.notes[2]
        await stage.ask()
        assert stage.engine.requests[-1].sampling.temperature == 1
        assert stage.engine.requests[-1].sampling.top_p == 0.95


async def test_keys_of_ones_own_act_and_are_told(file: Path) -> None:
    preferences = written(file, '[keys]\nhelp = "f11"\nprompt.send = "ctrl+s"\nprompt.newline = "enter"\n')
    preferences = written(file, file.read_text() + 'answer_now = "shift+f7"\n')
    async with staged(preferences=preferences) as stage:
        assert not stage.notes
        await stage.pilot.press("f1")
        assert stage.app.screen is stage.chat
        await stage.pilot.press("f11")
        assert stage.app.screen is not stage.chat
        assert "F11" in await stage.picture()
        assert in_keys("{help} and {prompt.send}") == "F11 and Ctrl+S"
        await stage.pilot.press("escape", "a", "enter", "b", "ctrl+s")
        await stage.idle()
        conversation = stage.session.conversation
        assert conversation is not None
        assert conversation.messages[0].text == "a\nb"


async def test_a_theme_that_cannot_be_kept_is_said(file: Path) -> None:
    async with staged(preferences=written(file, "[look")) as stage:
        stage.app.theme = "nord"
        await stage.until(lambda: bool(stage.app._notifications))
        (said,) = stage.app._notifications
        assert "for now only" in said.message
        assert stage.app.theme == "nord"
    assert file.read_text() == "[look"


async def test_a_theme_of_the_palette_is_kept(file: Path) -> None:
    async with staged(preferences=Preferences(file, {})) as stage:
        stage.app.theme = "nord"
        await stage.until(lambda: stage.app.preferences.settings.look.theme == "nord")
    async with staged(preferences=Preferences(file, {})) as stage:
        assert stage.app.theme == "nord"


async def test_a_chat_draws_by_its_last_replys_preset(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        drawing = stage.chat.situation.drawing
        drawing.choose("creative")
        stage.chat.refresh_status()
        assert "draws creative" in stage.status
        await stage.ask()
        assert stage.engine.requests[-1].sampling.temperature == CREATIVE.temperature
        await stage.pilot.press("ctrl+n")
        await stage.until(lambda: drawing.preset.name == "recommended")
    async with staged(path=path, reopen_last=True) as stage:
        assert stage.chat.situation.drawing.preset == CREATIVE


async def test_a_preset_of_the_file_is_a_choice_and_follows_it(file: Path) -> None:
    preferences = written(file, "[presets.mine]\ntemperature = 0.2\n")
    async with staged(preferences=preferences) as stage:
        drawing = stage.chat.situation.drawing
        assert [preset.name for preset in drawing.presets] == ["recommended", "precise", "creative", "mine"]
        drawing.choose("mine")
        await stage.app.change("sampling.temperature", "1.1")
        assert drawing.start.name == "settings"
        assert drawing.preset.temperature == 0.2
        drawing.choose("")
        assert drawing.preset.name == "recommended"
        drawing.choose("PRECISE")
        assert drawing.preset == PRECISE


async def test_reduced_motion_stills_everything_at_once(file: Path) -> None:
    async with staged(preferences=Preferences(file, {})) as stage:
        assert every(stage.app, 15) == 1 / 15
        await stage.app.change("look.reduced_motion", "true")
        assert stage.app.animation_level == "none"
        assert not stage.chat.prompt.cursor_blink
        assert every(stage.app, 15) == 1
        await stage.app.change("look.reduced_motion", None)
        assert stage.chat.prompt.cursor_blink
        stage.chat.prompt.cursor_blink = False
    async with staged(preferences=Preferences(file, {"R1CHAT_LOOK_REDUCED_MOTION": "1"})) as stage:
        assert stage.app.animation_level == "none"
