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

from r1chat.tui.widgets.bare import LaidOutOnce

if TYPE_CHECKING:
    from textual.widgets._markdown import MarkdownBlock

    class _Base(LaidOutOnce, MarkdownBlock):
        """What a block has of its own."""

else:
    _Base = LaidOutOnce

GOES_ON = "↩"
"""At the right edge of a line of the screen that goes on below."""
_SELECTED = "screen--selection"
_STEP = 4
"""Lines by which a long block that grows gets higher: a layout of the screen costs more than a line."""
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

    def on_mount(self) -> None:
        """Nothing is drawn yet."""
        self._drawn: dict[int, Strip] = {}
        self._drawn_width = 0

    @abstractmethod
    def lay_out(self, width: int) -> Sequence[Line]:
        """The lines, none wider than `width` cells. Called often: what does not change is to be kept."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """How many lines there are, and some more while it grows."""
        lines = len(self.lay_out(width))
        return -(-lines // _STEP) * _STEP if self.growing and lines > _LONG else lines

    def changed(self, first: int) -> None:
        """The lines from `first` on are others now."""
        for y in [y for y in self._drawn if y >= first]:
            del self._drawn[y]
        width, height = self.content_size
        if not width or self.get_content_height(Size(), Size(), width) != height:
            self.refresh(layout=True)
        else:
            left, top = self.gutter.left, self.gutter.top
            self.refresh(Region(left, top + first, width, height - first))

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.content_size.width
        if width != self._drawn_width:
            self._drawn, self._drawn_width = {}, width
        strip = self._drawn.get(y)
        if strip is None:
            if len(self._drawn) > _KEPT:
                self._drawn.clear()
            strip = self._drawn[y] = self._draw(y, width)
        return strip

    def _draw(self, y: int, width: int) -> Strip:
        lines = self.lay_out(width)
        line = lines[y] if y < len(lines) else Line(Content(""))
        content, base = line.content, self.visual_style
        if (selection := self.text_selection) and (span := selection.get_span(y)):
            start, end = span[0], len(content.plain) if span[1] == -1 else span[1]
            look = Style.from_styles(self.screen.get_component_styles(_SELECTED))
            content = content.stylize(look, start, end)
        parts = content.render(base, end="", parse_style=self._get_style)
        strip = Strip([Segment(text, (base + style).rich_style) for text, style in parts])
        if not self.screen._selecting:
            strip = strip._apply_link_style(self.link_style)
        strip = strip.crop_extend(0, width, base.rich_style)
        if line.mark:
            mark = Segment(line.mark, (base + Style(dim=True)).rich_style)
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
        self._drawn.clear()
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw anew in the new colours."""
        super().notify_style_update()
        if self.is_mounted:
            self._drawn.clear()
