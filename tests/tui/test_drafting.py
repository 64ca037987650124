"""What is shown of a block while it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token
from rich.cells import cell_len
from textual.content import Content

from r1chat.tui.drafting import Draft
from r1chat.tui.mathematics import parser
from r1chat.tui.prose import paragraphs
from r1chat.tui.unclosed import shown
from r1chat.tui.widgets.frozen_markdown import FrozenMarkdown

SOURCES = st.text(st.sampled_from("ab *_`$\\()[]!~1.-#>\n漢é{}"), max_size=120)
LINE = r"So **bold text** and *it* with `code x`, \(x^2\), [a link](http://x.y), [1, 2] and \boxed{4} here."


def inline(text: str) -> Content:
    return FrozenMarkdown().open.inline(text)


def draft(*pieces: str, width: int = 40) -> list[str]:
    growing = Draft(Content)
    for piece in pieces:
        growing.grow(piece)
        growing.rows(width)
    return [row.plain for row in growing.rows(width)]


def test_what_is_shown_of_a_line_only_ever_grows() -> None:
    last = ""
    for end in range(len(LINE) + 1):
        words = inline(shown(LINE[:end]).text).plain
        assert words.startswith(last.rstrip()), (last, words)
        last = words
    assert last == "So bold text and it with code x, x², a link, [1, 2] and ⟦4⟧ here."


@given(SOURCES)
def test_what_is_settled_never_reaches_into_what_is_held_back(text: str) -> None:
    found = shown(text)
    assert 0 <= found.settled <= len(text) - found.held
    assert found.held <= 161


@given(st.lists(SOURCES, max_size=6), st.integers(4, 60))
def test_a_draft_in_pieces_looks_like_a_draft_of_the_whole(pieces: list[str], width: int) -> None:
    assert "".join("".join(draft(*pieces, width=width)).split()) == "".join(
        "".join(draft("".join(pieces), width=width)).split()
    )


@given(SOURCES, st.integers(4, 60))
def test_no_row_of_a_draft_is_wider_than_asked_for(text: str, width: int) -> None:
    prefixes = 2 * text.count(">") + 12
    for row in draft(text, width=width):
        assert cell_len(row.rstrip()) <= max(width, prefixes + 2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("- a b", ["• a b"]),
        ("1. a\n   - b\n   - c", ["1. a", "   ▪ b", "   ▪ c"]),
        ("one\ntwo", ["one two"]),
        ("## He", ["He"]),
        ("> a\n> b", ["▌ a", "▌ b"]),
        ("-", []),
        ("\\[ x = \\frac{1}", ["…"]),
        ("so\n```py\nx = **y\n```\n", ["so", "  x = **y"]),
    ],
)
def test_a_draft_looks_as_the_block_will(text: str, rows: list[str]) -> None:
    assert draft(text) == rows


def test_prose_keeps_numbers_bullets_and_quotes_and_leaves_code_to_others() -> None:
    def plain(token: Token) -> Content:
        return Content(token.content)

    source = "3. one\n   - two\n\n> said"
    found = paragraphs(parser().parse(source), plain)
    assert found is not None
    assert [line.plain for part in found for line in part.lines(40)] == ["3. one", "   ▪ two", "▌ said"]
    assert paragraphs(parser().parse("- a\n\n  ```\n  x\n  ```\n"), plain) is None
