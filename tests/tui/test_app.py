import pytest
from textual.app import SystemCommand
from textual.widgets import Static

from r1chat.core.commands import COMMANDS
from r1chat.tui.screens.chat import ChatScreen
from tests.tui.stage import Gate, staged


async def test_every_command_has_a_binding_with_a_name_and_a_tooltip() -> None:
    bindings = {binding.id: binding for binding in ChatScreen.BINDINGS}
    assert set(bindings) == {entry.name for entry in COMMANDS}
    assert all(binding.tooltip for binding in bindings.values())


async def test_help_names_every_key_and_slash_command() -> None:
    async with staged(size=(120, 60)) as stage:
        await stage.pilot.press("f1")
        words = "\n".join(str(cell.content) for cell in stage.app.screen.query(Static))
        assert all(entry.key_label in words and f"/{entry.slash}" in words for entry in COMMANDS)
        await stage.pilot.press("escape")
        assert stage.app.screen is stage.chat


async def test_the_palette_offers_what_can_be_done_now() -> None:
    gate = Gate(20)
    async with staged(gate=gate) as stage:

        def offered() -> set[str]:
            commands: list[SystemCommand] = list(stage.app.get_system_commands(stage.chat))
            return {entry.title for entry in commands}

        assert "Stop" not in offered()
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        assert {"Stop", "Answer now"} <= offered()
        gate.open()
        await stage.idle()
        assert {"Regenerate", "Copy answer"} <= offered()


async def test_a_palette_command_acts_on_the_chat() -> None:
    async with staged() as stage:
        await stage.pilot.press("ctrl+p")
        await stage.pilot.press(*"chats")
        await stage.until(lambda: stage.app.screen is not stage.chat)
        await stage.pilot.press("enter")
        await stage.until(lambda: bool(stage.chat.query_one("ChatList").display))


async def test_without_colours_nothing_but_colour_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged() as stage:
        assert stage.app.no_color
        await stage.ask()
        for strip in stage.chat._compositor.render_strips():
            for segment in strip:
                colour = segment.style.color if segment.style else None
                assert colour is None or colour.triplet is None or len(set(colour.triplet)) == 1
