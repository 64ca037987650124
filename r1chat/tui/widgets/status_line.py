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
    """One line. Where it gets narrow, hints go first, then words of facts, then facts from the last on.

    The first hint stays.
    """

    facts: reactive[tuple[str, ...]] = reactive(tuple, layout=False)
    brief: reactive[tuple[str, ...]] = reactive(tuple, layout=False)
    """The same in fewer words; empty where they have none."""
    hints: reactive[tuple[tuple[str, str], ...]] = reactive(tuple, layout=False)
    """Pairs of a key and what it does, the most useful first."""
    hints_first = False
    """What can be done is of more use than facts: of those only the first is sure to stay."""

    def render(self) -> Content:
        """The line, as wide as the screen."""
        width = self.content_size.width
        fewer = self._fewer()
        most = [(self.facts, count) for count in range(len(self.hints), 1, -1)]
        least = [(facts, 1) for facts in fewer] if self.hints else []
        if self.hints_first:
            most = [(facts, len(self.hints)) for facts in fewer]
        for facts, offered in (*most, *least):
            left, right = _joined(facts), _hints(self.hints[:offered])
            gap = width - cell_len(left) - right.cell_length
            if gap >= _GAP:
                return Content.assemble(left, " " * gap, right)
        return Content(_joined(self.facts)).truncate(width, ellipsis=True)

    def _fewer(self) -> list[tuple[str, ...]]:
        """The facts with less and less said; the last ones go before words of those that can be brief."""
        short = self.brief or self.facts
        pairs = enumerate(zip(self.facts, short, strict=False), start=1)
        whole = max((count for count, (fact, words) in pairs if fact != words), default=0)
        return [
            *(self.facts[:count] for count in range(len(self.facts), max(whole, 1) - 1, -1)),
            *(short[:count] for count in range(len(short) if whole else 0, 0, -1)),
        ]

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
