"""Follow-ups to an earlier result: now double it, add 7 to that, why?, check that again."""

import re
from fractions import Fraction
from random import Random
from typing import Any, Final

from teacher import calc
from teacher.add import Add
from teacher.base import Data, Family, Problem, Trace, Turn, compare, off_by
from teacher.countdown import Countdown
from teacher.decimals import Decimals
from teacher.derivative import Derivative
from teacher.divmod_ import DivMod
from teacher.fractions_ import Fractions
from teacher.gcdlcm import GcdLcm
from teacher.letters import Letters
from teacher.linear import Linear
from teacher.mul import Mul
from teacher.ops import Ops
from teacher.percent import Percent
from teacher.quadratic import Quadratic
from teacher.sequence import Sequence
from teacher.sub import Sub
from teacher.units import Units
from teacher.word2 import Word2

FIRST: Final[dict[str, Family[Any]]] = {
    family.name: family
    for family in (
        Add(), Sub(), Mul(), Ops(), Linear(), GcdLcm(), Percent(), Letters(), Sequence(), Word2(),
        Fractions(), DivMod(), Quadratic(), Derivative(), Decimals(), Units(), Countdown(),
    )
}  # fmt: skip
REPEATS: Final = ("again", "why")  # answered by the last work done again
ODDS: Final = (4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 2, 2, 2, 2, 2, 2)
LENGTHS: Final = (1, 1, 1, 2, 2, 2, 3, 3, 4)
DIVMOD: Final = DivMod()
FRACTIONS: Final = Fractions()
SCALING: Final = ("double", "triple", "times", "half")  # what is asked of a fraction
Act = tuple[str, int]
SAID: Final[dict[str, tuple[str, ...]]] = {
    "double": (
        "Now double it.", "double it", "Double that.", "What is twice that?", "times two",
        "And doubled?", "Now times 2",
    ),
    "triple": ("Now triple it.", "What is three times that?", "Triple that.", "And three times as much?"),
    "half": ("Half of it?", "What is half of that?", "Now halve it.", "half of it", "Divide that by 2."),
    "plus": (
        "Add {n} to that.", "add {n}", "And plus {n}?", "Now add {n}.", "plus {n}", "What if I add {n}?",
        "And {n} more?",
    ),
    "minus": (
        "Subtract {n} from that.", "and minus {n}?", "Now take away {n}.", "minus {n}", "And {n} less?",
        "Now subtract {n}",
    ),
    "times": (
        "Multiply that by {n}.", "times {n}", "Now times {n}.", "And multiplied by {n}?",
        "What is {n} times that?",
    ),
    "again": (
        "Check that again.", "check that again", "Are you sure?", "are you sure?", "Is that right?",
        "Please double-check.", "Really?", "Verify it.", "Can you check that?", "check that by substituting",
        "Check that by substituting.", "Check it by another route.", "check your work", "Check again",
        "Is this correct?", "Verify that.", "Check that.", "use another way", "double check", "are you sure",
        "Check it another way.", "Is it really that?", "check by putting it in", "Check the result.",
        "Try another way.", "Double-check this.", "Recheck that.", "are you certain?", "I doubt it.",
    ),
    "why": (
        "Why?", "why?", "Explain.", "explain", "How did you get that?", "Can you explain that?",
        "Show me the steps.", "How so?", "why", "How?", "Why is that?", "Show your work.", "show your work",
        "But why?", "How did you do that?", "Walk me through it.", "Why so?", "how come?", "Explain that.",
        "how did you get that", "Explain your answer.", "Where does that come from?",
    ),
}  # fmt: skip


def number(problem: Problem) -> Fraction | None:
    """The problem's result where it is a whole number or a fraction."""
    text = problem.expected
    return Fraction(text) if re.fullmatch(r"-?\d+(/\d+)?", text) else None


def applied(value: Fraction, act: str, n: int) -> Fraction:
    """The new value after a follow-up."""
    match act:
        case "double" | "triple" | "times":
            return value * n
        case "half":
            return value / 2
        case "plus":
            return value + n
        case "minus":
            return value - n
        case _:
            return value


def line(value: int, act: str, n: int) -> str:
    """The work of a follow-up as one line."""
    match act:
        case "plus":
            return calc.plus(value, n)
        case "minus":
            return calc.minus(value, n)
        case "half":
            return calc.over(value, 2)
        case _:
            return calc.times(value, n)


def spoken(value: Fraction, act: str, n: int) -> str:
    """The step in words, said before it is worked out again."""
    return f"{value} {({'plus': 'plus', 'minus': 'minus', 'half': 'by'}).get(act, 'times')} {n}"


def _workable(value: Fraction) -> bool:
    """Whether a follow-up may go on from the value: not too long, and no fraction below zero."""
    return abs(value) <= 9999 and (value.denominator == 1 or (value > 0 and value.denominator <= 12))


def _fractional(value: Fraction, act: str) -> bool:
    """Whether the step is worked as fractions are."""
    return value.denominator > 1 or (act == "half" and value % 2 == 1)


class FollowUp(Family[Any]):
    """Data is the first family, its data, and the acts that followed; the split is by the first."""

    name = "followup"

    def held(self, data: Data) -> bool:
        return FIRST[data[0]].held(data[1])

    def barred(self, data: Data) -> bool:
        return FIRST[data[0]].barred(data[1])

    def draw(self, rng: Random) -> Data:
        return self.problem(rng, False).data

    def phrase(self, data: Data, rng: Random) -> Problem:
        family, first_data, acts = data
        return self._phrase(FIRST[family].phrase(first_data, rng), acts, rng)

    def problem(self, rng: Random, held: bool) -> Problem:
        while True:
            first = FIRST[rng.choices(tuple(FIRST), ODDS)[0]].problem(rng, held)
            acts = self._acts(first, rng, held)
            if acts and re.search(r"\d", first.expected):
                return self._phrase(first, acts, rng)

    def _acts(self, first: Problem, rng: Random, held: bool) -> tuple[Act, ...]:
        value = number(first)
        acts: list[Act] = []
        for _ in range(rng.choice(LENGTHS)):
            if rng.random() < 0.35 or value is None or not _workable(value):
                acts.append((rng.choice(REPEATS), 0))
                continue
            act, n = self._act(value, rng)
            if value.denominator == 1 and not held and self._meets_held(int(value), act, n):
                return ()
            value = applied(value, act, n)
            acts.append((act, n))
            if value.denominator > 99:
                return ()
        return tuple(acts)

    def _act(self, value: Fraction, rng: Random) -> Act:
        """An act that the value can bear."""
        if value.denominator > 1:
            act = rng.choice(SCALING)
            return act, {"double": 2, "triple": 3, "half": 2}.get(act) or rng.randint(2, 9)
        act = rng.choice((*(name for name in SAID if name not in REPEATS), "plus", "minus", "double"))
        n = {"double": 2, "triple": 3, "half": 2}.get(act) or rng.randint(2, 9 if act == "times" else 50)
        small = act in ("plus", "minus", "half")
        if (act == "half" and value % 2 and not 0 < value < 100) or (not small and abs(value) > 200):
            return "plus", rng.randint(2, 50)
        return act, n

    def _meets_held(self, value: int, act: str, n: int) -> bool:
        if act == "plus":
            return FIRST["add"].held((value, n))
        if act == "minus":
            return FIRST["sub"].barred((value, n))
        if act == "half":
            return DIVMOD.held((value, 2))
        return FIRST["mul"].held((value, n))

    def _phrase(self, first: Problem, acts: tuple[Act, ...], rng: Random) -> Problem:
        history = [(first.question, FIRST[first.family].answer(first, rng))]
        value, shown = number(first), first.expected
        for act, n in acts:
            value = applied(value, act, n) if value is not None else None
            shown = first.expected if value is None else str(value)
            history.append((self._say(act, n, rng), self._sentence(act, shown, rng)))
        data = (first.family, first.data, acts)
        question, _ = history.pop()
        return Problem(self.name, question, shown, data, tuple(history))

    def _say(self, act: str, n: int, rng: Random) -> str:
        said = rng.choice(SAID[act]).format(n=n)
        if rng.random() < 0.1:
            said = said[:1].lower() + said[1:]
        return said.rstrip(".?") if rng.random() < 0.1 else said

    def _sentence(self, act: str, value: str, rng: Random) -> str:
        if act in REPEATS:
            return self._repeated(act, value, rng)
        lead = rng.choice(("That is", "The new result is", "Now it is", "That makes"))
        return f"{lead} \\boxed{{{value}}}."

    def _repeated(self, act: str, value: str, rng: Random) -> str:
        if act == "again":
            return rng.choice(
                (f"I checked it: \\boxed{{{value}}} is right.", f"Yes, the result is \\boxed{{{value}}}.")
            )
        return rng.choice(
            (
                f"I worked it out step by step and got \\boxed{{{value}}}.",
                f"The steps lead to \\boxed{{{value}}}.",
            )
        )

    def _first(self, problem: Problem) -> Problem:
        """The first problem of the conversation, where its result still stands."""
        family, data, _ = problem.data
        return Problem(family, problem.history[0][0], problem.expected, data)

    def _last(self, problem: Problem) -> tuple[Fraction, str, int] | None:
        """The last step that changed the number, and what it started from; None where nothing did."""
        family, data, acts = problem.data
        if all(act in REPEATS for act, _ in acts):
            return None
        value = number(FIRST[family].phrase(data, Random(0)))
        found = None
        for act, n in acts:
            if act not in REPEATS and value is not None:
                found = (value, act, n)
                value = applied(value, act, n)
        return found

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> object:
        repeated = problem.data[2][-1][0] in REPEATS
        step = self._last(problem)
        if step is None:
            first = self._first(problem)
            trace.say(rng.choice(("I do it again", "Once more from the start", "I go through it again")))
            return FIRST[first.family].work(first, rng, trace, slip)
        value, act, n = step
        if repeated:
            lead = rng.choice(("The last step again: {}", "I do the last step again: {}"))
            trace.say(lead.format(spoken(value, act, n)))
        else:
            trace.say(
                rng.choice(("The last result is {}", "Before it was {}", "I start from {}")).format(value)
            )
        if act == "half" and value.denominator == 1:
            trace.say(f"{value} is {'odd' if value % 2 else 'even'}")
        if _fractional(value, act):
            return self._scaled(value, act, n, rng, trace, slip)
        if slip:
            sign = {"plus": "+", "minus": "-", "half": "÷"}.get(act, "×")
            wrong = off_by(int(applied(value, act, n)), rng, -9999)
            trace.part(f"{value}{sign}{n}=")
            trace.say(str(wrong), False)
            return Fraction(wrong)
        trace.say(line(int(value), act, n))
        return applied(value, act, n)

    def _scaled(self, value: Fraction, act: str, n: int, rng: Random, trace: Trace, slip: bool) -> Fraction:
        """A fraction times or by a whole number, as the fractions are worked."""
        work = Problem("fractions", "", "", self._fraction(value, act, n))
        return Fraction(*FRACTIONS.work(work, rng, trace, slip))

    def _fraction(self, value: Fraction, act: str, n: int) -> Data:
        return ("÷" if act == "half" else "×", value.numerator, value.denominator, n, 1)

    def worked(self, problem: Problem, rng: Random, check: bool, slip: bool) -> Turn:
        sure = problem.data[2][-1][0] == "again"
        return super().worked(problem, rng, check or sure, slip)

    def check(self, problem: Problem, value: Fraction, trace: Trace) -> bool:
        step = self._last(problem)
        if step is None:
            first = self._first(problem)
            return FIRST[first.family].check(first, value, trace)
        start, act, n = step
        if _fractional(start, act):
            work = Problem("fractions", "", "", self._fraction(start, act, n))
            return FRACTIONS.check(work, (value.numerator, value.denominator), trace)
        trace.say("Check backwards")
        got = int(value)
        if act == "half":
            trace.say(calc.times(got, 2))
            return compare(trace, got * 2, int(start))
        if act in ("plus", "minus"):
            trace.say(calc.minus(got, n) if act == "plus" else calc.plus(got, n))
            return compare(trace, got - n if act == "plus" else got + n, int(start))
        if got % n:
            trace.say(f"{got} is not a multiple of {n}")
            return False
        trace.say(calc.over(got, n))
        return compare(trace, got // n, int(start))

    def answer(self, problem: Problem, rng: Random) -> str:
        return self._sentence(problem.data[2][-1][0], problem.expected, rng)
