"""A block of Markdown that is drawn line by line: what is out of sight costs nothing."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from r1chat.tui.line_drawing import draw_content, terminal_style
from r1chat.tui.widgets.bare import LaidOutOnce

if TYPE_CHECKING:
    from textual.widgets._markdown import MarkdownBlock

    class _Base(LaidOutOnce, MarkdownBlock):
        """What a block has of its own."""

else:
    _Base = LaidOutOnce

GOES_ON = "↩"
"""At the right edge of a line of the screen that goes on below."""
_STEPS = (4, 8)
"""Lines by which a long block that grows gets higher, slowly or fast: a layout costs more than a line."""
_FAST = 5
"""It grows fast where it needs another step after fewer changes than these."""
_LONG = 16
"""Lines from which on a block is long."""
_KEPT = 200
"""Lines that are kept as they were drawn."""


class Line(NamedTuple):
    """One line of the screen."""

    content: Content
    wrapped: bool = False
    """The next one goes on with it: copied, there is no newline between them."""
    mark: str = ""
    """Drawn behind it, at the right edge, and never copied."""


class LineBlock(_Base):
    """Mixed into a block, which says what its lines are."""

    ALLOW_SELECT = True
    growing = False
    """More lines will come."""
    _room = 0
    """Lines for which a long block that grows has room."""
    _changes = 0
    """Since it was given that."""
    _only_higher = False
    """A layout makes it higher, and nothing else."""

    @abstractmethod
    def lay_out(self, width: int) -> Sequence[Line]:
        """The lines, none wider than `width` cells. Called often: what does not change is to be kept."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines there are, and some more while it grows."""
        lines = len(self.lay_out(width))
        if not self.growing or lines <= _LONG:
            return lines
        if not lines <= self._room < lines + max(_STEPS):
            step = _STEPS[self._changes < _FAST]
            self._room, self._changes = -(-lines // step) * step, 0
        return self._room

    def changed(self, first: int) -> None:
        """The lines from `first` on are others now; those before stay as they were drawn."""
        self._changes += 1
        width, height = self.content_size
        layout = not width or self.get_content_height(Size(), Size(), width) != height
        if layout or first < height:
            self.refresh(Region(0, first, max(1, width), max(1, height - first)), layout=layout)

    def _size_updated(self, size: Size, virtual: Size, container: Size, layout: bool = True) -> bool:
        self._only_higher = (
            size.width == self._size.width and size.height > self._size.height and not self.gutter.bottom
        )
        try:
            return super()._size_updated(size, virtual, container, layout)
        finally:
            self._only_higher = False

    def _set_dirty(self, *regions: Region) -> None:
        drawn = self._styles_cache._cache
        if len(drawn) > _KEPT:
            drawn.clear()
        if not self._only_higher:
            super()._set_dirty(*regions)

    def render_line(self, y: int) -> Strip:
        """One line; Textual keeps it until it changes."""
        width = self.content_size.width
        lines = self.lay_out(width)
        line = lines[y] if y < len(lines) else Line(Content(""))
        strip = draw_content(self, line.content, y, width)
        if any(part.style and part.style.meta for part in strip) and not self.screen._selecting:
            strip = strip._apply_link_style(self.link_style)
        if line.mark:
            mark = Segment(line.mark, terminal_style(self.visual_style + Style(dim=True)))
            strip = Strip.join([strip.crop(0, width - 1), Strip([mark])])
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected words, for the clipboard."""
        words: list[str] = []
        for y, line in enumerate(self.lay_out(self.content_size.width)):
            if (span := selection.get_span(y)) is not None:
                text = line.content.plain[span[0] : None if span[1] == -1 else span[1]]
                words += [text, "" if line.wrapped else "\n"]
        return "".join(words[:-1]), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw anew."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw anew in the new colours."""
        super().notify_style_update()
        self._styles_cache.clear()
