"""Quadratic equations that factor over the whole numbers, and some that do not, which is then said."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, is_held
from teacher.linear import plain, term, times_x
from teacher.style import asked, number, signs

WORDS: Final = (
    "Solve: If {}, what is x?",
    "Solve: {}",
    "Solve {}",
    "Solve {} for x.",
    "What is x if {}?",
    "Find the roots of {}.",
    "{}",
    "If {}, what is x?",
    "Find all x with {}.",
    "Solve the quadratic equation {}.",
    "What are the solutions of {}?",
    "Factor and solve {}.",
    "For which x is {}?",
    "Solve ${}$.",
)


UP_DOWN: Final = ("up", "down")
NONE: Final = "no whole-number solution"


def factor(root: int) -> str:
    """The factor that belongs to a root."""
    return "x" if root == 0 else f"(x{plain(-root)})"


class Quadratic(Family[tuple[int, ...]]):
    """Data is (a, b, c, d) of ax²+bx+c=d; the split is by the monic equation behind it.

    A fifth item is how it is written: so many x on the right side, or a product with the roots in that order.
    """

    name = "quadratic"

    def held(self, data: Data) -> bool:
        a, b, c, d = data[:4]
        return is_held(self.name, (b // a, (c - d) // a))

    def draw(self, rng: Random) -> Data:
        kind = rng.random()
        if kind < 0.10:
            return self._hopeless(rng)
        if kind < 0.20:  # x^2 = 9 and the like
            root = rng.randint(0, 12)
            return (1, 0, 0, root**2) if rng.random() < 0.6 else (1, 0, -(root**2), 0)
        while True:
            r, s = rng.randint(-12, 12), rng.randint(-12, 12)
            if abs(r * s) <= 72 and (r or s):
                break
        b, c = -(r + s), r * s
        a = rng.choice((1, 1, 1, 1, 1, 2, 3))
        if kind < 0.26:
            return (1, b, c, 0, rng.choice(UP_DOWN))
        if kind < 0.34 and b:
            return (1, b, 0, -c, -b)
        d = rng.choice((0, 0, 0, c, -a * c, rng.randint(-9, 9)))
        return (a, a * b, a * c + d, d)

    def _hopeless(self, rng: Random) -> Data:
        """No whole solution: with no real one, or with roots that are not whole."""
        while True:
            b, c = rng.choice((0, 0, rng.randint(-9, 9))), rng.randint(-40, 40)
            if c and not self._roots(b, c):
                return (1, b, c, 0) if b or rng.random() < 0.5 else (1, 0, 0, -c)

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b, c, d = data[:4]
        sign = signs(rng)
        roots = self._roots(b // a, (c - d) // a)
        expected = ", ".join(map(str, roots)) or NONE
        if data[4:] and data[4] in UP_DOWN:
            r, s = self._ordered(data)
            text = "".join("x" if v == 0 else f"(x{term(-v, sign)})" for v in (r, s))
            text = f"{text[1:]}x" if text[0] == "x" and text[1:] != "x" and rng.random() < 0.3 else text
            text = "x^2" if text == "xx" else text
            return Problem(self.name, asked(rng, WORDS, f"{text}{sign.equals}0"), expected, data)
        right = data[4] if data[4:] else 0
        b -= -right if right else 0
        square = rng.choices(("x^2", "x²", "x**2"), (80, 15, 5))[0]
        equation = (f"{a}" if a > 1 else "") + square
        if b:
            size = "" if abs(b) == 1 else str(abs(b))
            equation += f"{sign.minus if b < 0 else sign.plus}{size}x"
        if c:
            equation += f"{sign.minus if c < 0 else sign.plus}{abs(c)}"
        if right:
            shown = times_x(right).replace("-", sign.negative)
            equation += f"{sign.equals}{shown}{term(d, sign) if d else ''}"
        else:
            equation += f"{sign.equals}{number(d, sign)}"
        return Problem(self.name, asked(rng, WORDS, equation), expected, data)

    def _roots(self, b: int, c: int) -> list[int]:
        for r in range(-72, 73):
            if r * r + b * r + c == 0:
                return sorted({r, -b - r})
        return []

    def _monic(self, data: Data, trace: Trace) -> tuple[int, int]:
        a, b, c, d = data[:4]
        if data[4:]:
            right = data[4]
            trace.say(f"x^2={times_x(right)}{plain(d) if d else ''}, all on one side")
            trace.say(f"x: {right} goes to {-right}" + (f", {d} goes to {-d}" if d else ""))
            trace.say(self._equation("x^2", b, c - d))
            return b, c - d
        if d:
            trace.say(f"All on one side: {calc.minus(c, d)}")
            c -= d
            lead = "x^2" if a == 1 else f"{a}x^2"
            trace.say(self._equation(lead, b, c))
        if a > 1:
            line = ", ".join(f"{v:+}: {calc.over(abs(v), a)}, so {v // a:+}" for v in (b, c) if v)
            trace.say(f"Divide by {a}: {line}")
            b, c = b // a, c // a
            trace.say(self._equation("x^2", b, c))
        return b, c

    def _equation(self, lead: str, b: int, c: int) -> str:
        middle = "" if not b else ("+x" if b == 1 else "-x" if b == -1 else f"{plain(b)}x")
        return f"{lead}{middle}{plain(c) if c else ''}=0"

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> tuple[int, ...]:
        if problem.data[4:] and problem.data[4] in UP_DOWN:
            return self._factored(problem, trace, slip)
        b, c = self._monic(problem.data, trace)
        if b == c == 0:
            trace.say("So x=0")
            return (0,)
        if c == 0:
            trace.say(f"No constant, so x(x{plain(b)})=0")
            roots = sorted((0, b if slip else -b))
            trace.part("x=")
            trace.say(f"{roots[0]} or x={roots[1]}", not slip)
            return tuple(roots)
        trace.say(f"I need two numbers with product {c} and sum {b}")
        same = c > 0
        if same:
            trace.say(f"{c}>0, so both have the same sign, {'minus' if b < 0 else 'plus'}")
        else:
            bigger = "minus" if b < 0 else "plus"
            trace.say(f"{c}<0, so one is plus and one is minus, the bigger one {bigger}")
        p, q = self._search(abs(c), abs(b), same, trace)
        if not p:
            trace.say("No pair fits, so no whole solution")
            return ()
        if same:
            p, q = (-p, -q) if b < 0 else (p, q)
        else:
            p, q = (p, -q) if b < 0 else (-p, q)
        trace.say(f"The numbers are {p} and {q}")
        trace.say(f"So {factor(-p)}{factor(-q)}=0")
        roots = [-p, -q]
        if slip:
            roots[1] = q
            trace.part(f"x={roots[0]} or x=")
            trace.say(str(roots[1]), False)
        elif p == q:
            trace.say(f"x={roots[0]} or x={roots[0]}, the same")
        else:
            trace.say(f"x={roots[0]} or x={roots[1]}")
        return tuple(sorted(set(roots)))

    def _ordered(self, data: Data) -> list[int]:
        """Both roots, twice the same where there is only one, in the order of the factors."""
        roots = self._roots(*data[1:3])
        return (roots * 2)[:2] if data[4] == UP_DOWN[0] else (roots * 2)[:2][::-1]

    def _factored(self, problem: Problem, trace: Trace, slip: bool) -> tuple[int, ...]:
        """A product that is zero, so one factor is."""
        trace.say("A product is 0, so one of the factors is 0")
        if not problem.data[1] and not problem.data[2]:
            trace.say("x=0")
            return (0,)
        roots = self._ordered(problem.data)
        for place, root in enumerate(roots):
            trace.part(f"{factor(root).strip('()')}=0: x=")
            bad = slip and place == 0 and root != 0
            roots[place] = -root if bad else root
            trace.say(str(roots[place]), not bad)
        return tuple(sorted(set(roots)))

    def _search(self, product: int, total: int, same: bool, trace: Trace) -> tuple[int, int]:
        """Try the divisors of `product` in order until sum or difference fits."""
        small = 1
        while True:
            large, rest = divmod(product, small)
            trace.part(f"{product}÷{small}: {large}×{small}={product - rest} rest {rest}, ")
            if large < small:
                trace.say(f"{large}<{small}, all tried")
                return 0, 0
            if rest:
                trace.say("no")
            else:
                joined = small + large if same else large - small
                sign = f"{small}+{large}" if same else f"{large}-{small}"
                verdict = "yes" if joined == total else "no"
                trace.say(f"{sign}={joined}, {total}: {verdict}")
                if joined == total:
                    return small, large
            small += 1

    def check(self, problem: Problem, value: tuple[int, ...], trace: Trace) -> bool:
        a, b, c, d = problem.data[:4]
        b, c = b // a, (c - d) // a
        if problem.data[4:] and problem.data[4] in UP_DOWN:
            return self._check_factors(problem.data, value, trace)
        if not value:
            trace.say("There is nothing to put in")
            return True
        trace.say(f"Check in {self._equation('x^2', b, c)}")
        for root in value:
            shown = f"({root})" if root < 0 else str(root)
            middle = f", {plain(b)}x: {calc.times(b, root)}" if b else ""
            trace.say(f"Check x={root}: x^2: {shown}×{shown}={root * root}{middle}")
            total = root * root
            if b:
                trace.say(calc.plus(total, b * root))
                total += b * root
            if c:
                trace.say(calc.plus(total, c))
                total += c
            if not compare(trace, total, 0):
                return False
        return True

    def _check_factors(self, data: Data, value: tuple[int, ...], trace: Trace) -> bool:
        """Every root makes its own factor zero."""
        trace.say("Check each factor")
        for root, wanted in zip(value, self._roots(*data[1:3]), strict=False):
            trace.say(f"x={root} in {factor(wanted)}: {calc.minus(root, wanted)}")
            if not compare(trace, root - wanted, 0):
                return False
        return True

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        if problem.expected == NONE:
            trace.say("So there is none that I can find")
            return
        roots = problem.expected.split(", ")
        trace.say(rng.choice(("So ", "Result: ")) + " or ".join(f"x={root}" for root in roots))

    def answer(self, problem: Problem, rng: Random) -> str:
        if problem.expected == NONE:
            return rng.choice(
                (f"There is {NONE}. I do not look for others.", f"It has {NONE}, as far as I see.")
            )
        many = ", " in problem.expected
        return rng.choice(
            (
                f"x = \\boxed{{{problem.expected}}}",
                f"The solution{'s are' if many else ' is'} x = \\boxed{{{problem.expected}}}.",
                f"So x = \\boxed{{{problem.expected}}}.",
            )
        )
