"""The palette of commands, and that of themes."""

from textual.command import CommandInput, CommandList, CommandPalette

from r1chat.tui.screens.steady import SteadyScreen


class Palette(CommandPalette, SteadyScreen[None]):
    """Textual's, which fails in a window without a line for its list."""

    def on_mount(self) -> None:
        """What is pasted into its field is drawn as it is: it may hold nothing that a terminal would obey."""
        self.query_one(
            CommandInput
        ).restrict = r"[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*"

    def _action_command_list(self, action: str) -> None:
        """Hand a key on to the list."""
        if self.query_one(CommandList)._index_to_line:
            super()._action_command_list(action)
