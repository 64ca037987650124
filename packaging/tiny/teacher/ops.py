"""Order of operations with small numbers."""

import re
from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, off_by
from teacher.style import VALUE, Signs, asked, signs

# Each form lists its steps: which operands meet, and how. #n is the result of step n.
FORMS: Final[dict[str, tuple[str, ...]]] = {
    "a+b*c": ("b*c", "a+#0"),
    "a-b*c": ("b*c", "a-#0"),
    "a*b+c": ("a*b", "#0+c"),
    "a*b-c": ("a*b", "#0-c"),
    "(a+b)*c": ("a+b", "#0*c"),
    "(a-b)*c": ("a-b", "#0*c"),
    "a*(b+c)": ("b+c", "a*#0"),
    "a*(b-c)": ("b-c", "a*#0"),
    "a*b+c*d": ("a*b", "c*d", "#0+#1"),
    "a*b-c*d": ("a*b", "c*d", "#0-#1"),
    "a+b*c-d": ("b*c", "a+#0", "#1-d"),
    "a-b+c": ("a-b", "#0+c"),
    "a-b-c": ("a-b", "#0-c"),
    "a+b/c": ("b/c", "a+#0"),
    "a/b+c": ("a/b", "#0+c"),
    "a-b/c": ("b/c", "a-#0"),
    "a/b*c": ("a/b", "#0*c"),
    "(a+b)/c": ("a+b", "#0/c"),
    "(a+b)*(c-d)": ("a+b", "c-d", "#0*#1"),
    "a-(b-c)": ("b-c", "a-#0"),
    "a*b/c": ("a*b", "#0/c"),
    "a^2+b": ("a*a", "#0+b"),
    "a^2": ("a*a",),
    "a^2+b^2": ("a*a", "b*b", "#0+#1"),
    "a^2-b^2": ("a*a", "b*b", "#0-#1"),
    "a+b+c": ("a+b", "#0+c"),
    "a+b-c": ("a+b", "#0-c"),
    "a*b*c": ("a*b", "#0*c"),
    "a-b*c+d": ("b*c", "a-#0", "#1+d"),
    "a^2-b*c": ("a*a", "b*c", "#0-#1"),
}
NAMES: Final = "abcd"
POWER: Final = "a^n"
GREATEST: Final = 1100  # powers beyond are declined


def _operands(step: str) -> tuple[str, str, str]:
    for sign in "+-*/":
        left, found, right = step.partition(sign)
        if found:
            return left, sign, right
    raise ValueError(step)


def _apply(left: int, sign: str, right: int) -> int | None:
    if sign == "/":
        return left // right if right and left % right == 0 else None
    return left + right if sign == "+" else left - right if sign == "-" else left * right


def run(form: str, numbers: tuple[int, ...]) -> list[int] | None:
    """The results of the steps, or None where a division does not go evenly."""
    results: list[int] = []
    for step in FORMS[form]:
        left, sign, right = _operands(step)
        value = _apply(_look(left, numbers, results), sign, _look(right, numbers, results))
        if value is None:
            return None
        results.append(value)
    return results


def _look(name: str, numbers: tuple[int, ...], results: list[int]) -> int:
    return results[int(name[1])] if name[0] == "#" else numbers[NAMES.index(name)]


def shown(form: str, numbers: tuple[int, ...], sign: Signs) -> str:
    """The expression with the question's signs."""
    table = {"+": sign.plus, "-": sign.minus, "*": sign.times, "/": sign.over}
    return "".join(table.get(c) or (str(numbers[NAMES.index(c)]) if c in NAMES else c) for c in form)


def _reduced(form: str, step: str, place: int) -> str:
    """The form with a step's operands replaced by its result's name."""
    left, sign, right = _operands(step)
    done = f"{left}^2" if left == right else f"{left}{sign}{right}"
    bracketed = f"({done})"
    return form.replace(bracketed if bracketed in form else done, f"#{place}")


def _written(form: str, numbers: tuple[int, ...], results: list[int]) -> str:
    """What is left of an expression, results in brackets where they are negative and not in front."""
    out = ""
    for name in re.findall(r"#\d|.", form):
        if name in NAMES or name[0] == "#":
            value = _look(name, numbers, results)
            out += f"({value})" if value < 0 and out and out[-1] != "(" else str(value)
        else:
            out += {"*": "×", "/": "÷"}.get(name, name)
    return out


class Ops(Family[int]):
    name = "ops"

    def draw(self, rng: Random) -> Data:
        if rng.random() < 0.1:
            while True:
                a, n = rng.randint(1, 12), rng.randint(3, 10)
                a, n = (rng.randint(11, 33), 2) if rng.random() < 0.05 else (a, n)
                if a**n <= GREATEST:
                    return (POWER, a, n)
        while True:
            form = rng.choice(tuple(FORMS))
            count = sum(c in NAMES for c in form)
            numbers = [rng.randint(2, 12) for _ in range(count)]
            if "/" in form and form not in ("(a+b)/c", "a*b/c"):
                place = NAMES.index(form[form.index("/") - 1])
                numbers[place] = numbers[place + 1] * rng.randint(2, 12)
            if form.startswith(("a+", "a-")):
                numbers[0] = rng.choice((numbers[0], rng.randint(2, 60)))
            values = run(form, tuple(numbers))
            if values is None:
                continue
            if all(abs(v) <= 150 for v in values) and (values[-1] >= 0 or rng.random() < 0.4):
                return (form, *numbers)

    def phrase(self, data: Data, rng: Random) -> Problem:
        form, *numbers = data
        if form == POWER:
            a, n = numbers
            text = rng.choices((f"{a}^{n}", f"{a} to the power of {n}"), (6, 1))[0]
            return Problem(self.name, asked(rng, VALUE, text), str(a**n), data)
        values = run(form, tuple(numbers)) or [0]
        text = shown(form, tuple(numbers), signs(rng))
        return Problem(self.name, asked(rng, VALUE, text), str(values[-1]), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        form, *numbers = problem.data
        if form == POWER:
            return self._power(numbers[0], numbers[1], rng, trace, slip)
        text = shown(form, tuple(numbers), Signs("+", "-", "×", "÷", "-", "="))
        trace.say(rng.choice(("I compute {}", "Step by step: {}", "{}")).format(text))
        results: list[int] = []
        steps = FORMS[form]
        bad = rng.randrange(len(steps)) if slip else -1
        left_over = form
        for place, step in enumerate(steps):
            if place:
                left_over = _reduced(left_over, steps[place - 1], place - 1)
                trace.say(f"Now {_written(left_over, tuple(numbers), results)}")
            left, sign, right = _operands(step)
            x, y = _look(left, tuple(numbers), results), _look(right, tuple(numbers), results)
            value = _apply(x, sign, y)
            why = self._why(form, step, place)
            trace.part(why)
            if place == bad and value is not None:
                value = off_by(value, rng, -200)
                mark = {"*": "×", "/": "÷"}.get(sign, sign)
                trace.part(f"{x}{mark}({y})=" if y < 0 else f"{x}{mark}{y}=")
                trace.say(str(value), False)
            elif value is None:
                trace.say(f"{x} by {y} does not go evenly")
                return -999
            else:
                line = {"+": calc.plus, "-": calc.minus, "*": calc.times, "/": calc.over}[sign]
                trace.say(line(x, y))
            results.append(value)
        return results[-1]

    def _power(self, a: int, n: int, rng: Random, trace: Trace, slip: bool) -> int:
        """The factors one after the other, numbered, so that none is left out."""
        trace.say(
            rng.choice(("{}^{} is {} factors of {}", "{}^{}: {} times the factor {}")).format(a, n, n, a)
        )
        value, bad = a, rng.randint(2, n) if slip else -1
        trace.say(f"1: {a}")
        for place in range(2, n + 1):
            trace.part(f"{place}: ")
            if place == bad:
                wrong = off_by(value * a, rng)
                trace.part(f"{value}×{a}=")
                trace.say(str(wrong), False)
                value = wrong
                continue
            trace.say(calc.times(value, a))
            value *= a
        return value

    def _why(self, form: str, step: str, place: int) -> str:
        if place:
            return "Then "
        if "(" in form:
            return "Brackets first: "
        if "^" in form:
            return "Square first: "
        _, sign, _ = _operands(step)
        if sign in "*/" and any(c in form for c in "+-"):
            return "Multiply first: " if sign == "*" else "Divide first: "
        return "From the left: "

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        form, *numbers = problem.data
        trace.say("Check once more")
        if form == POWER:
            got = self._power(numbers[0], numbers[1], Random(0), trace, False)
            return compare(trace, value, got)
        results: list[int] = []
        for step in FORMS[form]:
            left, sign, right = _operands(step)
            x, y = _look(left, tuple(numbers), results), _look(right, tuple(numbers), results)
            line = {"+": calc.plus, "-": calc.minus, "*": calc.times, "/": calc.over}[sign]
            trace.say(line(x, y))
            results.append(_apply(x, sign, y) or 0)
        return compare(trace, value, results[-1])

    def answer(self, problem: Problem, rng: Random) -> str:
        form, *numbers = problem.data
        text = shown(form, tuple(numbers), Signs("+", "-", "×", "÷", "-", "="))
        if form == POWER:
            text = f"{numbers[0]}^{numbers[1]}"
        return rng.choice(
            (
                f"{text} = \\boxed{{{problem.expected}}}.",
                f"The result is \\boxed{{{problem.expected}}}.",
                f"It is \\boxed{{{problem.expected}}}.",
            )
        )
