"""Word problems with two steps."""

from random import Random
from typing import Any, Final

from teacher import calc
from teacher.add import Add
from teacher.base import Data, Family, Problem, Trace, compare, off_by
from teacher.divmod_ import DivMod
from teacher.mul import Mul
from teacher.style import typed
from teacher.sub import Sub

WHO: Final = ("Tom", "Anna", "Mia", "Ben", "Lena", "Sam", "Kim", "Omar", "Lucy", "Max", "Nina", "Paul")
WHAT: Final = (
    "apples",
    "marbles",
    "books",
    "coins",
    "stickers",
    "pencils",
    "cards",
    "eggs",
    "nuts",
    "shells",
)
# form: the two steps, as in ops, and the stories with the operands a, b, c
STORIES: Final[dict[str, tuple[str, ...]]] = {
    "a+b-c": (
        "{w} has {a} {i}, finds {b} more and gives {c} away. How many {i} are left?",
        "{w} had {a} {i}. {w} bought {b} more and lost {c}. How many {i} does {w} have now?",
        "A bus has {a} people. {b} get on and {c} get off. How many are on the bus?",
        "There are {a} {i} in a box. {w} puts in {b} and takes out {c}. How many are in the box?",
    ),
    "a-b-c": (
        "{w} has {a} {i}, gives {b} to a friend and loses {c}. How many are left?",
        "A book has {a} pages. {w} reads {b} pages on Monday and {c} on Tuesday. How many pages remain?",
        "{w} has {a} dollars and spends {b} on food and {c} on a ticket. How much is left?",
    ),
    "a*b+c": (
        "{w} buys {a} boxes with {b} {i} each and has {c} more at home. How many {i} in all?",
        "There are {a} rows of {b} chairs and {c} extra chairs. How many chairs are there?",
        "{w} saves {b} dollars a week for {a} weeks and gets {c} dollars as a gift. How much is that?",
        "A taxi costs {c} dollars plus {b} dollars per kilometer. What do {a} kilometers cost?",
    ),
    "a*b-c": (
        "{w} has {a} bags with {b} {i} each and eats {c}. How many {i} are left?",
        "{w} works {a} hours for {b} dollars an hour and spends {c} dollars. How much is left?",
        "A shop has {a} crates of {b} {i} and sells {c}. How many {i} remain?",
        "{a} tickets cost {b} dollars each. With {c} dollars off, what is the total?",
    ),
    "c-a*b": (
        "{w} has {c} dollars and buys {a} {i} for {b} dollars each. How much is left?",
        "{w} pays with {c} dollars for {a} tickets at {b} dollars each. How much change is there?",
        "A rope is {c} meters long. {w} cuts off {a} pieces of {b} meters. How much is left?",
    ),
    "(a+b)*c": (
        "{w} runs {a} km in the morning and {b} km in the evening, {c} days long. How many km in all?",
        "Each bag holds {a} red and {b} blue {i}. How many {i} are in {c} bags?",
        "A ticket costs {a} dollars and a drink {b} dollars. What do {c} people pay for both?",
    ),
    "(a+b)/c": (
        "{w} has {a} red and {b} blue {i} and shares them equally among {c} friends. How many does each get?",
        "{a} boys and {b} girls form {c} equal teams. How many are in each team?",
        "{w} picks {a} {i} today and {b} tomorrow and packs them into {c} equal boxes. How many per box?",
    ),
    "(a-b)/c": (
        "{w} has {a} {i}, keeps {b} and shares the rest equally among {c} friends. How many does each get?",
        "A cook has {a} eggs, drops {b} and uses the rest for cakes with {c} eggs each. How many cakes?",
    ),
}  # fmt: skip
STEPS: Final = {
    "a+b-c": ("a+b", "#-c"),
    "a-b-c": ("a-b", "#-c"),
    "a*b+c": ("a*b", "#+c"),
    "a*b-c": ("a*b", "#-c"),
    "c-a*b": ("a*b", "c-#"),
    "(a+b)*c": ("a+b", "#*c"),
    "(a+b)/c": ("a+b", "#/c"),
    "(a-b)/c": ("a-b", "#/c"),
}
SINGLE: Final[dict[str, Family[Any]]] = {"+": Add(), "-": Sub(), "*": Mul(), "/": DivMod()}
LINES: Final = {"+": calc.plus, "-": calc.minus, "*": calc.times, "/": calc.over}


def _do(x: int, sign: str, y: int) -> int:
    return {"+": x + y, "-": x - y, "*": x * y, "/": x // y if y else 0}[sign]


class Word2(Family[int]):
    name = "word2"

    def draw(self, rng: Random) -> Data:
        while True:
            form = rng.choice(tuple(STORIES))
            story = rng.randrange(len(STORIES[form]))
            if "*" in form and "(" not in form:
                a, b, c = rng.randint(2, 12), rng.randint(2, 12), rng.randint(2, 99)
            elif "(" in form:
                a, b, c = rng.randint(2, 50), rng.randint(2, 50), rng.randint(2, 9)
            else:
                a, b, c = rng.randint(5, 99), rng.randint(2, 60), rng.randint(2, 60)
            numbers = {"a": a, "b": b, "c": c}
            first, last = self._steps(form, numbers)
            if form.endswith("/c") and first[3] % c:
                continue
            if first[3] > 0 and last[3] > 0:
                return (form, story, a, b, c)

    def problem(self, rng: Random, held: bool) -> Problem:
        while True:
            data = self.draw(rng)
            if self.held(data) == held and (held or not self._meets_held(data)):
                return self.phrase(data, rng)

    def _meets_held(self, data: Data) -> bool:
        """Whether a step is a problem of another family that is never trained on."""
        form, _, a, b, c = data
        steps = self._steps(form, {"a": a, "b": b, "c": c})
        return any(SINGLE[sign].held((x, y)) for x, sign, y, _ in steps)

    def held(self, data: Data) -> bool:
        return super().held((data[0], *data[2:]))

    def _steps(self, form: str, numbers: dict[str, int]) -> list[tuple[int, str, int, int]]:
        done: list[tuple[int, str, int, int]] = []
        for step in STEPS[form]:
            left, sign, right = step[0], step[1], step[2]
            x = done[0][3] if left == "#" else numbers[left]
            y = done[0][3] if right == "#" else numbers[right]
            done.append((x, sign, y, _do(x, sign, y)))
        return done

    def phrase(self, data: Data, rng: Random) -> Problem:
        form, story, a, b, c = data
        question = STORIES[form][story].format(w=rng.choice(WHO), i=rng.choice(WHAT), a=a, b=b, c=c)
        value = self._steps(form, {"a": a, "b": b, "c": c})[1][3]
        if rng.random() < 0.2:
            question = typed(question, rng)
        return Problem(self.name, question, str(value), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        form, _, a, b, c = problem.data
        first, last = self._steps(form, {"a": a, "b": b, "c": c})
        mark = {"*": "×", "/": "÷"}
        plan = "".join(
            {"a": str(a), "b": str(b), "c": str(c)}.get(sign) or mark.get(sign, sign) for sign in form
        )
        trace.say(f"{rng.choice(('Two steps', 'I do it in two steps', 'Step by step'))}: {plan}")
        x, sign, y, value = first
        trace.part("First ")
        if slip:
            wrong = off_by(value, rng, 1)
            trace.part(f"{x}{mark.get(sign, sign)}{y}=")
            trace.say(str(wrong), False)
            value = wrong
        else:
            trace.say(LINES[sign](x, y))
        left, sign, right, _ = last
        left, right = (left, value) if form == "c-a*b" else (value, right)
        if sign == "/" and left % right:
            trace.say(f"{left} by {right} does not go evenly")
            return -1
        trace.say(f"Then {LINES[sign](left, right)}")
        return _do(left, sign, right)

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        form, _, a, b, c = problem.data
        if value < 0:
            trace.say("That cannot be")
            return False
        trace.say(f"Check backwards from {value}")
        if form == "c-a*b":
            trace.say(calc.minus(c, value))
            middle = c - value
        elif form.endswith("*c"):
            trace.say(calc.over(value, c))
            middle = value // c
        elif form.endswith("/c"):
            trace.say(calc.times(value, c))
            middle = value * c
        elif form.endswith("+c"):
            trace.say(calc.minus(value, c))
            middle = value - c
        else:
            trace.say(calc.plus(value, c))
            middle = value + c
        if form == "c-a*b" or form.startswith("a*b"):
            if middle % a:
                trace.say(f"{middle} is not a multiple of {a}")
                return False
            trace.say(calc.over(middle, a))
            return compare(trace, middle // a, b)
        if form.startswith(("a+b", "(a+b")):
            trace.say(calc.minus(middle, b))
            return compare(trace, middle - b, a)
        trace.say(calc.plus(middle, b))
        return compare(trace, middle + b, a)

    def answer(self, problem: Problem, rng: Random) -> str:
        return rng.choice(
            (
                f"The answer is \\boxed{{{problem.expected}}}.",
                f"It is \\boxed{{{problem.expected}}}.",
                f"That makes \\boxed{{{problem.expected}}}.",
            )
        )
