"""A list whose rows are all of one height, so that only those in sight are drawn, however many there are."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual


class Rows(ScrollView, can_focus=True):
    """Rows of `tall` lines, one of them highlighted. Who inherits says what stands in them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--row", "rows--highlighted"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]
    DEFAULT_CSS = """
    Rows { overflow-x: hidden; overflow-y: auto; scrollbar-size-horizontal: 0; text-wrap: nowrap; }
    """
    tall = 2
    """Lines of a row."""
    highlighted: reactive[int | None] = reactive(None)
    """Index of the row that keys act on; None where there are no rows."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[int, list[Strip]] | None = None

    # What stands in it.

    @property
    def count(self) -> int:
        """Rows in all."""
        return 0

    def row(self, index: int, width: int) -> Sequence[Content]:
        """What to draw, at most `tall` lines, each cut where it is longer than `width` cells."""
        raise LookupError(index)

    def choose(self, index: int) -> None:
        """A person wants that row."""

    def moved(self) -> None:
        """Another row is highlighted, or another one stands there now."""

    # How it is shown.

    def lay_out(self, highlighted: int | None) -> None:
        """The rows are others now; highlight that one."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.count * self.tall)
        self.set_reactive(Rows.highlighted, highlighted if self.count else None)
        self.refresh()
        self._keep_in_sight()
        self.moved()

    def validate_highlighted(self, index: int | None) -> int | None:
        return None if index is None or not self.count else min(max(index, 0), self.count - 1)

    def watch_highlighted(self) -> None:
        self._keep_in_sight()
        self.refresh()
        self.moved()

    def _keep_in_sight(self) -> None:
        if self.highlighted is not None and self.size:
            line = Region(0, self.highlighted * self.tall, self.size.width, self.tall)
            self.scroll_to_region(line, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self.count * self.tall)
        self._keep_in_sight()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._drawn = None
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        index, line = divmod(y + self.scroll_offset.y, self.tall)
        width = self.scrollable_content_region.width
        if index >= self.count:
            return Strip.blank(width, self.get_visual_style("rows--row").rich_style)
        if self._drawn is None or self._drawn[0] != index:
            self._drawn = (index, self._strips(index, width))
        return self._drawn[1][line]

    def _strips(self, index: int, width: int) -> list[Strip]:
        names = ("rows--row", *(("rows--highlighted",) if index == self.highlighted else ()))
        style = self.get_visual_style(*names)
        blank = Strip.blank(1, style.rich_style)
        inner = max(1, width - 2)
        lines = [
            Visual.to_strips(self, line.truncate(inner, ellipsis=True), inner, 1, style, pad=True)[0]
            for line in self.row(index, inner)
        ]
        lines += [Strip.blank(inner, style.rich_style)] * (self.tall - len(lines))
        return [Strip.join([blank, line, blank]) for line in lines]

    # What a person does.

    def action_move(self, rows: int) -> None:
        """Up or down by that many rows."""
        self.highlighted = 0 if self.highlighted is None else self.highlighted + rows

    def action_page(self, pages: int) -> None:
        """Up or down by what fits."""
        self.action_move(pages * max(1, self.scrollable_content_region.height // self.tall))

    def action_first(self) -> None:
        """To the first row."""
        self.highlighted = 0

    def action_last(self) -> None:
        """To the last row."""
        self.highlighted = self.count - 1

    def on_click(self, event: events.Click) -> None:
        index = (event.y + self.scroll_offset.y) // self.tall
        if 0 <= index < self.count:
            self.highlighted = index
            self.choose(index)
