import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.tui.blocks import BlockSplitter

LINES = st.sampled_from(
    [
        "a b",
        "",
        "```",
        "```python",
        "~~~",
        "- item",
        "1. one",
        "  more",
        "# head",
        "\\[",
        "\\]",
        "$$",
        "> quote",
    ]
)


def closed(text: str) -> list[str]:
    splitter = BlockSplitter()
    return [*splitter.feed(text), *splitter.finish()]


@given(st.lists(LINES, max_size=20), st.lists(st.integers(0, 80), max_size=8))
def test_pieces_close_the_same_blocks_as_the_whole(lines: list[str], cuts: list[int]) -> None:
    text = "\n".join(lines)
    splitter = BlockSplitter()
    blocks: list[str] = []
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    for start, end in itertools.pairwise(edges):
        blocks += splitter.feed(text[start:end])
    assert [*blocks, *splitter.finish()] == closed(text)


@given(st.text("ab`~-# \n$\\[]1.", max_size=120))
def test_no_word_is_lost(text: str) -> None:
    assert "".join("".join(closed(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("one\ntwo\n\nthree", ["one\ntwo\n\n", "three"]),
        ("# head\nbody", ["# head\n", "body"]),
        ("body\n# head\n", ["body\n", "# head\n"]),
        ("- a\n\n- b\n\n  more\n\nafter", ["- a\n\n", "- b\n\n  more\n\n", "after"]),
        ("1. a\n   - b\n   - c\n2. d\n", ["1. a\n   - b\n   - c\n", "2. d\n"]),
        ("say\n```\na\n\nb\n```\nafter", ["say\n", "```\na\n\nb\n```\n", "after"]),
        ("````\n```\n````\n", ["````\n```\n````\n"]),
        ("\\[\nx\n\ny\n\\]\n\nafter", ["\\[\nx\n\ny\n\\]\n\n", "after"]),
        ("\n\n", []),
    ],
)
def test_blocks_end_where_markdown_ends_them(text: str, blocks: list[str]) -> None:
    assert closed(text) == blocks


def test_the_open_block_is_what_no_block_has_yet() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("one\n\ntw") == ("one\n\n",)
    assert splitter.feed("o\n") == ()
    assert splitter.open == "two\n"
