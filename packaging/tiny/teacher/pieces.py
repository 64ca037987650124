"""How the tokeniser cuts a word, so that the teacher can spell it piece by piece.

A model sees pieces, not letters: a word repeated in its own pieces is easily copied, and the letters of one
piece are a small fact to learn.
"""

from itertools import pairwise

Merges = dict[tuple[str, str], int]

_merges: Merges = {}


def use(merges: list[str]) -> None:
    """Take the tokeniser's merges ("a b", the first ones learned first); blanks are written Ġ in them."""
    _merges.clear()
    _merges.update({(left, right): rank for rank, (left, right) in enumerate(m.split(" ") for m in merges)})


def pieces(word: str) -> list[str]:
    """The tokens of a word of plain letters after a blank, which the first piece keeps."""
    parts = ["Ġ", *word]
    while len(parts) > 1:
        ranks = [_merges.get(pair, len(_merges)) for pair in pairwise(parts)]
        best = min(ranks)
        if best == len(_merges):
            break
        at = ranks.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    if parts[0] == "Ġ":
        parts[:2] = [parts[0] + parts[1]]
    return [part.replace("Ġ", " ") for part in parts]
