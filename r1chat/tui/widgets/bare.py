"""What makes a growing reply cheap to lay out: mixed into every widget whose size changes with it."""

from typing import TYPE_CHECKING

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import AwaitMount

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # a style sheet knows only the first base class that is a widget


class LaidOutOnce(_Base):
    """A layout that gives it another size asks for no second one.

    Textual takes a new virtual size as a reason to lay the screen out again, also right after the layout that
    found it; that is for what scrolls by itself to the side, which these do not.
    """

    def _size_updated(self, size: Size, virtual: Size, container: Size, layout: bool = True) -> bool:
        return super()._size_updated(size, virtual, container, layout=False)


class Bare(LaidOutOnce):
    """Mixed into a container that draws nothing of its own: its lines are alike, so one is drawn for all.

    A reply that grows changes the size of every container around it, and each would be drawn anew in full,
    though nothing of it is seen.
    """

    def mount(
        self,
        *widgets: "_Base",
        before: "int | str | _Base | None" = None,
        after: "int | str | _Base | None" = None,
    ) -> AwaitMount:
        """Put widgets in; nothing where this was taken off, as by whoever turns to another chat or quits."""
        if not self.is_attached:
            return AwaitMount(self, [])
        return super().mount(*widgets, before=before, after=after)

    def render_lines(self, crop: Region) -> list[Strip]:
        """One line, as often as asked for."""
        middle = Region(crop.x, crop.y + crop.height // 2, crop.width, 1)
        return super().render_lines(middle) * crop.height
