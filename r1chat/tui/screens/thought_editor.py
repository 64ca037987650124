"""A thought in a text area of its own: what is left of it there is thought on from."""

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import TextArea

from r1chat.core.commands import Place, command
from r1chat.core.terminal import plain
from r1chat.tui.bindings import bindings
from r1chat.tui.screens.steady import SteadyScreen
from r1chat.tui.widgets.hardy_area import HardyArea


class RawArea(HardyArea):
    """What a terminal would obey is shown as a sign, and stays in the text as it is."""

    def get_line(self, line_index: int) -> Text:
        """A line to draw."""
        return Text(plain(self.document.get_line(line_index)).replace("\n", "␤"), end="", no_wrap=True)


class ThoughtEditor(ModalScreen[str], SteadyScreen[str]):
    """Ends with the text that is to be thought on from; None where a person left it."""

    BINDINGS = bindings(Place.EDITOR)
    CSS_PATH = "thought_editor.tcss"

    def __init__(self, thought: str, place: int, keep: Callable[[str], None]) -> None:
        """`place`: where the cursor begins, in characters. `keep` hears of every change."""
        super().__init__()
        self._keep = keep
        self._text = RawArea(thought, soft_wrap=True, show_line_numbers=False)
        self._place = place

    def compose(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        done, leave = command("editor.done"), command("editor.leave")
        self._text.border_title = "Edit the thought; the model goes on from its end"
        self._text.border_subtitle = (
            f"{done.key_label} thinks on · {leave.key_label} leaves, the edit is kept"
        )
        before = self._text.text[: self._place]
        self._text.move_cursor((before.count("\n"), len(before) - before.rfind("\n") - 1))
        self._text.focus()

    def action_cut(self) -> None:
        """Take off what is behind the cursor."""
        self._text.delete(self._text.cursor_location, self._text.document.end)

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._keep(self._text.text)

    def action_done(self) -> None:
        """Think on from here."""
        self.dismiss(self._text.text)

    def action_leave(self) -> None:
        """Back to the chat."""
        self.dismiss(None)
