"""Linear equations in one unknown with a whole solution."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, off_by
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


class Linear(Family[int]):
    name = "linear"

    def draw(self, rng: Random) -> Data:
        form = rng.choice(("ax+b", "ax+b", "ax+b", "b-ax", "a(x+b)", "ax+b=cx+d", "ax+b=cx+d", "x/a+b"))
        x = rng.choice([v for v in range(-12, 13) if v])
        a = rng.randint(2, 9)
        b = rng.choice([v for v in range(-20, 21) if v])
        if form == "ax+b":
            return (form, a, b, a * x + b)
        if form == "b-ax":
            return (form, a, abs(b), abs(b) - a * x)
        if form == "a(x+b)":
            b = rng.choice([v for v in range(-9, 10) if v])
            return (form, a, b, a * (x + b))
        if form == "x/a+b":
            return (form, a, b, x + b)
        c = rng.choice([v for v in range(2, 10) if v != a])
        return (form, max(a, c), b, min(a, c), (max(a, c) - min(a, c)) * x + b)

    def phrase(self, data: Data, rng: Random) -> Problem:
        sign = signs(rng)
        blank = sign.equals
        form, a, b, c = data[:4]
        if form == "ax+b":
            equation = f"{a}x{term(b, sign)}{blank}{number(c, sign)}"
            if rng.random() < 0.1 and "Solve: 2x" not in equation:
                equation = f"{number(c, sign)}{blank}{a}x{term(b, sign)}"
        elif form == "b-ax":
            equation = f"{b}{sign.minus}{a}x{blank}{number(c, sign)}"
        elif form == "a(x+b)":
            equation = f"{a}(x{term(b, sign)}){blank}{number(c, sign)}"
        elif form == "x/a+b":
            equation = f"x/{a}{term(b, sign)}{blank}{number(c, sign)}"
        else:
            equation = f"{a}x{term(b, sign)}{blank}{c}x{term(data[4], sign) if data[4] else ''}"
        return Problem(self.name, asked(rng, WORDS, equation), str(self._root(data)), data)

    def _root(self, data: Data) -> int:
        form, a, b, c = data[:4]
        if form == "ax+b":
            return int((c - b) // a)
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

    def _last(self, trace: Trace, value: int, a: int, rng: Random, slip: bool) -> int:
        root = value // a
        if slip:
            root = off_by(root, rng, -30)
            trace.part(f"Divide by {a}: {value}÷{a}=")
            trace.say(str(root), False)
        else:
            trace.say(f"Divide by {a}: {calc.over(value, a)}")
        trace.say(f"x={root}")
        return root

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        form, a, b, c = problem.data[:4]
        trace.say(rng.choice(("I get x alone", "I need x on its own", "Isolate x")))
        if form == "ax+b":
            trace.say(f"{a}x{plain(b)}={c}")
            return self._last(trace, self._move(trace, f"{a}x", c, b), a, rng, slip)
        if form == "b-ax":
            trace.say(f"{b}-{a}x={c}")
            trace.say(f"So {a}x={b}-({c})" if c < 0 else f"So {a}x={b}-{c}")
            trace.say(calc.minus(b, c))
            trace.say(f"{a}x={b - c}")
            return self._last(trace, b - c, a, rng, slip)
        if form == "a(x+b)":
            trace.say(f"{a}(x{plain(b)})={c}")
            trace.say(f"Divide by {a}: {calc.over(c, a)}")
            trace.say(f"x{plain(b)}={c // a}")
            return self._move_slip(trace, c // a, b, rng, slip)
        if form == "x/a+b":
            trace.say(f"x/{a}{plain(b)}={c}")
            value = self._move(trace, f"x/{a}", c, b)
            trace.part("" if not slip else f"Times {a}: {value}×{a}=")
            root = value * a
            if slip:
                root = off_by(root, rng, -200)
                trace.say(str(root), False)
            else:
                trace.say(f"Times {a}: {calc.times(value, a)}")
            trace.say(f"x={root}")
            return int(root)
        d = problem.data[4]
        trace.say(f"{a}x{plain(b)}={c}x" + (plain(d) if d else ""))
        trace.say(f"Subtract {c}x: {a}-{c}={a - c}")
        lead = "x" if a - c == 1 else f"{a - c}x"
        trace.say(f"{lead}{plain(b)}={d}")
        if a - c == 1:
            return self._move_slip(trace, d, b, rng, slip)
        return self._last(trace, self._move(trace, lead, d, b), a - c, rng, slip)

    def _move_slip(self, trace: Trace, right: int, b: int, rng: Random, slip: bool) -> int:
        """The last move when x stands alone afterwards, maybe with a slip."""
        if not slip:
            return self._move(trace, "x", right, b)
        trace.part(f"{'Subtract' if b > 0 else 'Add'} {abs(b)}: ")
        wrong = right + b
        trace.say(f"{right}{'+' if b > 0 else '-'}{abs(b)}={wrong}", False)
        trace.say(f"x={wrong}")
        return wrong

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        form, a, b, c = problem.data[:4]
        trace.say(f"Check by putting in x={value}")
        if form == "a(x+b)":
            trace.say(calc.plus(value, b))
            trace.say(calc.times(a, value + b))
            return compare(trace, a * (value + b), c)
        if form == "x/a+b":
            if value % a:
                trace.say(f"{value} is not a multiple of {a}")
                return False
            trace.say(calc.over(value, a))
            trace.say(calc.plus(value // a, b))
            return compare(trace, value // a + b, c)
        trace.say(calc.times(a, value))
        if form == "b-ax":
            trace.say(calc.minus(b, a * value))
            return compare(trace, b - a * value, c)
        trace.say(calc.plus(a * value, b))
        if form == "ax+b":
            return compare(trace, a * value + b, c)
        d = problem.data[4]
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
