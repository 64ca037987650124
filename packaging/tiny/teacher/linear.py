"""Linear equations in one unknown; the solution is whole or, now and then, a fraction."""

from fractions import Fraction
from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, off_by
from teacher.euclid import euclid
from teacher.style import Signs, asked, number, signs

WORDS: Final = (
    "Solve: {}",
    "Solve {}",
    "Solve for x: {}",
    "What is x if {}?",
    "Find x: {}",
    "{}",
    "If {}, what is x?",
    "{}. What is x?",
    "Solve the equation {}.",
    "Find the value of x in {}.",
    "For which x is {}?",
    "Determine x: {}",
    "{}, x = ?",
    "Solve ${}$.",
)


def term(value: int, sign: Signs) -> str:
    """A following summand with its sign."""
    return f"{sign.minus}{-value}" if value < 0 else f"{sign.plus}{value}"


def plain(value: int) -> str:
    """A following summand as thoughts write it."""
    return f"{value}" if value < 0 else f"+{value}"


def times_x(a: int) -> str:
    """x with its factor, as thoughts write it."""
    return {1: "x", -1: "-x"}.get(a, f"{a}x")


class Linear(Family[Fraction]):
    name = "linear"

    def draw(self, rng: Random) -> Data:
        if rng.random() < 0.4:
            return self._plain(rng)
        form = rng.choice(("ax+b", "ax+b", "ax+b", "b-ax", "a(x+b)", "ax+b=cx+d", "ax+b=cx+d", "x/a+b"))
        x = rng.choice([v for v in range(-12, 13) if v])
        a = rng.randint(2, 9)
        b = rng.choice([v for v in range(-20, 21) if v])
        if form == "ax+b":
            off = rng.randint(1, a - 1) if rng.random() < 0.12 else 0  # then the solution is a fraction
            return (form, a, b, a * x + b + off)
        if form == "b-ax":
            return (form, a, abs(b), abs(b) - a * x)
        if form == "a(x+b)":
            b = rng.choice([v for v in range(-9, 10) if v])
            return (form, a, b, a * (x + b))
        if form == "x/a+b":
            return (form, a, b, x + b)
        c = rng.choice([v for v in range(2, 10) if v != a])
        return (form, max(a, c), b, min(a, c), (max(a, c) - min(a, c)) * x + b)

    def _plain(self, rng: Random) -> Data:
        """The simplest ones: no factor, no summand, or a minus in front."""
        kind = rng.choice(("x+b", "x+b", "x+b", "x+b", "ax", "ax", "-ax+b", "b-x", "x/a", "x"))
        x = rng.choice((rng.randint(-12, 12), rng.randint(0, 12), rng.randint(-60, 60)))
        a, b = rng.randint(2, 9), rng.choice([v for v in range(-20, 21) if v])
        match kind:
            case "x+b":
                b = rng.choice((b, rng.randint(1, 60)))
                return ("ax+b", 1, b, x + b)
            case "ax":
                a, x = rng.choice((a, rng.randint(2, 12), -1, -a)), rng.randint(-12, 12)
                return ("ax+b", a, 0, a * x + (rng.randint(1, a - 1) if a > 1 and rng.random() < 0.1 else 0))
            case "-ax+b":
                a, x = -rng.choice((1, a, a)), rng.randint(-12, 12)
                return ("ax+b", a, b, a * x + b)
            case "b-x":
                return ("b-ax", 1, abs(b), abs(b) - x)
            case "x/a":
                return ("x/a+b", a, 0, rng.randint(-12, 12))
            case _:
                return ("ax+b", 1, 0, x)

    def phrase(self, data: Data, rng: Random) -> Problem:
        sign = signs(rng)
        blank = sign.equals
        form, a, b, c = data[:4]
        if form == "ax+b":
            left = times_x(a).replace("-", sign.negative) + (term(b, sign) if b else "")
            if b and rng.random() < 0.06:
                left = number(b, sign) + (sign.minus if a < 0 else sign.plus) + times_x(abs(a))
            equation = f"{left}{blank}{number(c, sign)}"
        elif form == "b-ax":
            equation = f"{b}{sign.minus}{times_x(a)}{blank}{number(c, sign)}"
        elif form == "a(x+b)":
            equation = f"{a}(x{term(b, sign)}){blank}{number(c, sign)}"
        elif form == "x/a+b":
            equation = f"x/{a}{term(b, sign) if b else ''}{blank}{number(c, sign)}"
        else:
            equation = f"{a}x{term(b, sign)}{blank}{c}x{term(data[4], sign) if data[4] else ''}"
        if form in ("ax+b", "b-ax", "x/a+b") and rng.random() < 0.1:
            left, right = equation.split("=")
            equation = f"{right.strip()}{blank}{left.strip()}" if data != (form, 2, 5, 13) else equation
        return Problem(self.name, asked(rng, WORDS, equation), str(self._root(data)), data)

    def _root(self, data: Data) -> Fraction | int:
        form, a, b, c = data[:4]
        if form == "ax+b":
            return Fraction(c - b, a)
        if form == "b-ax":
            return int((b - c) // a)
        if form == "a(x+b)":
            return int(c // a - b)
        if form == "x/a+b":
            return int((c - b) * a)
        return int((data[4] - b) // (a - c))

    def _move(self, trace: Trace, left: str, right: int, b: int) -> int:
        """Take +b from the left to the right side."""
        trace.say(f"{'Subtract' if b > 0 else 'Add'} {abs(b)}: " + self._line(right, b))
        trace.say(f"{left}={right - b}")
        return right - b

    def _line(self, right: int, b: int) -> str:
        return calc.minus(right, b) if b > 0 else calc.plus(right, -b)

    def _last(self, trace: Trace, value: int, a: int, rng: Random, slip: bool) -> Fraction:
        """Divide both sides, the sign first; whether it goes evenly is seen from the rest."""
        root = Fraction(value, a)
        if a == 1:
            trace.say(f"x={root}")
            return root
        mark = "" if value >= 0 and a > 0 else "minus, " if (value < 0) != (a < 0) else "plus, "
        size, by = abs(value), abs(a)
        trace.part(f"Divide by {a}: {mark}{size} by {by}: ")
        if slip and root.denominator == 1:
            root = Fraction(off_by(int(root), rng, -60))
            trace.part(f"{size}: {abs(root)}×{by}={size} rest 0, rest 0\n", False)
        else:
            trace.say(f"{', '.join(calc.long_division(size, by))}, rest {size % by}")
        if size % by:
            trace.say(f"No whole number, so {size}/{by} in lowest terms")
            trace.say(f"Cancel {euclid(trace, size, by, rng)}")
        trace.say(f"x={root}")
        return root

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> Fraction:
        form, a, b, c = problem.data[:4]
        trace.say(rng.choice(("I get x alone", "I need x on its own", "Isolate x")))
        if form == "ax+b":
            trace.say(f"{times_x(a)}{plain(b) if b else ''}={c}")
            alone = a == 1 and b
            right = self._move(trace, times_x(a), c, b) if b and not alone else c
            return (
                self._move_slip(trace, c, b, rng, slip) if alone else self._last(trace, right, a, rng, slip)
            )
        if form == "b-ax":
            left = times_x(a)
            trace.say(f"{b}-{left}={c}")
            trace.say(f"So {left}={b}-({c})" if c < 0 else f"So {left}={b}-{c}")
            trace.say(calc.minus(b, c))
            trace.say(f"{left}={b - c}")
            return self._last(trace, b - c, a, rng, slip)
        if form == "a(x+b)":
            trace.say(f"{a}(x{plain(b)})={c}")
            trace.say(f"Divide by {a}: {calc.over(c, a)}")
            trace.say(f"x{plain(b)}={c // a}")
            return self._move_slip(trace, c // a, b, rng, slip)
        if form == "x/a+b":
            return self._times(trace, (a, b, c), rng, slip)
        d = problem.data[4]
        trace.say(f"{a}x{plain(b)}={c}x" + (plain(d) if d else ""))
        trace.say(f"Subtract {c}x: {a}-{c}={a - c}")
        lead = "x" if a - c == 1 else f"{a - c}x"
        trace.say(f"{lead}{plain(b)}={d}")
        if a - c == 1:
            return self._move_slip(trace, d, b, rng, slip)
        return self._last(trace, self._move(trace, lead, d, b), a - c, rng, slip)

    def _times(self, trace: Trace, numbers: tuple[int, int, int], rng: Random, slip: bool) -> Fraction:
        """x/a+b=c: the summand goes over, then both sides are taken a times."""
        a, b, c = numbers
        trace.say(f"x/{a}{plain(b) if b else ''}={c}")
        value = self._move(trace, f"x/{a}", c, b) if b else c
        trace.part("" if not slip else f"Times {a}: {value}×{a}=")
        root = value * a
        if slip:
            root = off_by(root, rng, -200)
            trace.say(str(root), False)
        else:
            trace.say(f"Times {a}: {calc.times(value, a)}")
        trace.say(f"x={root}")
        return Fraction(root)

    def _move_slip(self, trace: Trace, right: int, b: int, rng: Random, slip: bool) -> Fraction:
        """The last move when x stands alone afterwards, maybe with a slip."""
        if not slip:
            return Fraction(self._move(trace, "x", right, b))
        trace.part(f"{'Subtract' if b > 0 else 'Add'} {abs(b)}: ")
        wrong = right + b
        trace.say(f"{right}{'+' if b > 0 else '-'}{abs(b)}={wrong}", False)
        trace.say(f"x={wrong}")
        return Fraction(wrong)

    def check(self, problem: Problem, value: Fraction, trace: Trace) -> bool:
        trace.say(f"Check by putting in x={value}")
        if value.denominator > 1:
            return self._check_fraction(problem.data, value, trace)
        return self._check_whole(problem.data, int(value), trace)

    def _check_fraction(self, data: Data, value: Fraction, trace: Trace) -> bool:
        _, a, b, c = data[:4]
        top, bottom = value.numerator, value.denominator
        if a % bottom:
            trace.say(f"{a} is not a multiple of {bottom}")
            return False
        trace.say(f"{a}÷{bottom}={a // bottom}")
        trace.say(calc.times(a // bottom, top))
        got = a // bottom * top
        if b:
            trace.say(calc.plus(got, b))
        return compare(trace, got + b, c)

    def _check_whole(self, data: Data, value: int, trace: Trace) -> bool:
        form, a, b, c = data[:4]
        if form == "a(x+b)":
            trace.say(calc.plus(value, b))
            trace.say(calc.times(a, value + b))
            return compare(trace, a * (value + b), c)
        if form == "x/a+b":
            if value % a:
                trace.say(f"{value} is not a multiple of {a}")
                return False
            trace.say(calc.over(value, a))
            if b:
                trace.say(calc.plus(value // a, b))
            return compare(trace, value // a + b, c)
        if a != 1:
            trace.say(calc.times(a, value))
        if form == "b-ax":
            trace.say(calc.minus(b, a * value))
            return compare(trace, b - a * value, c)
        if b:
            trace.say(calc.plus(a * value, b))
        if form == "ax+b":
            return compare(trace, a * value + b, c)
        d = data[4]
        trace.say(calc.times(c, value))
        trace.say(calc.plus(c * value, d))
        return compare(trace, a * value + b, c * value + d)

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        trace.say(rng.choice(("So x={}", "The answer is x={}")).format(problem.expected))

    def answer(self, problem: Problem, rng: Random) -> str:
        return rng.choice(
            (
                f"x = \\boxed{{{problem.expected}}}",
                f"So x = \\boxed{{{problem.expected}}}.",
                f"The solution is x = \\boxed{{{problem.expected}}}.",
            )
        )
