"""A text area that stays quick whatever is pasted into it."""

from textual import events

from r1chat.tui.pasting import Pastes
from r1chat.tui.widgets.hardy_area import HardyArea


class PastingArea(HardyArea):
    """What is too much to type on with is held aside; its name stands where it was pasted."""

    def __init__(self) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            placeholder="Ask anything",
        )
        self.pastes = Pastes()

    async def on_paste(self, event: events.Paste) -> None:
        """Paste a large text as its name; undo takes that off again."""
        row, column = self.cursor_location
        mention = self.pastes.fold(
            event.text, beside=len(self.text), in_line=len(self.document.get_line(row))
        )
        if mention == event.text:
            return
        event.prevent_default()
        before = self.document.get_line(row)[:column]
        gap = " " if before and not before[-1].isspace() and self.selection.is_empty else ""
        self.history.checkpoint()
        self.replace(gap + mention, *self.selection, maintain_selection_offset=False)
        self.focus()

    def action_delete_left(self) -> None:
        """Delete the name of a pasted text at once: half of one names nothing."""
        row, column = self.cursor_location
        length = self.pastes.mention_before(self.document.get_line(row)[:column])
        if length and self.selection.is_empty:
            self.delete((row, column - length), (row, column), maintain_selection_offset=False)
        else:
            super().action_delete_left()
