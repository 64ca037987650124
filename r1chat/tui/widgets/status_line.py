"""The status line: what is so on the left, what can be done now on the right."""

from collections.abc import Iterator

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain
from r1chat.tui.line_drawing import draw_content

_GAP = 3


class StatusLine(Widget):
    """One line. Where it gets narrow, hints that always hold go first, then words and facts.

    What can be done just now stays while the facts can be told in less; the first hint stays at any cost.
    """

    facts: reactive[tuple[str, ...]] = reactive(tuple, layout=False)
    shorter: reactive[tuple[tuple[str, ...], ...]] = reactive(tuple, layout=False)
    """The same in less and less room; the last one is for where nothing else fits."""
    hints: reactive[tuple[tuple[str, str], ...]] = reactive(tuple, layout=False)
    """Pairs of a key and what it does, the most useful first."""
    urgent = 0
    """So many of the first hints are of the moment."""
    hints_first = False
    """What can be done is of more use than facts: of those only the first is sure to stay."""

    def render(self) -> Content:
        """The line, as wide as the screen."""
        width = self.content_size.width
        for facts, offered in self._choices():
            left, right = _joined(facts), _hints(self.hints[:offered])
            gap = width - cell_len(left) - right.cell_length
            if gap >= _GAP:
                return Content.assemble(left, " " * gap, right)
        return Content(_joined(self.facts)).truncate(width, ellipsis=True)

    def _choices(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """Facts and how many hints beside them, the best first."""
        every = len(self.hints)
        if self.hints_first:
            yield from ((facts, every) for facts in (self.facts, *self.shorter))
        yield from ((self.facts, count) for count in range(every, max(self.urgent, 1), -1))
        for count in range(self.urgent, 0, -1):
            yield from ((facts, count) for facts in (self.facts, *self.shorter[:-1]))
        if every:
            yield from ((facts, 1) for facts in (self.facts, *self.shorter))

    def render_line(self, y: int) -> Strip:
        """The same, past all that Textual makes ready for words with links and markup in them."""
        return draw_content(self, self.render(), y, self.content_size.width).apply_offsets(0, y)


def _joined(facts: tuple[str, ...]) -> str:
    return plain(" · ".join(facts)).replace("\n", " ")


def _hints(pairs: tuple[tuple[str, str], ...]) -> Content:
    parts: list[Content | str] = []
    for key, words in pairs:
        parts += ["  " if parts else "", Content.styled(key, "bold"), f" {words}"]
    return Content.assemble(*parts)
