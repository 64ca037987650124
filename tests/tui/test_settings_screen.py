"""The settings screen: everything is on it, and a change is checked, kept and in effect."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.screen import Screen
from textual.widgets import Input, Static

from r1chat.core.commands import SECTIONS
from r1chat.core.conversation import Mode
from r1chat.core.presets import Preset
from r1chat.engine.base import LoadRequest
from r1chat.settings import Settings, keys, load
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.settings import SettingsScreen
from r1chat.tui.widgets.setting_list import SettingList
from tests.tui.stage import Gate, Stage, staged


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


class Sat:
    """Somebody before the settings screen."""

    def __init__(self, stage: Stage, screen: Screen[object]) -> None:
        self.stage, self.screen = stage, screen
        self.listed = screen.query_one(SettingList)

    @property
    def said(self) -> str:
        return str(self.screen.query_one("#details", Static).content)

    @property
    def shown(self) -> dict[str, str]:
        options = [option for option in self.listed.options if option.id]
        return {str(option.id): str(option.prompt) for option in options}

    async def at(self, name: str) -> None:
        self.listed.highlighted = [option.id for option in self.listed.options].index(name)
        await self.stage.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.stage.pilot.press(*keys)
        await self.stage.until(
            lambda: all(worker.is_finished for worker in self.stage.app.workers if worker.group == "set")
        )


@asynccontextmanager
async def sitting(
    preferences: Preferences, gate: Gate | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[Sat, None]:
    async with staged(preferences=preferences, gate=gate, size=size) as stage:
        await stage.pilot.press("f12")
        assert isinstance(stage.app.screen, SettingsScreen)
        yield Sat(stage, stage.app.screen)


async def test_everything_that_can_be_set_is_listed(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        commands = {f"keys.{entry.name}" for section in SECTIONS for entry in section.commands}
        presets = {"presets.recommended", "presets.precise", "presets.creative"}
        assert set(sat.shown) == {key.name for key in keys()} | commands | presets
        for key in keys():
            await sat.at(key.name)
            assert key.description in sat.said
            assert key.effect in sat.said


async def test_where_a_value_comes_from_is_told(file: Path) -> None:
    file.write_text("[sampling]\ntop_p = 0.8\n")
    environ = {"R1CHAT_THINKING_BUDGET": "77"}
    async with sitting(Preferences(file, environ, flags={"context.size": 4096})) as sat:
        assert sat.shown["sampling.top_p"].split() == ["top", "p", "0.8", "file"]
        assert sat.shown["thinking.budget"].split() == ["budget", "77", "environment"]
        assert sat.shown["context.size"].split() == ["size", "4096", "command", "line"]
        await sat.at("thinking.budget")
        await sat.press("enter", "9", "enter")
        assert sat.said == "R1CHAT_THINKING_BUDGET in the environment outranks the file."


async def test_a_choice_is_taken_by_arrows_and_counts_at_once(file: Path) -> None:
    file.write_text("# mine\n")
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("thinking.mode")
        await sat.press("right", "right")
        assert sat.stage.chat.situation.thinking.mode is Mode.OFF
        await sat.at("look.theme")
        await sat.press("right")
        theme = sat.stage.app.theme
        assert theme != "textual-dark"
        assert f'theme = "{theme}"' in file.read_text()
        assert file.read_text().startswith("# mine\n")
        await sat.press("r")
        assert sat.stage.app.theme == "textual-dark"
        await sat.press("escape")
        assert "does not think" in sat.stage.status


async def test_each_of_several_quick_steps_counts(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("thinking.mode")
        free, change = asyncio.Event(), sat.stage.app.change

        async def slow(name: str, text: str | None) -> None:
            await free.wait()
            await change(name, text)

        monkeypatch.setattr(sat.screen, "_change", slow)
        await sat.stage.pilot.press("right", "right")
        free.set()
        await sat.press("left", "right")
        assert sat.stage.chat.situation.thinking.mode is Mode.OFF


async def test_a_value_is_checked_while_it_is_typed_and_used_by_the_next_turn(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("sampling.temperature")
        await sat.press("enter", *["backspace"] * 3, "9")
        assert sat.said == "✗ sampling.temperature: '9' cannot be used. Give a number from 0 to 5."
        await sat.press("enter")
        assert sat.screen.query_one(Input).display
        await sat.press("backspace", *"1.5", "enter")
        assert "1.5" in sat.shown["sampling.temperature"]
        await sat.press("escape")
        assert "draws settings" in sat.stage.status
        await sat.stage.ask()
        assert sat.stage.engine.requests[-1].sampling.temperature == 1.5


async def test_what_is_not_set_is_called_what_it_is(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        assert sat.shown["context.size"].split() == ["size", "automatic"]
        assert sat.shown["downloads.limit"].split() == ["limit", "no", "limit"]
        assert not [name for name, row in sat.shown.items() if row.endswith("none") and "keys." not in name]
        await sat.at("engine.kv")
        assert "or automatic." in sat.said
        assert "It comes as automatic." in sat.said
        await sat.press("right")
        assert 'kv = "' in file.read_text()
        await sat.press("left")
        assert "kv" not in file.read_text()
        await sat.at("engine.threads")
        await sat.press("enter", "3", "enter", "enter", "backspace", *"automatic", "enter")
        assert sat.shown["engine.threads"].split() == ["threads", "automatic"]


async def test_escape_leaves_a_value_as_it_was(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("sampling.top_p")
        await sat.press("enter", "1", "escape")
        assert sat.stage.app.screen is sat.screen
        assert not file.exists()


async def test_words_find_settings(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.press("slash", *"long thought", "enter")
        assert "look.notify" in sat.shown
        assert "look.theme" not in sat.shown
        await sat.press("escape")
        assert len(sat.shown) > 40


async def test_a_key_is_given_and_acts_at_once(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("keys.help")
        await sat.press("enter", *["backspace"] * 2, *"f3")
        assert "f3 is the key of models" in sat.said
        await sat.press("backspace", *"11", "enter")
        await sat.press("escape", "f11")
        assert type(sat.stage.app.screen).__name__ == "HelpScreen"


async def test_what_needs_the_model_loaded_again_says_so_and_does_it(file: Path) -> None:
    def request(settings: Settings) -> LoadRequest:
        return LoadRequest(path="", n_ctx=settings.context.size)

    gate = Gate(20)
    async with sitting(Preferences(file, {}, request=request), gate) as sat:
        await sat.at("context.size")
        await sat.press("enter", *"4096", "enter")
        assert sat.said == "Kept. Counts when the model is loaded again. Press l to do that now."
        await sat.press("l")
        await sat.stage.until(lambda: len(sat.stage.engine.load_requests) == 2)
        assert sat.stage.engine.load_requests[-1] == LoadRequest(path="tiny.gguf", n_ctx=4096)
        await sat.press("escape")
        await sat.stage.type("What is 2+2?")
        await sat.stage.thinking(gate)
        await sat.press("f12")
        again = Sat(sat.stage, sat.stage.app.screen)
        await again.press("l")
        assert again.said == "The model is at work; it can be loaded again when that has ended."
        gate.open()


async def test_the_first_row_is_under_the_cursor_at_once(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.stage.pilot.pause()
        assert sat.listed.marked == next(iter(sat.shown))
        assert sat.said


async def test_a_preset_is_chosen_here_by_key_and_by_command(file: Path) -> None:
    async with sitting(Preferences(file, {})) as sat:
        await sat.at("presets.creative")
        await sat.press("enter", "escape")
        await sat.stage.until(lambda: "draws creative" in sat.stage.status)
        await sat.press("shift+f2")
        await sat.stage.until(lambda: "draws" not in sat.stage.status)
        await sat.stage.type("/preset precise")
        await sat.stage.until(lambda: "draws precise" in sat.stage.status)
        await sat.stage.type("/preset calm 0.4 0.8")
        await sat.stage.until(lambda: "draws calm" in sat.stage.status)
        assert load(file, {}).own_presets() == (Preset("calm", 0.4, 0.8),)
        await sat.stage.type("/preset calm 0.4 0.8 1")
        await sat.stage.until(lambda: sat.stage.chat.prompt.text == "/preset calm 0.4 0.8 1")
        sat.stage.chat.prompt.clear()
        for wrong in ("/preset mild 0.3 9", "/preset a.b 0.3"):
            await sat.stage.type(wrong)
            await sat.stage.until(lambda wrong=wrong: sat.stage.chat.prompt.text == wrong)
            sat.stage.chat.prompt.clear()
        assert load(file, {}).own_presets() == (Preset("calm", 0.4, 0.8),)
        await sat.stage.type("/preset precis")
        await sat.stage.until(lambda: sat.stage.chat.prompt.text == "/preset precis")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_settings(snapshot: SnapshotAssertion, size: tuple[int, int], file: Path) -> None:
    file.write_text('[thinking]\nbudget = 900\n[keys]\nstop = "f11"\n')
    async with sitting(Preferences(file, {}), size=size) as sat:
        await sat.press("slash", *"thinking.", "enter")
        await sat.at("thinking.budget")
        assert await sat.stage.picture() == snapshot.use_extension(SVGImageExtension)
