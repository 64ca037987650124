"""What is done to the program as a whole."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from r1chat.core.commands import command
from r1chat.errors import R1ChatError, UsageError
from r1chat.settings import preset_key
from r1chat.tui.actions.action import Action
from r1chat.tui.job_control import shell_waits
from r1chat.tui.personal import PersonalApp
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.help import HelpScreen
from r1chat.tui.situation import Phase
from r1chat.tui.stocked import Stocked

_DRAWN = ("temperature", "top_p")

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen
    from r1chat.tui.stock import Stock


async def models(screen: "ChatScreen", _words: str) -> None:
    """Show the models."""
    await screen.app.run_action("models")


async def fetch(screen: "ChatScreen", _words: str) -> None:
    """Fetch the model that suits this machine best."""
    app = screen.app
    if isinstance(app, Stocked):
        screen.run_worker(
            _fetch(screen, app.stock), name="fetch", group="fetch", exclusive=True, exit_on_error=False
        )


async def _fetch(screen: "ChatScreen", stock: "Stock") -> None:
    view = await stock.look()
    models = command("models").key_label
    if (best := view.advice.row) is None:
        screen.tell(view.advice.reason)
    elif view.here(best.choice):
        screen.tell(f"{best.choice.name} is here already; {models} lets you choose it.")
    else:
        screen.tell(f"Asking the Hub for {best.choice.name} …")
        await stock.fetch(best.choice)
        screen.tell(f"Fetching {best.choice.name}; {models} shows how far it is. It goes on after a restart.")


async def settings(screen: "ChatScreen", _words: str) -> None:
    """Show the settings."""
    from r1chat.tui.screens.settings import SettingsScreen

    app = screen.app
    if isinstance(app, PersonalApp):
        load_again = partial(_load_again, screen, app.preferences)
        drawing = screen.situation.drawing
        app.push_screen(SettingsScreen(app.preferences, drawing, app.change, load_again))


def _load_again(screen: "ChatScreen", preferences: Preferences) -> str:
    """Load the model as it is set now; returns what to say of it."""
    if screen.turns.running or screen.situation.phase is Phase.LOADING:
        return "The model is at work; it can be loaded again when that has ended."
    try:
        request = preferences.load_request()
    except R1ChatError as error:
        return str(error)
    if request is None:
        return "There is nothing to load it by."
    screen.session.load_as(request)
    screen.load()
    return "Loading the model as it is set now."


async def preset(screen: "ChatScreen", words: str) -> None:
    """Draw by another preset, which is made where it comes with its values."""
    name, *values = words.split() or [""]
    try:
        await _keep_preset(screen, name, values)
        chosen = screen.situation.drawing.choose(name)
    except R1ChatError as error:
        screen.prompt.give_back(f"/preset {words}")
        screen.tell(str(error))
    else:
        screen.tell(f"The next replies are drawn {chosen.name}: {chosen.figures}.")
    screen.refresh_status()


async def _keep_preset(screen: "ChatScreen", name: str, values: Sequence[str]) -> None:
    if len(values) > len(_DRAWN):
        raise UsageError(
            "A preset has a temperature and a top-p.", "Say /preset NAME T P, as in /preset calm 0.4 0.9."
        )
    if not values or not isinstance(screen.app, PersonalApp):
        return
    wanted: list[tuple[str, str]] = []
    for key, value in zip((preset_key(f"presets.{name}.{last}") for last in _DRAWN), values, strict=False):
        if key is None:
            raise UsageError(f"No preset can be called “{name}”.", "Take one word without dots and quotes.")
        key.read(value, key.name)  # all of it can be, before any of it is kept
        wanted.append((key.name, value))
    for setting, value in wanted:
        await screen.app.change(setting, value)


async def theme(screen: "ChatScreen", words: str) -> None:
    """Take other colours: those named, else those chosen from a list."""
    if not words:
        await screen.app.run_action("change_theme")
    elif words in screen.app.available_themes:
        screen.app.theme = words
    else:
        screen.prompt.give_back(f"/theme {words}")
        screen.tell(f"There is no theme “{words}”. There are {', '.join(screen.app.available_themes)}.")


async def show_help(screen: "ChatScreen", _words: str) -> None:
    """Show keys and commands."""
    screen.app.push_screen(HelpScreen())


async def suspend(screen: "ChatScreen", _words: str) -> None:
    """Stand back for the shell."""
    if shell_waits():
        screen.app.action_suspend_process()
    else:
        screen.tell("There is no shell behind r1chat that could go on with it.")


async def leave(screen: "ChatScreen", _words: str) -> None:
    """Save everything, then end."""
    screen.leave()


PROGRAM: dict[str, Action] = {
    "models": models,
    "fetch": fetch,
    "settings": settings,
    "preset": preset,
    "theme": theme,
    "help": show_help,
    "suspend": suspend,
    "quit": leave,
}
