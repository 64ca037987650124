"""A table that fits: cells are wrapped, and where columns have no room at all, rows become lists."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markdown_it.token import Token
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock, MarkdownTable, MarkdownTD, MarkdownTH, MarkdownTR

from r1chat.tui.tabulating import GAP, aligned, column_widths, widest
from r1chat.tui.widgets.line_block import Line, LineBlock

_PATIENCE = 4
"""Columns are fitted anew when a table that grows is longer by one row in so many."""
_RULE = 20
"""Cells of the rule between two rows that are lists."""
_BLANK = Line(Content(""))
Row = Sequence[Content]


class _Fit(NamedTuple):
    """How the columns were laid out."""

    room: int
    widths: list[int] | None
    """None: rows are lists of what each column says."""
    rows: int
    """How many there were then."""


class Table(LineBlock, MarkdownTable):
    """Its first line says what the columns are; numbers stand where the Markdown puts them."""

    def __init__(self, markdown: Markdown, token: Token) -> None:
        super().__init__(markdown, token)
        self._head: Row = ()
        self._body: list[Row] = []
        self._sides: tuple[str, ...] = ()
        self._natural: list[int] = []
        self._words: list[int] = []
        self._fit = _Fit(0, None, 0)
        self._lines: list[Line] = []
        self._tops: list[int] = []
        """Where in `_lines` each row begins, as far as they are laid out."""
        self._tall = False
        """The last of them takes more than one line."""

    def compose(self) -> ComposeResult:
        """No widgets."""
        self._take()
        return iter(())

    def _take(self) -> None:
        if self._blocks:
            blocks, self._blocks = list(_flat(self)), []
            head = [block for block in blocks if isinstance(block, MarkdownTH)]
            self._head = tuple(block._content for block in head)
            self._sides = tuple(str(block._token.attrs.get("style", ""))[11:] for block in head)
            self._add(blocks)

    def grow(self, table: "Table", *, replace_last: bool) -> None:
        """Take more rows from a table with the same columns; the last one here may have been half a row."""
        self._take()
        blocks = list(_flat(table))
        if replace_last and self._body:
            self._body.pop()
            for top in self._tops[len(self._body) :]:
                del self._lines[top:]
            del self._tops[len(self._body) :]
        first, fit = len(self._lines), self._fit
        self._add(blocks)
        if self.is_mounted and self.content_size.width:
            self.lay_out(self.content_size.width)
            self.changed(first if fit is self._fit else 0)

    def finish(self) -> None:
        """It has grown to its end: fit its columns once more, without what half a row took for a while."""
        self._natural, self._words = widest([self._head, *self._body])
        self.growing, self._fit = False, _Fit(0, None, 0)
        if self.is_mounted:
            self.changed(0)

    def _add(self, blocks: Iterable[MarkdownBlock]) -> None:
        rows: list[list[Content]] = []
        for block in blocks:
            if isinstance(block, MarkdownTR):
                rows.append([])
            elif isinstance(block, MarkdownTD):
                rows[-1].append(block._content)
        self._body += filter(None, rows)
        self._natural, self._words = widest([self._head, *rows], self._natural, self._words)

    def lay_out(self, width: int) -> Sequence[Line]:
        """The head, a rule, and the rows."""
        self._take()
        rows, fit = len(self._body), self._fit
        if fit.room != width or rows - fit.rows > fit.rows // _PATIENCE:
            widths = column_widths(self._natural, self._words, width)
            if (width, widths) != fit[:2]:
                self._lines, self._tops = [], []
            self._fit = _Fit(width, widths, rows)
        if not self._lines:
            self._lines = self._top_lines()
        for row in self._body[len(self._tops) :]:
            lines = self._row_lines(row)
            apart = bool(self._tops) and (self._tall or len(lines) > 1) and self._fit.widths is not None
            self._tops.append(len(self._lines))
            self._lines += [_BLANK, *lines] if apart else lines
            self._tall = len(lines) > 1
        return self._lines

    def _top_lines(self) -> list[Line]:
        if (widths := self._fit.widths) is None:
            return []
        rule = "─" * (GAP // 2) + "┼" + "─" * (GAP // 2)
        names = [cell.stylize(".strong") for cell in self._head]
        return [*self._beside(names, widths), Line(Content(rule.join("─" * width for width in widths)))]

    def _row_lines(self, row: Row) -> list[Line]:
        if (widths := self._fit.widths) is not None:
            return self._beside(row, widths)
        lines = [Line(Content("─" * min(self._fit.room, _RULE)))] if self._lines else []
        for name, cell in zip(self._head, row, strict=False):
            said = Content.assemble(name.stylize(".strong"), ": ", cell)
            lines += [Line(part) for part in said.wrap(max(1, self._fit.room))]
        return lines

    def _beside(self, row: Row, widths: list[int]) -> list[Line]:
        cells = [cell.wrap(max(1, width)) for cell, width in zip(row, widths, strict=False)]
        lines: list[Line] = []
        for at in range(max(map(len, cells), default=0)):
            parts = [
                aligned(cell[at] if at < len(cell) else Content(""), width, side)
                for cell, width, side in zip(cells, widths, self._sides, strict=False)
            ]
            lines.append(Line(Content(" │ ").join(parts)))
        return lines


def _flat(block: MarkdownBlock) -> Iterable[MarkdownBlock]:
    for child in block._blocks:
        yield child
        yield from _flat(child)
