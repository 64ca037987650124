from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.answers import final_answer, first_stated
from r1chat.core.outline import Outline, Turn

THOUGHT = (
    "I need 3 times 4.\n\nFirst, 3 + 3 = 6.\n\nSo 6 + 6 = 12.\n\nWait, is that right?\n\n"
    "Let me check: 12 / 4 = 3.\nAlternatively, 4 + 4 + 4 = 12.\n\n"
    "等等,再看一次。\n\n让我检查一下。\n所以是12。"
)


def outline(*pieces: str) -> Outline:
    found = Outline()
    for piece in pieces:
        found.feed(piece)
    found.finish()
    return found


def test_the_steps_of_a_thought_are_its_turns() -> None:
    steps = outline(THOUGHT).steps
    assert [step.turn for step in steps] == [
        *(Turn.STEP, Turn.RESULT, Turn.DOUBT, Turn.CHECK, Turn.OTHER, Turn.DOUBT, Turn.CHECK, Turn.RESULT)
    ]
    assert all(THOUGHT[step.at :].startswith(step.title) for step in steps)


@given(st.text("So \nWait,x", max_size=200), st.lists(st.integers(0, 200), max_size=8))
def test_steps_do_not_depend_on_how_the_text_came(text: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert outline(*pieces).steps == outline(text).steps
    assert outline(*pieces).length == len(text)


def test_a_word_that_only_begins_like_a_turn_is_none() -> None:
    assert outline("Sort them.\nButter.\nNextdoor.\nI wait.").steps == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So \(\boxed{4}\), or \(\boxed{\frac{1}{2}}\).", r"\frac{1}{2}"),
        ("2 and then 1,024.", "1,024"),
        ("It is -3.5", "-3.5"),
        (r"\boxed{4", "4"),
        ("nothing", ""),
    ],
)
def test_the_final_answer_is_the_last_box_or_number(text: str, answer: str) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("thought", "answer", "before"),
    [
        ("Of 12 eggs. 3 * 4 = 12.", "12", "Of 12 eggs. 3 * 4 = "),
        ("x = 120, no: x is 12.", "12", "x = 120, no: x is "),
        ("so 得12。", "12", "so 得"),
        ("3+3=6, 1+0=1, so, 16. Check: 16.", "16", "3+3=6, 1+0=1, so, "),
        ("It is 12.5 then.", "12", None),
        ("12 eggs.", "12", None),
        ("x", "", None),
    ],
)
def test_an_answer_is_found_where_it_is_stated(thought: str, answer: str, before: str | None) -> None:
    assert first_stated(thought, answer) == (None if before is None else len(before))
