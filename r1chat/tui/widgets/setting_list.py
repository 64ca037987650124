"""The list of settings: a heading for each group, and below it what can be set, to what, and from where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from r1chat.core.terminal import plain
from r1chat.tui.setting_rows import Row
from r1chat.tui.widgets.steady_list import SteadyList

_LABEL, _VALUE = 20, 34
"""Cells of the first two columns."""


class SettingList(SteadyList):
    """Keeps its cursor on its row when the rows change."""

    @dataclass
    class Turned(Message):
        """A person wants the value beside this one."""

        direction: int

    def show(self, rows: Iterable[Row]) -> None:
        """Replace what is listed."""
        lines = list(_lines(rows))
        if [name for name, _ in lines] == [option.id for option in self.options]:
            for index, (_, line) in enumerate(lines):
                if line != self.options[index].prompt:
                    self.replace_option_prompt_at_index(index, line)
            return
        marked, at = self.marked, self.highlighted
        with self.prevent(OptionList.OptionHighlighted):  # the cursor stays where it was
            self.clear_options()
            self.add_options(Option(line, id=name, disabled=name is None) for name, line in lines)
            names = [name for name, _ in lines]
            found = marked is not None and marked in names
            self.highlighted = names.index(marked) if found else min(at or 1, len(names) - 1)

    @property
    def marked(self) -> str | None:
        """Name of the row under the cursor."""
        option = self.highlighted_option
        return option.id if option else None

    def action_scroll_left(self) -> None:
        """There is nothing further left in it: the value before."""
        self.post_message(self.Turned(-1))

    def action_scroll_right(self) -> None:
        """The next value."""
        self.post_message(self.Turned(1))


def _lines(rows: Iterable[Row]) -> Iterator[tuple[str | None, Content]]:
    """Names of rows, and None for a heading, each with what is shown."""
    group = None
    for row in rows:
        if row.group != group:
            group = row.group
            yield None, Content.styled(group, "bold")
        yield row.name, _line(row)
    if group is None:
        yield None, Content("Nothing holds these words; Esc lists everything.")


def _line(row: Row) -> Content:
    cells = [_cell(row.label, _LABEL), _cell(row.value, _VALUE), plain(row.source)]
    return Content.assemble(cells[0], (cells[1], "bold" if row.source else ""), cells[2])


def _cell(words: str, width: int) -> str:
    line = " ".join(plain(words).split())
    if cell_len(line) >= width:
        line = set_cell_size(line, width - 2) + "…"
    return set_cell_size(line, width)
