"""Draws what has changed and can be seen, and nothing else.

Textual's compositor has every widget around a change hand out all of its visible lines, the containers behind
them included: for one line of the screen that is a hundred. Here a widget is asked only for lines that are
drawn, and only where nothing lies before it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_Chops = Sequence[dict[int, Strip | None]]
"""The pieces of each line, by the column where they begin; None where nothing is drawn."""
_Bare = dict[int, set[int]]
"""Where pieces begin that are still to be drawn, by their lines; no line is there without one."""


class FrugalCompositor(Compositor):
    """The picture is the same as its base's."""

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        cuts = self.cuts
        chops = [dict.fromkeys(line[:-1]) for line in cuts]
        left, right = crop.column_span
        lines = filter(is_rendered_line, range(crop.y, min(crop.bottom, len(cuts))))
        bare = {y: {at for at, end in pairwise(cuts[y]) if at < right and end > left} for y in lines}
        band = Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            if not bare:
                break
            seen = region.intersection(clip).intersection(band)
            if seen and seen.overlaps(crop):
                self._paint(widget, region, seen, chops, bare)
        return cast("Sequence[Mapping[int, Strip]]", chops)

    def _paint(self, widget: Widget, region: Region, seen: Region, chops: _Chops, bare: _Bare) -> None:
        """Draw a widget where nothing was drawn before it."""
        left, right = seen.column_span
        wanted: dict[int, list[int]] = {}
        for y in seen.line_range:
            if y in bare and any(left <= at < right for at in bare[y]):
                wanted[y] = [cut for cut in self.cuts[y] if left <= cut <= right]
        for first, count in _runs(wanted):
            part = Region(left - region.x, first - region.y, right - left, count)
            for y, strip in enumerate(widget.render_lines(part), first):
                pieces = strip.divide([cut - left for cut in wanted[y][1:]])
                for at, piece in zip(wanted[y], pieces, strict=False):
                    if at in bare[y]:
                        chops[y][at] = piece
                        bare[y].discard(at)
                if not bare[y]:
                    del bare[y]


def _runs(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first of lines that follow each other, and how many they are; `lines` come in order."""
    first = count = 0
    for y in lines:
        if y != first + count:
            if count:
                yield first, count
            first, count = y, 0
        count += 1
    if count:
        yield first, count
