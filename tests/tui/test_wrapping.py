import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from r1chat.tui.wrapping import Wrapping

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("ab \n\t漢字é́🙂\u200d\ufe0f")
WORDS = st.text(CHARACTERS, max_size=60)


@given(st.lists(WORDS, max_size=8), st.integers(2, 30))
def test_text_in_pieces_wraps_as_the_whole_text_does(pieces: list[str], width: int) -> None:
    grown = Wrapping(width)
    for piece in pieces:
        grown.append(piece)
    assert grown.lines == Wrapping(width, "".join(pieces)).lines


@given(WORDS, st.integers(2, 30))
def test_nothing_but_blanks_at_a_break_is_lost(text: str, width: int) -> None:
    lines = Wrapping(width, text).lines
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=80), st.integers(2, 30))
def test_no_line_is_wider_than_asked_for_but_for_hanging_blanks(text: str, width: int) -> None:
    for line in Wrapping(width, text).lines:
        assert cell_len(line.rstrip()) <= width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a b", ["a b"]),
        ("\n", ["", ""]),
        ("one two three", ["one two", "three"]),
        ("abcdefghijkl", ["abcdefgh", "ijkl"]),
        ("so abcdefghijkl", ["so", "abcdefgh", "ijkl"]),
        ("漢字漢字漢字", ["漢字漢字", "漢字"]),
        ("a\n\nb\n", ["a", "", "b", ""]),
    ],
)
def test_words_break_at_eight_cells(text: str, lines: list[str]) -> None:
    assert Wrapping(8, text).lines == lines


def test_a_line_of_a_million_characters_without_width_is_chopped() -> None:
    assert max(map(len, Wrapping(80, "\u200b" * 1_000_000).lines)) <= 80 * 8


@given(st.lists(WORDS, max_size=8), st.integers(2, 30))
def test_every_line_knows_where_it_begins(pieces: list[str], width: int) -> None:
    grown = Wrapping(width)
    for piece in pieces:
        grown.append(piece)
    text = "".join(pieces)
    assert len(grown.starts) == len(grown.lines)
    for start, line in zip(grown.starts, grown.lines, strict=True):
        assert text[start : start + len(line)] == line
