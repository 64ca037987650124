"""The words of a thought, in a window of their own."""

import sys
from collections.abc import Mapping

from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from r1chat.tui.line_drawing import clean, draw
from r1chat.tui.widgets.bar import Barred
from r1chat.tui.wrapping import GrowingText


class ThoughtView(Barred, ScrollView, can_focus=False):
    """Plain text that grows, as high as its style lets it be, then scrolled.

    Appending costs by what is appended and drawing by the lines in view. Once the window is as high as it
    may be, more text needs no new layout of the screen. While it is not displayed, nothing is laid out.
    """

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    ThoughtView {
        width: 1fr;
        height: auto;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-horizontal: 0;
    }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = GrowingText(text, clean=clean)
        self._follows = True

    @property
    def text(self) -> str:
        """All of it, as it was given."""
        return self._text.whole

    @property
    def _columns(self) -> int:
        return self.scrollable_content_region.width

    def append(self, text: str) -> None:
        """Add to the end, and stay there unless a person scrolled up."""
        if not (text and self.display and self._columns):
            self._text.append(text)
            return
        first, top = len(self._text.lines(self._columns)) - 1, self.scroll_offset.y
        cache = self._styles_cache
        drawn = {y: strip for y, strip in cache._cache.items() if y + top < first and not cache.is_dirty(y)}
        self._text.append(text)
        follows = self._follows and self.scroll_y >= self.max_scroll_y
        self._fit()
        if follows:
            self.scroll_end(animate=False, immediate=True)
        if not self.has_focus:  # a caret moves along with the end
            self._keep(drawn, self.scroll_offset.y - top)

    def _keep(self, drawn: Mapping[int, Strip], scrolled: int) -> None:
        """Lines that have only moved are not drawn again; above them there is no border."""
        for y, strip in drawn.items():
            if y >= scrolled:
                self._styles_cache._cache[y - scrolled] = strip
                self._styles_cache._dirty_lines.discard(y - scrolled)

    def replace(self, text: str) -> None:
        """Begin anew with `text`."""
        self._text = GrowingText(text, clean=clean)
        if self.display and self._columns:
            self._fit()
            self.scroll_end(animate=False, immediate=True)

    def rewind(self) -> None:
        """The text is whole: from now on it is read from its beginning."""
        self._follows = False
        self.scroll_home(animate=False, immediate=True)

    def _fit(self) -> None:
        size = Size(self._columns, self._text.height(self._columns))
        if size == self.virtual_size:
            self.refresh()
            return
        if self.content_size.height >= self._most(self.app.viewport_size):
            self.set_reactive(ScrollView.virtual_size, size)
            self._scroll_update(size)
            self.refresh()
        else:
            self.virtual_size = size

    def on_resize(self, event: events.Resize) -> None:
        """Lay out for another width."""
        if self._columns:
            self._fit()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines that the text takes, or as many as it may.

        Textual holds no share of the screen against what lies in something as high as its content, and would
        leave as much empty space below a long thought as all of it takes.
        """
        return min(self._text.height(max(1, width - self.scrollbar_gutter.width)), self._most(viewport))

    def _most(self, viewport: Size) -> int:
        """As many lines as its style lets it have."""
        most = self.styles.max_height
        return sys.maxsize if most is None else max(1, int(most.resolve(viewport, viewport)))

    def render_line(self, y: int) -> Strip:
        """One line of the window."""
        at = y + self.scroll_offset.y
        lines = self._text.lines(self._columns)
        return draw(self, lines[at] if at < len(lines) else "", at, self._columns)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected words, for the clipboard."""
        return selection.extract("\n".join(self._text.lines(self._columns))), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw anew."""
        self.refresh()
