"""The palette of commands, and that of themes."""

from textual.command import CommandList, CommandPalette

from r1chat.tui.screens.steady import SteadyScreen


class Palette(CommandPalette, SteadyScreen[None]):
    """Textual's, which fails in a window without a line for its list."""

    def _action_command_list(self, action: str) -> None:
        """Hand a key on to the list."""
        if self.query_one(CommandList)._index_to_line:
            super()._action_command_list(action)
