"""A table of models whose cursor stays on its line when the lines change."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from r1chat.core.terminal import plain

Line = tuple[str, tuple[str, ...]]
"""Key and cells."""


class ModelTable(DataTable[Text]):
    """Lines with a key each. Left and right turn to the table beside it."""

    @dataclass
    class Turned(Message):
        """A person wants the table beside this one."""

        direction: int

    def __init__(self, headings: Sequence[str], name: str) -> None:
        super().__init__(id=name, cursor_type="row", zebra_stripes=False, header_height=1)
        self._headings = tuple(headings)
        self._lines: tuple[Line, ...] = ()

    def on_mount(self) -> None:
        for index, heading in enumerate(self._headings):
            self.add_column(Text(heading), key=str(index))

    def action_cursor_left(self) -> None:
        """A whole line is marked, so that there is nothing further left in it."""
        self.post_message(self.Turned(-1))

    def action_cursor_right(self) -> None:
        """The same to the right."""
        self.post_message(self.Turned(1))

    @property
    def marked(self) -> str | None:
        """Key of the line under the cursor."""
        return self._lines[self.cursor_row][0] if 0 <= self.cursor_row < len(self._lines) else None

    def show(self, lines: Sequence[Line], *, mark: str | None = None) -> None:
        """Replace what is listed; the cursor stays on its line, else it goes to `mark`."""
        lines = tuple(lines)
        if lines == self._lines:
            return
        wanted = self.marked or mark
        keys = [key for key, _ in lines]
        if keys == [key for key, _ in self._lines]:
            self._rewrite(lines)
        else:
            self.clear()
            for key, cells in lines:
                self.add_row(*map(_cell, cells), key=key)
        self._lines = lines
        if wanted is not None:
            self.move_to(wanted)

    def move_to(self, key: str) -> None:
        """Put the cursor on a line."""
        keys = [known for known, _ in self._lines]
        if key in keys:
            self.move_cursor(row=keys.index(key))

    def _rewrite(self, lines: Sequence[Line]) -> None:
        for (key, cells), (_, before) in zip(lines, self._lines, strict=True):
            for index, (cell, old) in enumerate(zip(cells, before, strict=True)):
                if cell != old:
                    self.update_cell(key, str(index), _cell(cell), update_width=True)


def _cell(words: str) -> Text:
    """Never markup, never a control character, never a second line."""
    return Text(" ".join(plain(words).split()))
