"""A text area that holds where Textual's fails."""

from textual.strip import Strip
from textual.widgets import TextArea


class HardyArea(TextArea):
    """Textual 8.2 fails to draw it without a column, and to undo where a scrollbar comes or goes."""

    def render_line(self, y: int) -> Strip:
        """One line of it, none of whose cells may be in sight."""
        return super().render_line(y) if self.content_size.width > 0 else Strip([])

    def _recompute_cursor_offset(self) -> None:
        """The cursor may stand where no line is any more, until the end of what is being undone."""
        wrapped = self.wrapped_document
        if self.cursor_location[0] < len(wrapped._wrap_offsets):
            self._cursor_offset = wrapped.location_to_offset(self.cursor_location)
