"""What pieces of a formula are to each other, and the room that they want."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

from r1chat.tui.latex.boxes import Box, line
from r1chat.tui.latex.symbols import negated


class Kind(Enum):
    """What a piece is to its neighbours (The TeXbook, chapter 17, simplified)."""

    ORDINARY = auto()
    BINARY = auto()
    RELATION = auto()
    OPENING = auto()
    CLOSING = auto()
    COMMA = auto()
    FUNCTION = auto()
    SPACE = auto()


_KINDS = {
    Kind.RELATION: "=<>≤≥≠≈≡∼≃≅∝∈∉⊂⊆⊃⊇→←↔⇒⇐⇔↦⟹⟺⟸⊢⊨∣∥≪≫:",
    Kind.BINARY: "+-−±∓×·÷∗⋅∪∩∧∨∘⊕⊗∖",
    Kind.OPENING: "([{⌊⌈⟨",
    Kind.CLOSING: ")]}⌋⌉⟩!",
    Kind.COMMA: ",;",
    Kind.FUNCTION: "∫∬∭∮",
}
_NO_LEFT = frozenset({Kind.OPENING, Kind.BINARY, Kind.RELATION, Kind.COMMA})
"""After these an operator is a sign."""
_WIDE = frozenset({Kind.BINARY, Kind.RELATION})


class Piece(NamedTuple):
    """A box, and what it is to its neighbours."""

    box: Box
    kind: Kind = Kind.ORDINARY


def letter(mark: str) -> Piece:
    """One character."""
    if mark == "~":
        return Piece(line(" "), Kind.SPACE)
    shown = {"-": "−", "'": "′", "*": "∗"}.get(mark, mark)
    return Piece(line(shown), next((kind for kind, marks in _KINDS.items() if shown in marks), Kind.ORDINARY))


def struck(piece: Piece) -> Piece:
    """The opposite of a relation."""
    return Piece(line(negated(piece.box.rows[0])), Kind.RELATION)


def spaced(pieces: Sequence[Piece]) -> list[Box]:
    """The boxes, with blanks between them where they are wanted."""
    boxes: list[Box] = []
    before = Kind.OPENING
    for at, piece in enumerate(pieces):
        kind = piece.kind
        if kind is Kind.BINARY and before in _NO_LEFT:
            kind = Kind.ORDINARY
        if at and _apart(before, kind):
            boxes.append(line(" "))
        boxes.append(piece.box)
        before = kind
    return boxes


def _apart(left: Kind, right: Kind) -> bool:
    if Kind.SPACE in {left, right}:
        return False
    if left in _WIDE or right in _WIDE or left is Kind.COMMA:
        return True
    if right is Kind.FUNCTION:
        return left is not Kind.OPENING
    return left is Kind.FUNCTION and right is Kind.ORDINARY
