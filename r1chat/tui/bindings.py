"""Key bindings from the one table of commands."""

from textual.binding import Binding, BindingType

from r1chat.core.commands import COMMANDS, SECTIONS, Command, Place


def bindings(place: Place) -> list[BindingType]:
    """A binding for every key that `place` listens to, with the command's name as its id in a keymap.

    A command of the chat's screen runs by its name; elsewhere `prompt.send` is the widget's `action_send`.
    """
    return [
        Binding(entry.key, _action(entry, place), entry.title, id=entry.name, tooltip=entry.help, show=False)
        for section in SECTIONS
        if section.place is place
        for entry in section.commands
        if entry.key
    ]


def chat_keys() -> set[str]:
    """The keys that mean the same everywhere on the chat's screen, but for Esc."""
    return {key for entry in COMMANDS for key in entry.keys} - {"escape"}


def _action(entry: Command, place: Place) -> str:
    return f"command('{entry.name}')" if place is Place.CHAT else entry.name.partition(".")[2]
