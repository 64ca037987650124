"""From LaTeX source to characters. Tolerant: what is unknown is shown as it was written."""

from collections.abc import Sequence

from r1chat.tui.latex import boxes, symbols
from r1chat.tui.latex.boxes import Box, beside, delimiter, grid, line, scripted, stacked
from r1chat.tui.latex.nodes import Chars, Environment, Group, Macro, Node, Script, Unreadable, parse, words
from r1chat.tui.latex.spacing import Kind, Piece, letter, spaced, struck

LONGEST = 4000
"""Characters of source; more is no formula."""
DEEPEST = 24
"""Groups within groups."""
BOX_OPEN, BOX_CLOSE = "⟦", "⟧"
"""Around a boxed answer within a line."""
_MATRICES = {
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "cases": ("{", "."),
    "rcases": (".", "}"),
    **dict.fromkeys(("matrix", "smallmatrix", "array"), (".", ".")),
}

_LABELLED = frozenset({"overset", "underset", "stackrel"})
"""What carries a label stays what it is."""


def inline(source: str) -> str:
    """Mathematics within a line of text."""
    box = _typeset(source, tall=False)
    return (box.rows[0].strip() if box else "") or source


def display(source: str) -> tuple[str, ...]:
    """Displayed mathematics: its lines."""
    box = _typeset(source, tall=True)
    return box.rows if box and any(map(str.strip, box.rows)) else tuple(source.strip().splitlines())


def _typeset(source: str, *, tall: bool) -> Box | None:
    if len(source) > LONGEST or _depth(source) > DEEPEST:
        return None
    try:
        return _Typesetter(tall=tall).rows(parse(source))
    except Unreadable:
        return None


class _Typesetter:
    """`tall`: two dimensions; else everything is one line."""

    def __init__(self, *, tall: bool) -> None:
        self._tall = tall

    def rows(self, nodes: Sequence[Node]) -> Box:
        """Nodes that may hold line breaks and `&`."""
        cells = _cells(nodes)
        if len(cells) == 1:
            return self._box([node for cell in cells[0] for node in cell])
        return self._grid(cells, align="rl", gap=1)

    def _box(self, nodes: Sequence[Node]) -> Box:
        return beside(spaced(self._pieces(nodes)))

    def _grid(self, cells: list[list[list[Node]]], *, align: str, gap: int) -> Box:
        made = [[self._box(cell) for cell in row] for row in cells]
        if self._tall:
            return grid(made, align=align, gap=gap)
        return line("; ".join((" " * gap).join(box.rows[0] for box in row) for row in made))

    def _pieces(self, nodes: Sequence[Node]) -> list[Piece]:
        pieces: list[Piece] = []
        rest = list(nodes)
        while rest:
            match rest.pop(0):
                case Chars(text):
                    pieces += [letter(mark) for mark in text if not mark.isspace()]
                case Group(inner):
                    pieces.append(Piece(self.rows(inner)))
                case Script() as script:
                    base = pieces.pop() if pieces else Piece(line(""))
                    pieces.append(self._scripted(base, script, _second(script, rest)))
                case Environment(name, inner):
                    pieces.append(Piece(self._environment(name, list(inner))))
                case Macro("left"):
                    pieces.append(Piece(self._fenced(rest)))
                case Macro("middle" | "right"):
                    pieces.append(letter(_take_mark(rest)))
                case Macro(name, (first, second)):
                    bare = self._pieces(second) if name in _LABELLED else []
                    kind = bare[0].kind if len(bare) == 1 else Kind.ORDINARY
                    pieces.append(Piece(self._two(name, self.rows(first), self.rows(second)), kind))
                case Macro("underbrace" | "overbrace" as name, (inner,)):
                    pieces.append(Piece(self._braced(inner, rest, above=name == "overbrace")))
                case Macro("xrightarrow" | "xleftarrow" as name, (over_it,), under):
                    pieces.append(self._arrow("→" if name == "xrightarrow" else "←", over_it, under))
                case Macro("not") if rest:
                    pieces += [struck(piece) for piece in self._pieces([_first_mark(rest)])]
                case Macro("sqrt", (inner,), index):
                    pieces.append(Piece(self._root(self.rows(inner), words(index))))
                case Macro(name, (inner,)):
                    pieces.append(self._one(name, inner))
                case Macro(name):
                    pieces += _symbol(name)
        return pieces

    def _scripted(self, base: Piece, *scripts: Script | None) -> Piece:
        """What is raised and lowered behind a piece, or above and below it."""
        found = {script.mark: self._box(script.nodes) for script in scripts if script}
        up, down = found.get("^"), found.get("_")
        if self._tall and base.box.rows[0] in symbols.LIMITS:
            parts = [box for box in (up, base.box, down) if box]
            return Piece(stacked(parts, len(up.rows) if up else 0), base.kind)
        return Piece(self._behind(base.box, up, down), base.kind)

    def _behind(self, base: Box, up: Box | None, down: Box | None) -> Box:
        high = symbols.raised(up.rows[0]) if up and up.flat else None
        low = symbols.lowered(down.rows[0]) if down and down.flat else None
        if base.flat and (high or not up) and (low or not down):
            return line(base.rows[0] + (low or "") + (high or ""))
        if self._tall:
            return scripted(base, up, down)
        ends = [low or f"_{_grouped(down.rows[0])}"] if down else []
        ends += [high or f"^{_grouped(up.rows[0])}"] if up else []
        return line(base.rows[0] + "".join(ends))

    def _braced(self, nodes: Sequence[Node], rest: list[Node], *, above: bool) -> Box:
        inner, label = self.rows(nodes), None
        if rest and isinstance(rest[0], Script) and rest[0].mark == ("^" if above else "_"):
            label = self._box(rest[0].nodes)
            rest.pop(0)
        if self._tall:
            return boxes.braced(inner, label, above=above)
        grouped = line(_grouped(inner.rows[0]))
        return self._behind(grouped, label if above else None, None if above else label)

    def _arrow(self, pointing: str, above: Sequence[Node], below: Sequence[Node]) -> Piece:
        high, low = self.rows(above), self.rows(below)
        if self._tall:
            return Piece(boxes.arrow(pointing, high, low), Kind.RELATION)
        scripts = (high if high.width else None, low if low.width else None)
        return Piece(self._behind(line(pointing), *scripts), Kind.RELATION)

    def _environment(self, name: str, nodes: list[Node]) -> Box:
        if name == "array" and nodes and isinstance(nodes[0], Group):
            nodes.pop(0)  # how each column is aligned
        cells = _cells(nodes)
        if name not in _MATRICES:
            return self._grid(cells, align="rl" if "align" in name else "c", gap=1)
        inner = self._grid(cells, align="l" if "cases" in name else "c", gap=2)
        opening, closing = _MATRICES[name]
        gap = [line(" ")] if not inner.flat else []
        return beside((delimiter(opening, inner), *gap, inner, *gap, delimiter(closing, inner)))

    def _fenced(self, rest: list[Node]) -> Box:
        r"""What stands between `\left` and its `\right`, with both as high as it is."""
        opening, closing, depth = _take_mark(rest), ".", 1
        inner: list[Node] = []
        while rest:
            node = rest.pop(0)
            depth += (node == Macro("left")) - (node == Macro("right"))
            if not depth:
                closing = _take_mark(rest)
                break
            inner.append(node)
        body = self.rows(inner)
        return beside((delimiter(opening, body), body, delimiter(closing, body)))

    def _one(self, name: str, nodes: Sequence[Node]) -> Piece:
        if name in symbols.TEXTS:
            return Piece(line(" ".join(f"|{words(nodes)}|".split())[1:-1]))
        if name in symbols.UNSEEN:
            return Piece(line(""), Kind.SPACE)
        inner, kind = self.rows(nodes), Kind.ORDINARY
        match name:
            case "boxed" | "fbox":
                inner = boxes.framed(inner) if self._tall else line(f"{BOX_OPEN}{inner.rows[0]}{BOX_CLOSE}")
            case "pmod" | "tag":
                mod = "mod " if name == "pmod" else ""
                inner, kind = beside((line(f"  ({mod}"), inner, line(")"))), Kind.SPACE
            case "hspace" | "phantom" | "hphantom":
                inner, kind = line(" "), Kind.SPACE
            case "ce":
                inner = line(symbols.chemical(words(nodes)))
            case "substack":
                inner = self._grid(_cells(nodes), align="c", gap=1)
            case "bmod":
                inner, kind = beside((line(" mod "), inner)), Kind.SPACE
            case "operatorname":
                kind = Kind.FUNCTION
            case _ if inner.flat:
                inner = line(symbols.changed(name, inner.rows[0]))
        return Piece(inner, kind)

    def _two(self, name: str, first: Box, second: Box) -> Box:
        box = second
        match name:
            case "underset" if self._tall:
                box = stacked((second, first), second.baseline)
            case "stackrel" | "overset" if self._tall:
                box = stacked((first, second), len(first.rows) + second.baseline)
            case "underset":
                box = self._behind(second, None, first)
            case "stackrel" | "overset":
                box = self._behind(second, first, None)
            case "binom" | "dbinom" | "tbinom":
                flat = line(f"{first.rows[0]} {second.rows[0]}")
                pair = stacked((first, second), 0) if self._tall else flat
                box = beside((delimiter("(", pair), pair, delimiter(")", pair)))
            case "frac" | "dfrac" | "cfrac" if self._tall:
                box = boxes.fraction(first, second)
            case "frac" | "dfrac" | "cfrac" | "tfrac":
                box = line(f"{_grouped(first.rows[0])}/{_grouped(second.rows[0])}")
        return box

    def _root(self, inner: Box, index: str) -> Box:
        high = symbols.raised(index) or "" if index else ""
        if self._tall and not (inner.flat and inner.width == 1):
            return boxes.root(inner, high)
        return line(f"{high}√{_grouped(inner.rows[0])}")


def _symbol(name: str) -> list[Piece]:
    """A macro without arguments."""
    if name in symbols.IGNORED:
        return []
    if name in symbols.SPACES:
        return [Piece(line(symbols.SPACES[name]), Kind.SPACE)]
    if name in symbols.FUNCTIONS:
        return [Piece(line(name), Kind.FUNCTION)]
    mark = symbols.character(name) or f"\\{name}"
    big = mark in symbols.LIMITS or mark.startswith("\\")
    return [Piece(line(mark), Kind.FUNCTION) if big else letter(mark)]


def _first_mark(rest: list[Node]) -> Node:
    """The first sign of what follows, taken away."""
    node = rest.pop(0)
    if isinstance(node, Chars) and len(text := node.text.lstrip()) > 1:
        rest.insert(0, Chars(text[1:]))
        return Chars(text[0])
    return node


def _second(first: Script, rest: list[Node]) -> Script | None:
    """The other script of the same base, taken away, where one follows."""
    if rest and isinstance(rest[0], Script) and rest[0].mark != first.mark:
        taken = rest.pop(0)
        return taken if isinstance(taken, Script) else None
    return None


def _cells(nodes: Sequence[Node]) -> list[list[list[Node]]]:
    r"""Rows of cells, split at `\\` and `&`; an empty last row is none."""
    rows: list[list[list[Node]]] = [[[]]]
    for node in nodes:
        match node:
            case Macro("\\" | "cr" | "newline"):
                rows.append([[]])
            case Chars("&"):
                rows[-1].append([])
            case _:
                rows[-1][-1].append(node)
    while len(rows) > 1 and not any(words(cell).strip() for cell in rows[-1]):
        rows.pop()
    return rows


def _take_mark(rest: list[Node]) -> str:
    """The delimiter that stands first; it is taken away."""
    while rest:
        match rest.pop(0):
            case Macro(name):
                return symbols.character(name) or "."
            case Chars(text) if mark := text.lstrip():
                if len(mark) > 1:
                    rest.insert(0, Chars(mark[1:]))
                return mark[0]
    return "."


def _grouped(text: str) -> str:
    """In parentheses unless it is one number, one letter, a differential, or has them already."""
    plain = text.replace(".", "").replace(",", "")
    one = len(plain) == 1 or (len(plain) == 2 and plain[0] in "d∂")
    whole = plain.isdigit() or (plain.isalnum() and one)
    return text if whole or (text[:1] == "(" and text.find(")") == len(text) - 1) else f"({text})"


def _depth(source: str) -> int:
    depth = deepest = 0
    for mark in source:
        depth += (mark == "{") - (mark == "}")
        deepest = max(deepest, depth)
    return max(deepest, source.count("\\begin"), source.count("\\left"))
