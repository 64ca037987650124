import re
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging" / "tiny"))

import teacher
from everyday import questions
from steering import CHECKING
from teacher import calc, compared, drills, nearby, pieces
from teacher.base import Segment, Trace, Turn, is_held
from teacher.beyond import UNLISTED
from teacher.document import (
    ASSISTANT,
    BOS,
    CLOSE,
    ENOUGH,
    EOS,
    OPEN,
    USER,
    continued,
    forced,
    injected,
    reopened,
)
from teacher.followup import REPEATS
from teacher.grade import meaning, value
from teacher.letters import held_word
from teacher.showcase import SHOWCASE

FAMILIES = sorted(teacher.FAMILIES)
MARKUP = {BOS, EOS, USER, ASSISTANT, OPEN, CLOSE}
TURN = re.compile("U(t)A(?:t?E|Tt+Ct+E)")
SHAPE = re.compile("Bt?(?:UtAtE)*UtATt+Ct+E")
LETTER = {BOS: "B", EOS: "E", USER: "U", ASSISTANT: "A", OPEN: "T", CLOSE: "C"}


def whole(turn: Turn) -> str:
    return "".join(text for text, _ in turn.thought)


def equations(turn: Turn) -> list[str]:
    """The pure equations of the lines without a deliberate slip."""
    text = whole(turn)
    kept = "".join(("1" if learn else "0") * len(piece) for piece, learn in turn.thought)
    found, start = [], 0
    for line in text.split("\n"):
        if "0" not in kept[start : start + len(line)]:
            parts = re.split(r"[,:]|\b[a-zA-Z]{2,}\b", line)
            found += [
                part.strip() for part in parts if re.fullmatch(r"\s*[-+×÷()=\d]*=[-+×÷()=\d]+\s*", part)
            ]
        start += len(line) + 1
    return found


def holds(equation: str) -> bool:
    return len({_worth(side) for side in equation.split("=")}) == 1


def _worth(side: str) -> Fraction:
    if re.fullmatch(r"-\d+", side):
        return Fraction(side)
    signed = re.sub(r"(^|\()-(\d+)", r"\1(0-\2)", side)
    found = value(signed)
    assert found is not None, side
    return found[0]


def shape(document: list[Segment]) -> str:
    return "".join(LETTER[s.text] if s.markup else "t" for s in document)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_worked_answer_is_right(family: str) -> None:
    rng = Random(family)
    for number in range(500):
        problem = teacher.FAMILIES[family].problem(rng, number % 2 == 0)
        assert teacher.is_right(problem, teacher.FAMILIES[family].solve(problem, rng).answer), problem
        assert teacher.is_right(problem, teacher.FAMILIES[family].quick(problem, rng).answer), problem


@pytest.mark.parametrize("family", FAMILIES)
def test_thoughts_say_nothing_false_outside_of_slips(family: str) -> None:
    rng = Random(family)
    seen = 0
    for _ in range(500):
        problem = teacher.FAMILIES[family].problem(rng, False)
        for equation in equations(teacher.FAMILIES[family].solve(problem, rng)):
            assert holds(equation), (problem, equation)
            seen += 1
    assert seen > 500 or family in ("chat", "decimals", "letters")


def test_the_equation_checker_finds_a_falsehood() -> None:
    turn = Turn("", (("2+3=5\nso 4×5=21\n", True), ("7-1=5\n", False)), "")
    assert equations(turn) == ["2+3=5", "4×5=21"]
    assert [holds(item) for item in equations(turn)] == [True, False]


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "chat"])
def test_a_check_finds_every_slip(family: str) -> None:
    rng = Random(family)
    mended = 0
    for _ in range(300):
        problem = teacher.FAMILIES[family].problem(rng, False)
        turn = teacher.FAMILIES[family].worked(problem, rng, check=True, slip=True)
        slipped = any(not learn for _, learn in turn.thought)
        text = whole(turn)
        good = ("good" in text.split("Wait")[0]) if slipped else True
        assert "Wait" in text or good, (problem, text)
        mended += "Wait" in text
    assert mended > 100


@pytest.mark.parametrize("family", FAMILIES)
def test_held_out_problems_are_distinct_deterministic_and_never_on_the_training_side(family: str) -> None:
    held = teacher.held_out(3, family, 200)
    assert held == teacher.held_out(3, family, 200)
    assert len({repr((p.data, p.question)) for p in held}) == 200
    assert all(teacher.FAMILIES[family].held(problem.data) for problem in held)
    rng = Random(1)
    kept = {repr(problem.data) for problem in held}
    for _ in range(1000):
        problem = teacher.FAMILIES[family].problem(rng, False)
        assert not teacher.FAMILIES[family].held(problem.data)
        assert repr(problem.data) not in kept


def test_about_a_tenth_is_held_out() -> None:
    share = sum(is_held("sub", (a, 57)) for a in range(1000, 5000)) / 4000
    assert 0.08 < share < 0.12


def test_documents_never_ask_what_a_held_out_question_asks() -> None:
    held = {
        p.question.lower() for name in FAMILIES for p in teacher.held_out(5, name, 100) if name != "followup"
    }
    rng = Random(2)
    for _ in range(4000):
        document = teacher.document(rng)
        asked = {document[place + 1].text.lower() for place, s in enumerate(document) if s.text == USER}
        assert not asked & held


def test_drills_never_show_held_out_words_or_sums() -> None:
    rng = Random(4)
    for _ in range(2000):
        turn = drills.drill(rng)
        words = re.findall("[a-z]{3,}", turn.question.split(":")[-1])
        if turn.question.startswith(("Repeat", "Copy", "Say", "Write", "Spell ", "spell")):
            known = {"the", "word", "with", "numbers", "spell", "repeat", "this"}
            assert not any(held_word(word) for word in words if word not in known), turn
        for a, sign, b in re.findall(r"(?<![\d(-])(\d+)([+×-])(\d+)(?![\d])", turn.question):
            family = {"+": "add", "-": "sub", "×": "mul"}[sign]
            assert not teacher.FAMILIES[family].held((int(a), int(b))), turn


def test_pieces_follow_the_merges_in_their_order_and_spell_the_word() -> None:
    pieces.use(["l l", "Ġ b", "a ll", "o n"])
    try:
        assert pieces.pieces("balloon") == [" b", "all", "o", "on"]
        assert pieces.pieces("all") == [" all"]
        rng = Random(8)
        for _ in range(300):
            word = drills.trained_word(rng)
            assert "".join(pieces.pieces(word)) == f" {word}"
    finally:
        pieces.use([])


def test_comparing_drills_say_what_is_so() -> None:
    rng = Random(9)
    seen = set()
    for _ in range(2000):
        for line in whole(compared.comparing(rng)).split("\n"):
            match re.split(r"[ ,:]+", line):
                case [a, b, ("yes" | "no") as said]:
                    assert (a == b) == (said == "yes"), line
                case ["I", "get", a, "and", "should", "get", b, "the", "same", "good"]:
                    assert a == b, line
                case ["I", "get", a, "and", "should", "get", b, "not", "the", "same"]:
                    assert a != b, line
                case [_, a, *_] if "×" in line:
                    product = int(line.split("=")[1].split(",")[0])
                    wanted = "equal" if product == int(a) else "ok" if product < int(a) else "too big"
                    assert line.endswith(f" {wanted}"), line
                case [a, "and", b, *_, last] if ">" in last or "<" in last or "=" in last:
                    assert last == f"{a}{'=' if a == b else '>' if int(a) > int(b) else '<'}{b}", line
                case [a, "and", b, "the", which, "is", "bigger"]:
                    assert (int(a) > int(b)) == (which == "first"), line
                case [a, "and", b, "equal"]:
                    assert a == b, line
                case _:
                    left, right = line.rsplit("=", 1)
                    assert holds(f"{left.split()[-1]}={right}"), line
                    assert ("borrow" in line) == (_worth(line.split()[0].split("=")[0]) < 0), line
            seen.add(line.split()[-1])
    assert {"yes", "no", "good", "same", "equal", "ok", "big", "bigger"} <= seen


@pytest.mark.parametrize("hint", [512, 2048, 4000])
def test_documents_are_well_formed(hint: int) -> None:
    rng = Random(hint)
    for number in range(1500):
        document = teacher.document(rng, hint, number / 1500)
        assert SHAPE.fullmatch(shape(document)), document
        assert all(s.text in MARKUP if s.markup else not any(m in s.text for m in MARKUP) for s in document)
        assert all(s.text for s in document)
        opened = max(place for place, s in enumerate(document) if s.text == OPEN)
        assert document[opened + 1] in (Segment("\n", False, False), Segment("\n\n", False, False))
        assert document[-1] == Segment(EOS, True, True)
        assert not any(s.learn for s in document[: opened + 2])
        assert sum(len(s.text) for s in document if not s.markup) < 1.6 * hint


def test_a_document_follows_from_its_seed() -> None:
    assert teacher.document(Random(7), 4000, 0.3) == teacher.document(Random(7), 4000, 0.3)


def test_an_empty_thought_is_two_newlines_the_second_one_learned() -> None:
    rng = Random(1)
    family = teacher.FAMILIES["chat"]
    while True:
        document = teacher.document(rng)
        question = document[-8].text if len(document) >= 8 else ""
        if any(problem.question == question for problem in SHOWCASE if problem.family == "chat"):
            break
    assert [s.text for s in document[-6:-2]] == [OPEN, "\n", "\n", CLOSE]
    assert document[-4].learn
    assert not document[-5].learn
    assert family.quick(SHOWCASE[4], rng).thought == ()


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "chat"])
def test_forced_injected_reopened_and_continued_thoughts_end_in_a_right_answer(family: str) -> None:
    rng = Random(family)
    for make in (forced, injected, reopened, continued):
        for _ in range(60):
            problem = teacher.FAMILIES[family].problem(rng, False)
            segments = make(teacher.FAMILIES[family], problem, rng)
            assert teacher.is_right(problem, segments[-2].text)
            text = "".join(s.text for s in segments)
            assert "\n\n\n" not in text
            if make is forced:
                assert f"\n\n{ENOUGH}\n{CLOSE}\n\n" in text


def test_the_shown_questions_are_right_and_on_the_training_side() -> None:
    rng = Random(0)
    for problem in SHOWCASE:
        family = teacher.FAMILIES[problem.family]
        assert not family.held(problem.data)
        assert teacher.is_right(problem, family.solve(problem, rng).answer)


def test_a_quarter_of_the_documents_has_earlier_turns() -> None:
    rng = Random(6)
    many = sum(shape(teacher.document(rng)).count("U") > 1 for _ in range(3000))
    assert many > 700


@pytest.mark.parametrize(
    ("family", "data", "expected", "answer", "right"),
    [
        ("fractions", (), "3/4", r"It is \boxed{\frac{3}{4}}.", True),
        ("fractions", (), "3/4", r"It is \boxed{6/8}.", True),
        ("fractions", (), "3/4", "It is 3/4.", False),
        ("fractions", ("s", 12, 18, 0, 0), "2/3", r"\boxed{12/18}", False),
        ("fractions", ("s", 12, 18, 0, 0), "2/3", r"\boxed{2/3}", True),
        ("linear", (), "4", r"\boxed{x = - 4}", False),
        ("linear", (), "-4", r"\boxed{x = - 4}", True),
        ("quadratic", (), "-3, -2", r"\boxed{x = -2, x = -3}", True),
        ("quadratic", (), "-3, -2", r"\boxed{-2}", False),
        ("derivative", (), "3x^2 + 4x - 5", r"\boxed{4x+3x^2−5}", True),
        ("derivative", (), "3x^2 + 4x - 5", r"\boxed{3x^2 + 4x + 5}", False),
        ("divmod", (), "57 remainder 5", r"\boxed{57 R 5}", True),
        ("divmod", (), "57", r"\boxed{57 remainder 0}", True),
        ("units", ("down",), "205 minutes", r"\boxed{205}", True),
        ("units", ("clock",), "0:05", r"\boxed{00:05}", True),
        ("countdown", (2, 5, 7, 14), "(2+5)+7", r"\boxed{7*(7-5)}", False),
        ("countdown", (2, 5, 7, 14), "(2+5)+7", r"\boxed{7 + (5 + 2) = 14}", True),
        ("countdown", (2, 5, 7, 14), "(2+5)+7", r"\boxed{7 + (5 + 2) = 15}", False),
        ("add", (), "5", r"first \boxed{4}, no: \boxed{5}", True),
        ("add", (), "5", r"\boxed{5", False),
        ("add", (), "-5", r"\boxed{−5}", True),
        ("followup", ("quadratic", (), (("again", 0),)), "-3, -2", r"\boxed{-2, -3}", True),
        ("followup", ("linear", (), (("double", 2), ("why", 0))), "3/2", r"\boxed{1.5}", True),
        ("units", ("down",), "2100 centimeters", r"\boxed{2100 meters}", False),
        ("units", ("down",), "2100 centimeters", r"\boxed{2{,}100 cm}", True),
        ("units", ("up",), "3 hours 5 minutes", r"\boxed{3 hours and 5 seconds}", False),
        ("units", ("up",), "3 hours 5 minutes", r"\boxed{3 h 5 min}", True),
        ("units", ("up",), "1 foot 2 inches", r"\boxed{1 ft 2 in}", True),
        ("units", ("clock",), "10:05", r"\boxed{10:05 am}", True),
        ("units", ("clock",), "10:05", r"\boxed{10:05 p.m.}", False),
        ("units", ("clock",), "22:05", r"\boxed{10:05 \text{ pm}}", True),
        ("units", ("clock",), "0:05", r"\boxed{12:05 am}", True),
        ("units", ("clock",), "10:05", r"\boxed{105}", False),
        ("quadratic", (), "-3, 3", r"\boxed{±3}", True),
        ("quadratic", (), "-3, 3", r"\boxed{x = \pm 3}", True),
        ("quadratic", (), "-3, 3", r"\boxed{3}", False),
        ("quadratic", (), "no whole-number solution", "There is no whole-number solution.", True),
        ("quadratic", (), "no whole-number solution", r"x = \boxed{1}", False),
        ("mul", (), "1000", r"\boxed{1,000}", True),
        ("mul", (), "1000", r"\boxed{1{,}000}", True),
        ("mul", (), "1000", r"\boxed{1,00}", False),
        ("fractions", (), "3/2", r"\boxed{1 1/2}", True),
        ("fractions", (), "3/2", r"\boxed{1\frac{1}{2}}", True),
        ("fractions", (), "-3/2", r"\boxed{-1 1/2}", True),
        ("fractions", (), "11/2", r"\boxed{1 1/2}", False),
        ("chat", ("capital",), "Paris", "It is Paris.", True),
    ],
)
def test_grading_is_lenient_in_form_only(
    family: str, data: tuple[object, ...], expected: str, answer: str, right: bool
) -> None:
    assert teacher.is_right(teacher.Problem(family, "", expected, data), answer) is right


def test_a_trace_joins_pieces_and_drops_its_last_newline() -> None:
    trace = Trace()
    trace.part("a")
    trace.say("b")
    trace.say("slip", False)
    assert trace.pieces() == (("ab\n", True), ("slip", False))


@given(a=st.integers(0, 2000), b=st.integers(0, 2000))
def test_a_difference_says_first_which_number_is_bigger_and_ends_with_the_result(a: int, b: int) -> None:
    line = calc.minus(a, b)
    lead = line.split(": ", 1)[1]
    sign = "=" if a == b else ">" if a > b else "<"
    assert lead.startswith(calc.against(a, b))
    assert sign in calc.against(a, b).split(", ")[-1]
    assert ("below 0" in line) == (a < b)
    assert int(re.split("=|so ", line)[-1]) == a - b


def test_names_kept_for_the_evaluation_are_in_no_document() -> None:
    rng = Random(12)
    texts = [s.text for _ in range(4000) for s in teacher.document(rng) if "apital" in s.text]
    assert texts
    assert not [t for t in texts for name in UNLISTED if name in t]


@pytest.mark.parametrize(
    ("family", "data", "one", "other", "same"),
    [
        ("fractions", ("+",), r"\boxed{1/2}", r"It is \boxed{0.5}.", True),
        ("fractions", ("s",), r"\boxed{1/2}", r"\boxed{2/4}", False),
        ("quadratic", (), r"\boxed{-3, 3}", r"\boxed{\pm 3}", True),
        ("quadratic", (), "There is no whole-number solution.", "It has no whole-number solution.", True),
        ("derivative", (), r"\boxed{2x+1}", r"\boxed{1 + 2x}", True),
        ("countdown", (2, 3, 4, 9), r"\boxed{(2+3)+4}", r"\boxed{4+(3+2)}", True),
        ("countdown", (2, 3, 4, 9), r"\boxed{(2+3)+4}", r"\boxed{9}", False),
        ("units", ("clock",), r"\boxed{9:05}", r"\boxed{09:05 am}", True),
        ("add", (), r"\boxed{1000}", r"\boxed{1,000}", True),
        ("add", (), r"\boxed{1000}", r"\boxed{1001}", False),
    ],
)
def test_votes_are_cast_for_values_not_for_spellings(
    family: str, data: tuple[object, ...], one: str, other: str, same: bool
) -> None:
    problem = teacher.Problem(family, "", "", data)
    assert (meaning(problem, one) == meaning(problem, other)) is same
    assert meaning(problem, "no result") is None


def test_a_kind_with_too_few_held_out_problems_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "TRIES", 2)
    with pytest.raises(ValueError, match="quadratic has hardly more than"):
        teacher.held_out(1, "quadratic", 1000)


def test_numbers_held_out_in_one_order_are_trained_on_in_none() -> None:
    rng = Random(3)
    for name in ("add", "sub", "mul", "gcdlcm", "fractions", "decimals"):
        family = teacher.FAMILIES[name]
        for _ in range(500):
            data = family.problem(rng, False).data
            assert not any(family.held(order) for order in family.orders(data))
            assert len(family.orders(data)) > 1 or name in ("add", "mul", "fractions")


def test_follow_ups_come_in_every_order() -> None:
    rng = Random(5)
    seen = set()
    for _ in range(3000):
        acts = [act for act, _ in teacher.FAMILIES["followup"].problem(rng, False).data[2]]
        seen |= {(a in REPEATS, b in REPEATS) for a, b in pairwise(acts)}
    assert len(seen) == 4


def test_what_is_repeated_is_the_last_step_not_the_first_problem() -> None:
    family = teacher.FAMILIES["followup"]
    problem = family.phrase(("add", (17, 25), (("plus", 8), ("why", 0))), Random(1))
    assert problem.expected == "50"
    assert "42+8=50" in whole(family.worked(problem, Random(1), False, False))


@pytest.mark.parametrize("number", range(30))
def test_near_questions_are_beyond_the_kinds_and_noise_is_no_question(number: int) -> None:
    rng = Random(number)
    for _ in range(100):
        text = nearby.near(rng)
        assert "{" not in text
        if found := re.fullmatch(r"(\d+) ?([+×*x-]) ?(\d+)(?: = \?)?", text):
            sizes = len(found[1]), len(found[3])
            assert max(sizes) > 4 if found[2] in "+-" else sum(sizes) > 4
        assert nearby.noise(rng).strip()


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("\nOK, I will check\nSo x=4\n", False),
        ("\nYes, I check it\nCheck by putting in x=4\n2×4=8\nSo x=4\n", True),
        ("\nGood idea\nCheck: 12 by 6: 12: 2×6=12 rest 0, rest 0\n", True),
        ("\nGood idea\nCheck once more\n", False),
    ],
)
def test_to_speak_of_a_check_is_not_to_check(text: str, checked: bool) -> None:
    assert (CHECKING.search(text) is not None) is checked


@pytest.mark.parametrize("problem", questions(), ids=lambda problem: problem.question)
def test_what_everyday_questions_want_counts_as_right_and_something_else_does_not(
    problem: teacher.Problem,
) -> None:
    spoken = problem.family == "chat" or problem.expected.startswith("no ")
    assert teacher.is_right(problem, problem.expected if spoken else rf"\boxed{{{problem.expected}}}")
    assert not teacher.is_right(problem, r"\boxed{-8642}")


def test_a_slip_in_whole_numbers_among_fractions_never_makes_a_bottom_of_zero() -> None:
    family = teacher.FAMILIES["fractions"]
    problem = family.phrase(("×", 4, 1, 3, 1), Random(1))
    for seed in range(50):
        assert family.worked(problem, Random(seed), check=True, slip=True).answer.count("12") == 1
