"""Text as it is: no markup, no control characters, and no cost for what is out of sight."""

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain
from r1chat.tui.wrapping import Wrapping

_TAB = " " * 4


class PlainText(Widget):
    """Wrapped text that may grow at its end, drawn line by line.

    Appending costs by what is appended; drawing costs by the lines in view; while it is not displayed,
    nothing is wrapped or drawn at all.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    PlainText { width: 1fr; height: auto; }
    """

    def __init__(self, text: str = "", *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._parts: list[str] = []
        self._waiting: list[str] = []
        self._wrapping = Wrapping(1)
        self._columns = 0
        self._add(text)

    @property
    def text(self) -> str:
        """All of it, as it was given."""
        return "".join(self._parts)

    @property
    def wrapped_lines(self) -> int:
        """How many lines were laid out so far."""
        return len(self._wrapping.lines)

    def append(self, text: str) -> None:
        """Add to the end."""
        if not text:
            return
        self._add(text)
        if not self.display:
            return
        if self._columns:
            self._wrap_waiting()
        else:
            self.refresh(layout=True)

    def replace(self, text: str) -> None:
        """Begin anew with `text`."""
        self._parts, self._waiting, self._columns = [], [], 0
        self._add(text)
        self.refresh(layout=True)

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._waiting.append(text)

    def _wrap_waiting(self) -> None:
        before = len(self._wrapping.lines)
        first = self._wrapping.append(_clean("".join(self._waiting)))
        self._waiting = []
        if len(self._wrapping.lines) != before:
            self.refresh(layout=True)
        else:
            self.refresh(Region(0, first, self.size.width, 1))

    def _wrap(self, columns: int) -> None:
        if columns != self._columns:
            self._columns, self._waiting = columns, []
            self._wrapping = Wrapping(columns, _clean(self.text))
        elif self._waiting:
            self._wrapping.append(_clean("".join(self._waiting)))
            self._waiting = []

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines that the text takes at `width`; a newline at its end begins none yet."""
        if not self._parts:
            return 0
        self._wrap(width)
        lines = self._wrapping.lines
        return len(lines) - (len(lines) > 1 and not lines[-1])

    def render_line(self, y: int) -> Strip:
        """One line, with what is selected of it marked."""
        lines = self._wrapping.lines
        width = self.content_size.width
        if width != self._columns or not 0 <= y < len(lines):
            return Strip.blank(width, self.rich_style)
        line = lines[y]
        strip = Strip(self._segments(line, y)).crop_extend(0, width, self.rich_style)
        return strip.apply_offsets(0, y)

    def _segments(self, line: str, y: int) -> list[Segment]:
        style = self.rich_style
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is None:
            return [Segment(line, style)]
        start, end = span[0], len(line) if span[1] == -1 else span[1]
        marked = style + self.screen.get_component_rich_style("screen--selection")
        parts = ((line[:start], style), (line[start:end], marked), (line[end:], style))
        return [Segment(text, look) for text, look in parts if text]

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected words, for the clipboard."""
        return selection.extract("\n".join(self._wrapping.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw anew."""
        self.refresh()


def _clean(text: str) -> str:
    return plain(text).replace("\t", _TAB)
