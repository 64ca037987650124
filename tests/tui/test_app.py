import pytest
from textual.app import SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from r1chat.core.commands import COMMANDS, SECTIONS, Place, Section
from r1chat.tui.actions import ACTIONS
from r1chat.tui.screens.chat import ChatScreen
from r1chat.tui.screens.help import HelpScreen
from r1chat.tui.screens.models import ModelsScreen
from r1chat.tui.screens.outline import OutlineScreen
from r1chat.tui.screens.settings import SettingsScreen
from r1chat.tui.screens.thought_editor import ThoughtEditor
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.find_line import FindLine
from r1chat.tui.widgets.folded_file import FoldedFile
from r1chat.tui.widgets.hub_search import HubSearch
from r1chat.tui.widgets.line_field import LineField
from r1chat.tui.widgets.prompt import Prompt
from r1chat.tui.widgets.search_field import SearchField
from r1chat.tui.widgets.thought_reader import ThoughtReader
from tests.tui.stage import Gate, staged

_WIDGETS: dict[Place, type[DOMNode]] = {
    Place.CHAT: ChatScreen,
    Place.PROMPT: Prompt,
    Place.FILE: FoldedFile,
    Place.THOUGHT: ThoughtReader,
    Place.FIND: FindLine,
    Place.OUTLINE: OutlineScreen,
    Place.EDITOR: ThoughtEditor,
    Place.CHATS: ChatList,
    Place.SEARCH: SearchField,
    Place.LINE: LineField,
    Place.MODELS: ModelsScreen,
    Place.HUB: HubSearch,
    Place.SETTINGS: SettingsScreen,
    Place.HELP: HelpScreen,
}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_key_is_bound_where_help_says_so_and_does_something(section: Section) -> None:
    widget = _WIDGETS[section.place]
    bound = {entry.id: entry for entry in widget.BINDINGS if isinstance(entry, Binding)}
    for entry in section.commands:
        if entry.key:
            assert bound[entry.name].tooltip
        if section.place is not Place.CHAT:
            assert callable(getattr(widget, f"action_{bound[entry.name].action}"))


@pytest.mark.parametrize("place", Place)
def test_no_key_is_bound_that_help_does_not_tell(place: Place) -> None:
    told = {entry.name for section in SECTIONS if section.place is place for entry in section.commands}
    assert {entry.id for entry in _WIDGETS[place].BINDINGS if isinstance(entry, Binding)} <= told


def test_every_command_of_the_chat_has_an_action() -> None:
    assert set(ACTIONS) == {entry.name for entry in COMMANDS}


async def test_help_names_every_key_and_slash_command() -> None:
    async with staged(size=(120, 60)) as stage:
        await stage.pilot.press("f1")
        words = "\n".join(str(cell.content) for cell in stage.app.screen.query(Static))
        for entry in (entry for section in SECTIONS for entry in section.commands):
            assert entry.key_label in words
            assert entry.slash_label in words
        assert {"Ctrl+C", "Ctrl+P"} <= set(words.replace(".", " ").split())  # which are nobody's to change
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
        await stage.until(lambda: bool(stage.chat.sidebar.display))


async def test_without_colours_nothing_but_colour_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged() as stage:
        assert stage.app.no_color
        await stage.ask()
        for strip in stage.chat._compositor.render_strips():
            for segment in strip:
                colour = segment.style.color if segment.style else None
                assert colour is None or colour.triplet is None or len(set(colour.triplet)) == 1
