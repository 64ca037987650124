"""Code and tables look the same however they came."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual._context import active_app
from textual.app import App

from r1chat.tui.growing import growing
from r1chat.tui.highlighting import Highlighter
from r1chat.tui.tabulating import GAP, column_widths
from r1chat.tui.widgets.fence import Fence
from r1chat.tui.widgets.formula import Formula
from r1chat.tui.widgets.frozen_markdown import FrozenMarkdown
from r1chat.tui.widgets.table import Table

CELLS = st.sampled_from(
    ["a", "**b**", "`c`", "a long cell of words", "漢字 漢", "12,345", "[x](http://y)", "one<br>two", ""]
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)
CODE = st.lists(st.sampled_from(["def f():", "    return 1", "", '"""', "# 漢", "x" * 50, "`"]), max_size=60)


@pytest.fixture(autouse=True)
def app() -> Iterator[None]:
    token = active_app.set(App[None]())
    yield
    active_app.reset(token)


def pieces(text: str, cuts: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def grown(source: str, cuts: list[int], width: int) -> list[str]:
    so_far, live = "", None
    for piece in pieces(source, cuts):
        so_far += piece
        live = live or growing(FrozenMarkdown(), so_far)
        if live is not None:
            live.feed(so_far)
            live.widget.lay_out(width)
    live = live or growing(FrozenMarkdown(), source)
    assert live is not None
    assert live.finish(source)
    return [line.content.plain for line in live.widget.lay_out(width)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.lists(st.integers(0, 400), max_size=8), st.integers(10, 90))
@example([("**b**", "one<br>two", "a")], [42], 11)
def test_a_table_that_grew_looks_like_a_whole_one(
    rows: list[tuple[str, ...]], cuts: list[int], width: int
) -> None:
    source = "| a | b | c |\n|---|:-:|--:|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    (whole,) = FrozenMarkdown().build(source)
    assert isinstance(whole, Table)
    whole._take()
    lines = [line.content.plain for line in whole.lay_out(width)]
    assert grown(source, cuts, width) == lines
    assert all(cell_len(line.rstrip()) <= width for line in lines)


def test_a_break_in_a_cell_begins_a_line_there() -> None:
    (table,) = FrozenMarkdown().build("| a | b |\n|---|---|\n| one<br>two | c |\n")
    assert isinstance(table, Table)
    assert [line.content.plain.rstrip() for line in table.lay_out(40)][2:] == ["one │ c", "two │"]


def test_a_formula_goes_on_below_where_it_has_a_blank() -> None:
    (formula,) = FrozenMarkdown().build(r"\[ aaaa + bbbb^{2} + \text{漢字漢字} + cccc \]")
    assert isinstance(formula, Formula)
    lines = [line.content.plain.rstrip() for line in formula.lay_out(16)]
    assert lines == ["aaaa + bbbb² +", "漢字漢字 + cccc"]
    (fraction,) = FrozenMarkdown().build(r"\[ xxxxxxx = \frac{aaaaaaa}{2} + y \]")
    assert isinstance(fraction, Formula)
    assert [line.content.plain.rstrip() for line in fraction.lay_out(14)] == [
        *("", "xxxxxxx =", ""),
        *(" aaaaaaa", "───────── + y", "    2"),
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CODE, st.lists(st.integers(0, 2000), max_size=8), st.integers(10, 90))
def test_a_fence_that_grew_says_the_same_as_a_whole_one(code: list[str], cuts: list[int], width: int) -> None:
    source = "```python\n" + "".join(f"{line}\n" for line in code) + "```\n"
    (whole,) = FrozenMarkdown().build(source)
    assert isinstance(whole, Fence)
    assert grown(source, cuts, width) == [line.content.plain for line in whole.lay_out(width)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CODE)
def test_colours_change_no_code(code: list[str]) -> None:
    painter = Highlighter("python")
    for line in code:
        painter.add([line])
    painter.finish()
    assert [line.plain for line in painter.lines] == code


def test_a_docstring_of_many_lines_is_coloured_as_one() -> None:
    painter = Highlighter("python")
    painter.add(['x = """', *(["words", ""] * 30), '"""', "y = 1"])
    painter.finish()
    assert len({span.style for line in painter.lines[1:60:2] for span in line.spans}) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 30)), min_size=1, max_size=9), st.integers(1, 200)
)
def test_columns_fit_or_do_not_stand_beside_each_other(wishes: list[tuple[int, int]], room: int) -> None:
    natural = [max(wish) for wish in wishes]
    widths = column_widths(natural, [word for _, word in wishes], room)
    if sum(natural) + GAP * (len(natural) - 1) <= room:
        assert widths == natural
    if widths is not None:
        assert sum(widths) + GAP * (len(widths) - 1) <= room


@pytest.mark.parametrize("source", ["a | b\nnot a rule\n", "plain\n", "| a |", "  ```\nx\n"])
def test_what_is_neither_code_nor_a_table_yet_is_left_alone(source: str) -> None:
    assert growing(FrozenMarkdown(), source) is None
