"""Rectangles of characters, and how they are put together. All widths are in terminal cells."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

_TALL = {
    "(": ("⎛", "⎜", "⎜", "⎝"),
    ")": ("⎞", "⎟", "⎟", "⎠"),
    "[": ("⎡", "⎢", "⎢", "⎣"),
    "]": ("⎤", "⎥", "⎥", "⎦"),
    "{": ("⎧", "⎪", "⎨", "⎩"),
    "}": ("⎫", "⎪", "⎬", "⎭"),
    "⌊": ("⎢", "⎢", "⎢", "⎣"),
    "⌋": ("⎥", "⎥", "⎥", "⎦"),
    "⌈": ("⎡", "⎢", "⎢", "⎢"),
    "⌉": ("⎤", "⎥", "⎥", "⎥"),
    "|": ("│",) * 4,
    "‖": ("‖",) * 4,
}
"""Delimiters that grow: top, middle filling, the one row in the middle (of braces), bottom."""


class Box(NamedTuple):
    """Rows of equal width; row `baseline` stands on the line of what is beside it."""

    rows: tuple[str, ...]
    baseline: int = 0

    @property
    def width(self) -> int:
        """Cells of a row."""
        return cell_len(self.rows[0])

    @property
    def flat(self) -> bool:
        """It is one line."""
        return len(self.rows) == 1


def line(text: str) -> Box:
    """One line of text."""
    return Box((text,))


def beside(boxes: Sequence[Box]) -> Box:
    """Boxes side by side, on one baseline."""
    if not boxes:
        return line("")
    above = max(box.baseline for box in boxes)
    below = max(len(box.rows) - box.baseline for box in boxes)
    padded = [_padded(box, above - box.baseline, below - (len(box.rows) - box.baseline)) for box in boxes]
    return Box(tuple("".join(parts) for parts in zip(*padded, strict=True)), above)


def stacked(boxes: Sequence[Box], baseline: int, *, align: str = "c") -> Box:
    """Boxes below each other, centred (`c`) or at the left (`l`); `baseline` counts the rows of the whole."""
    width = max(box.width for box in boxes)
    rows = [_placed(row, width, align) for box in boxes for row in box.rows]
    return Box(tuple(rows), baseline)


def fraction(above: Box, below: Box) -> Box:
    """One box over another, with a bar between them."""
    bar = line("─" * (max(above.width, below.width) + 2))
    return stacked((above, bar, below), len(above.rows))


def scripted(base: Box, raised: Box | None, lowered: Box | None) -> Box:
    """A base with what is raised and lowered behind it."""
    parts = [box for box in (raised, lowered) if box]
    blank = line(" " * max(box.width for box in parts))
    middle = [blank] * len(base.rows)
    column = stacked(
        [*([raised] if raised else []), *middle, *([lowered] if lowered else [])],
        base.baseline + (len(raised.rows) if raised else 0),
        align="l",
    )
    return beside((base, column))


def root(inner: Box, index: str) -> Box:
    """A root sign before a box, and a line above it."""
    height = len(inner.rows)
    sign = [" " * (height - row) + "╱" + " " * (row - 1) for row in range(1, height)]
    sign = [*sign, "√" + " " * (height - 1)] if height > 1 else ["√"]
    left = Box((" " * height, *sign), inner.baseline + 1)
    body = Box(("_" * inner.width, *inner.rows), inner.baseline + 1)
    return beside((line(index), left, body) if index else (left, body))


def braced(inner: Box, label: Box | None, *, above: bool) -> Box:
    """A box with a brace along it, and what stands at the brace."""
    width = max(inner.width, 3)
    left, tip, right = "┌┴┐" if above else "└┬┘"
    half = (width - 3) // 2
    brace = line(left + "─" * half + tip + "─" * (width - 3 - half) + right)
    if above:
        over = [*([label] if label else []), brace]
        return stacked((*over, inner), sum(len(box.rows) for box in over) + inner.baseline)
    return stacked((inner, brace, *([label] if label else [])), inner.baseline)


def arrow(pointing: str, above: Box, below: Box) -> Box:
    """An arrow as long as what stands above and below it."""
    shaft = "─" * max(above.width, below.width)
    drawn = line(f"{shaft}→" if pointing == "→" else f"←{shaft}")
    under = [below] if below.width else []
    return stacked((above, drawn, *under), len(above.rows)) if above.width else stacked((drawn, *under), 0)


def framed(inner: Box) -> Box:
    """A box with a frame around it."""
    edge = "─" * (inner.width + 2)
    rows = (f"┌{edge}┐", *(f"│ {row} │" for row in inner.rows), f"└{edge}┘")
    return Box(rows, inner.baseline + 1)


def delimiter(mark: str, like: Box) -> Box:
    """A delimiter as high as a box; `.` is none."""
    if mark == ".":
        return line("")
    height = len(like.rows)
    if height == 1 or mark not in _TALL:
        return Box((mark,))
    top, fill, middle, bottom = _TALL[mark]
    rows = [top, *[fill] * (height - 2), bottom]
    if height > 2:
        rows[height // 2] = middle
    return Box(tuple(rows), like.baseline)


def grid(rows: Sequence[Sequence[Box]], *, align: str, gap: int) -> Box:
    """Cells in rows and columns; `align` has an `l`, `c` or `r` for each column, over and over."""
    columns = max(len(row) for row in rows)
    full = [[*row, *[line("")] * (columns - len(row))] for row in rows]
    widths = [max(row[at].width for row in full) for at in range(columns)]
    lines: list[str] = []
    for number, row in enumerate(full):
        cells = [
            Box(tuple(_placed(text, widths[at], align[at % len(align)]) for text in box.rows), box.baseline)
            for at, box in enumerate(row)
        ]
        spaced = [part for cell in cells for part in (cell, line(" " * gap))][:-1]
        tall = beside(spaced)
        if number and (len(tall.rows) > 1 or len(full[number - 1][0].rows) > 1):
            lines.append(" " * tall.width)
        lines += tall.rows
    return Box(tuple(lines), (len(lines) - 1) // 2)


def _padded(box: Box, above: int, below: int) -> tuple[str, ...]:
    blank = " " * box.width
    return (*[blank] * above, *box.rows, *[blank] * below)


def _placed(row: str, width: int, align: str) -> str:
    missing = width - cell_len(row)
    before = {"l": 0, "c": missing // 2, "r": missing}[align]
    return " " * before + row + " " * (missing - before)
