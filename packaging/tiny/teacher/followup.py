"""Follow-ups to an earlier result: now double it, add 7 to that, why?, check that again."""

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
REPEATS: Final = ("again", "why")  # answered by the first work done again
ODDS: Final = (4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2)
DIVMOD: Final = DivMod()
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
        "Check that again.", "check that again", "Are you sure?", "Is that right?",
        "Please double-check.", "Really?", "Verify it.", "Can you check that?",
    ),
    "why": (
        "Why?", "why?", "Explain.", "explain", "How did you get that?", "Can you explain that?",
        "Show me the steps.", "How so?",
    ),
}  # fmt: skip


def number(problem: Problem) -> int | None:
    """The problem's result where it is a whole number."""
    text = problem.expected
    return int(text) if text.lstrip("-").isdigit() else None


def applied(value: int, act: str, n: int) -> int:
    """The new value after a follow-up."""
    match act:
        case "double" | "triple" | "times":
            return value * n
        case "half":
            return value // 2
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


class FollowUp(Family[Any]):
    """Data is the first family, its data, and the acts that followed; the split is by the first."""

    name = "followup"

    def held(self, data: Data) -> bool:
        return FIRST[data[0]].held(data[1])

    def draw(self, rng: Random) -> Data:
        return self.problem(rng, False).data

    def phrase(self, data: Data, rng: Random) -> Problem:
        family, first_data, acts = data
        return self._phrase(FIRST[family].phrase(first_data, rng), acts, rng)

    def problem(self, rng: Random, held: bool) -> Problem:
        while True:
            first = FIRST[rng.choices(tuple(FIRST), ODDS)[0]].problem(rng, held)
            acts = self._acts(first, rng, held)
            if acts:
                return self._phrase(first, acts, rng)

    def _acts(self, first: Problem, rng: Random, held: bool) -> tuple[tuple[str, int], ...]:
        value = number(first)
        if value is None or abs(value) > 9999:
            return ((rng.choice(("again", "why")), 0),)
        acts: list[tuple[str, int]] = []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            act = rng.choice((*SAID, "plus", "minus", "double"))
            if acts and act in ("again", "why"):
                act = "plus"
            n = {"double": 2, "triple": 3, "half": 2}.get(act) or rng.randint(2, 9 if act == "times" else 50)
            small = act in ("plus", "minus", "half", "again", "why")
            if (act == "half" and value % 2) or (not small and abs(value) > 200):
                act, n = "plus", rng.randint(2, 50)
            if not held and self._meets_held(value, act, n):
                return ()
            value = applied(value, act, n)
            acts.append((act, n))
            if act in ("again", "why"):
                break
        return tuple(acts)

    def _meets_held(self, value: int, act: str, n: int) -> bool:
        if act == "plus":
            return FIRST["add"].held((value, n))
        if act == "minus":
            return FIRST["sub"].held((value, n))
        if act == "half":
            return DIVMOD.held((value, 2))
        return act not in ("again", "why") and FIRST["mul"].held((value, n))

    def _phrase(self, first: Problem, acts: tuple[tuple[str, int], ...], rng: Random) -> Problem:
        history = [(first.question, FIRST[first.family].answer(first, rng))]
        act, n = acts[-1]
        data = (first.family, first.data, acts)
        if act in REPEATS:
            return Problem(self.name, self._say(act, n, rng), first.expected, data, tuple(history))
        value = int(first.expected)
        for earlier, m in acts[:-1]:
            value = applied(value, earlier, m)
            history.append((self._say(earlier, m, rng), self._sentence(value, rng)))
        value = applied(value, act, n)
        return Problem(self.name, self._say(act, n, rng), str(value), data, tuple(history))

    def _say(self, act: str, n: int, rng: Random) -> str:
        return rng.choice(SAID[act]).format(n=n)

    def _sentence(self, value: int, rng: Random) -> str:
        lead = rng.choice(("That is", "The new result is", "Now it is", "That makes"))
        return f"{lead} \\boxed{{{value}}}."

    def _first(self, problem: Problem) -> Problem:
        """The first problem of the conversation, for a follow-up that asks for it again."""
        family, data, _ = problem.data
        return Problem(family, problem.history[0][0], problem.expected, data)

    def _start(self, problem: Problem) -> int:
        """The number that the last follow-up starts from."""
        family, data, acts = problem.data
        value = int(FIRST[family].phrase(data, Random(0)).expected)
        for act, n in acts[:-1]:
            value = applied(value, act, n)
        return value

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> object:
        act, n = problem.data[2][-1]
        if act in REPEATS:
            first = self._first(problem)
            trace.say(rng.choice(("I do it again", "Once more from the start", "I go through it again")))
            return FIRST[first.family].work(first, rng, trace, slip)
        value = self._start(problem)
        trace.say(rng.choice(("The last result is {}", "Before it was {}", "I start from {}")).format(value))
        if slip:
            sign = {"plus": "+", "minus": "-", "half": "÷"}.get(act, "×")
            wrong = off_by(applied(value, act, n), rng, -9999)
            trace.part(f"{value}{sign}{n}=")
            trace.say(str(wrong), False)
            return wrong
        trace.say(line(value, act, n))
        return applied(value, act, n)

    def worked(self, problem: Problem, rng: Random, check: bool, slip: bool) -> Turn:
        sure = problem.data[2][-1][0] == "again"
        return super().worked(problem, rng, check or sure, slip)

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        act, n = problem.data[2][-1]
        if act in REPEATS:
            first = self._first(problem)
            return FIRST[first.family].check(first, value, trace)
        start = self._start(problem)
        trace.say("Check backwards")
        if act == "half":
            trace.say(calc.times(value, 2))
            return compare(trace, value * 2, start)
        if act in ("plus", "minus"):
            trace.say(calc.minus(value, n) if act == "plus" else calc.plus(value, n))
            return compare(trace, value - n if act == "plus" else value + n, start)
        if value % n:
            trace.say(f"{value} is not a multiple of {n}")
            return False
        trace.say(calc.over(value, n))
        return compare(trace, value // n, start)

    def answer(self, problem: Problem, rng: Random) -> str:
        act, _ = problem.data[2][-1]
        value = problem.expected
        if act == "again":
            return rng.choice(
                (f"I checked it: \\boxed{{{value}}} is right.", f"Yes, the result is \\boxed{{{value}}}.")
            )
        if act == "why":
            return rng.choice(
                (
                    f"I worked it out step by step and got \\boxed{{{value}}}.",
                    f"The steps lead to \\boxed{{{value}}}.",
                )
            )
        return self._sentence(int(value), rng)
