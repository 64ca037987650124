"""Quadratic equations that factor over the whole numbers."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, is_held
from teacher.linear import plain
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


def factor(root: int) -> str:
    """The factor that belongs to a root."""
    return "x" if root == 0 else f"(x{plain(-root)})"


class Quadratic(Family[tuple[int, ...]]):
    """Data is (a, b, c, d) of ax²+bx+c=d; the split is by the monic equation behind it."""

    name = "quadratic"

    def held(self, data: Data) -> bool:
        a, b, c, d = data
        return is_held(self.name, (b // a, (c - d) // a))

    def draw(self, rng: Random) -> Data:
        while True:
            r, s = rng.randint(-12, 12), rng.randint(-12, 12)
            if abs(r * s) <= 72 and (r or s):
                break
        b, c = -(r + s), r * s
        a = rng.choice((1, 1, 1, 1, 1, 2, 3))
        d = rng.choice((0, 0, 0, c, rng.randint(-9, 9)))
        return (a, a * b, a * c + d, d)

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b, c, d = data
        sign = signs(rng)
        square = rng.choices(("x^2", "x²", "x**2"), (80, 15, 5))[0]
        equation = (f"{a}" if a > 1 else "") + square
        if b:
            size = "" if abs(b) == 1 else str(abs(b))
            equation += f"{sign.minus if b < 0 else sign.plus}{size}x"
        if c:
            equation += f"{sign.minus if c < 0 else sign.plus}{abs(c)}"
        equation += f"{sign.equals}{number(d, sign)}"
        roots = self._roots(b // a, (c - d) // a)
        return Problem(self.name, asked(rng, WORDS, equation), ", ".join(map(str, roots)), data)

    def _roots(self, b: int, c: int) -> list[int]:
        for r in range(-72, 73):
            if r * r + b * r + c == 0:
                return sorted({r, -b - r})
        raise ValueError(f"x^2{b:+}x{c:+} does not factor")

    def _monic(self, data: Data, trace: Trace) -> tuple[int, int]:
        a, b, c, d = data
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
        b, c = self._monic(problem.data, trace)
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

    def _search(self, product: int, total: int, same: bool, trace: Trace) -> tuple[int, int]:
        """Try the divisors of `product` in order until sum or difference fits."""
        small = 1
        while True:
            large, rest = divmod(product, small)
            trace.part(f"{product}÷{small}: {large}×{small}={product - rest} rest {rest}, ")
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
        a, b, c, d = problem.data
        b, c = b // a, (c - d) // a
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

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        roots = problem.expected.split(", ")
        trace.say(rng.choice(("So ", "Result: ")) + " or ".join(f"x={root}" for root in roots))

    def answer(self, problem: Problem, rng: Random) -> str:
        many = ", " in problem.expected
        return rng.choice(
            (
                f"x = \\boxed{{{problem.expected}}}",
                f"The solution{'s are' if many else ' is'} x = \\boxed{{{problem.expected}}}.",
                f"So x = \\boxed{{{problem.expected}}}.",
            )
        )
