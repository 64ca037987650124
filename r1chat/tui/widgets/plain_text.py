"""Text as it is: no markup, no control characters, and no cost for what is out of sight."""

from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from r1chat.tui.line_drawing import clean, draw
from r1chat.tui.wrapping import GrowingText


class PlainText(Widget):
    """Wrapped text that may grow at its end, as high as it is long, drawn line by line."""

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    PlainText { width: 1fr; height: auto; }
    """

    def __init__(self, text: str = "", *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._text = GrowingText(text, clean=clean)

    @property
    def text(self) -> str:
        """All of it, as it was given."""
        return self._text.whole

    def append(self, text: str) -> None:
        """Add to the end."""
        columns = self.content_size.width
        before = self._text.height(columns) if columns else 0
        self._text.append(text)
        if not columns or self._text.height(columns) != before:
            self.refresh(layout=True)
        else:
            self.refresh(Region(0, before - 1, columns, 1))

    def replace(self, text: str) -> None:
        """Begin anew with `text`."""
        self._text = GrowingText(text, clean=clean)
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines that the text takes at `width`."""
        return self._text.height(width)

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.content_size.width
        lines = self._text.lines(width)
        return draw(self, lines[y] if y < len(lines) else "", y, width)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected words, for the clipboard."""
        return selection.extract("\n".join(self._text.lines(self.content_size.width))), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw anew."""
        self.refresh()
