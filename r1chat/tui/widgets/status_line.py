"""The status line: what is so on the left, what can be done now on the right."""

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from r1chat.core.terminal import plain
from r1chat.tui.line_drawing import draw_content

_GAP = 3


class StatusLine(Widget):
    """One line. Where it gets narrow, hints go first, then facts from the last on; the first hint stays."""

    facts: reactive[tuple[str, ...]] = reactive(tuple, layout=False)
    hints: reactive[tuple[tuple[str, str], ...]] = reactive(tuple, layout=False)
    """Pairs of a key and what it does, the most useful first."""
    hints_first = False
    """What can be done is of more use than facts: of those only the first is sure to stay."""

    def render(self) -> Content:
        """The line, as wide as the screen."""
        width = self.content_size.width
        most = [(len(self.facts), count) for count in range(len(self.hints), 1, -1)]
        least = [(count, 1) for count in range(len(self.facts), 0, -1)] if self.hints else []
        if self.hints_first:
            most = [(count, len(self.hints)) for count in range(len(self.facts), 0, -1)]
        for kept, offered in (*most, *least):
            left, right = self._left(kept), _hints(self.hints[:offered])
            gap = width - cell_len(left) - right.cell_length
            if gap >= _GAP:
                return Content.assemble(left, " " * gap, right)
        return Content(self._left(len(self.facts))).truncate(width, ellipsis=True)

    def render_line(self, y: int) -> Strip:
        """The same, past all that Textual makes ready for words with links and markup in them."""
        return draw_content(self, self.render(), y, self.content_size.width).apply_offsets(0, y)

    def _left(self, count: int) -> str:
        return plain(" · ".join(self.facts[:count])).replace("\n", " ")


def _hints(pairs: tuple[tuple[str, str], ...]) -> Content:
    parts: list[Content | str] = []
    for key, words in pairs:
        parts += ["  " if parts else "", Content.styled(key, "bold"), f" {words}"]
    return Content.assemble(*parts)
