"""Key bindings from the one table of commands."""

from textual.binding import Binding, BindingType

from r1chat.core.commands import COMMANDS


def bindings() -> list[BindingType]:
    """A binding for every command, with the command's name as its id in a keymap."""
    return [
        Binding(
            entry.key, f"command('{entry.name}')", entry.title, id=entry.name, tooltip=entry.help, show=False
        )
        for entry in COMMANDS
    ]
