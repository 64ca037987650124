"""Fractions: sums, differences, products, quotients, lowest terms."""

from fractions import Fraction
from math import gcd
from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace
from teacher.euclid import euclid
from teacher.style import VALUE, asked, signs

LOWEST: Final = (
    "Simplify {}.",
    "Reduce {} to lowest terms.",
    "What is {} in lowest terms?",
    "Write {} as simply as possible.",
    "Simplify the fraction {}",
    "Cancel {} fully.",
    "What is the simplest form of {}?",
    "Reduce the fraction {}.",
    "Bring {} to lowest terms.",
    "{} in lowest terms",
)


def text(top: int, bottom: int) -> str:
    """A fraction as it stands in an answer."""
    return str(top) if bottom == 1 else f"{top}/{bottom}"


class Fractions(Family[tuple[int, int]]):
    name = "fractions"

    def orders(self, data: Data) -> tuple[Data, ...]:
        kind, a, b, c, d = data
        return (data, (kind, c, d, a, b)) if kind in "+×" else (data,)

    def draw(self, rng: Random) -> Data:
        kind = rng.choice("+-×÷s+-")
        if kind != "s" and rng.random() < 0.2:  # one of them whole
            b, d = rng.choice(((1, rng.randint(2, 9)), (rng.randint(2, 9), 1)))
            a = rng.randint(1, b - 1) if b > 1 else rng.randint(1, 9)
            c = rng.randint(1, d - 1) if d > 1 else rng.randint(1, 9)
            if kind == "-" and a * d < c * b:
                a, b, c, d = c, d, a, b
            return (kind, a, b, c, d)
        if kind == "s" and rng.random() < 0.2:  # more than a whole, or nothing to cancel
            return ("s", rng.randint(1, 60), rng.randint(2, 40), 0, 0)
        if kind == "s":
            shared = rng.choice((2, 2, 3, 4, 5, 6, 7, 8, 9, 12))
            most = 90 // shared
            bottom = rng.randint(2, most)
            return ("s", shared * rng.randint(1, bottom), shared * bottom, 0, 0)
        b = rng.randint(2, 9)
        d = b if rng.random() < 0.2 else rng.randint(2, 9)
        a, c = rng.randint(1, b - 1), rng.randint(1, d - 1)
        if kind == "-" and a * d < c * b:
            a, b, c, d = c, d, a, b
        return (kind, a, b, c, d)

    def phrase(self, data: Data, rng: Random) -> Problem:
        kind, a, b, c, d = data
        latex = rng.random() < 0.25

        def form(top: int, bottom: int) -> str:
            return str(top) if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}" if latex else f"{top}/{bottom}"

        if kind == "s":
            value = Fraction(a, b)
            question = asked(rng, LOWEST, form(a, b))
        else:
            sign = signs(rng)
            between = {"+": sign.plus, "-": sign.minus, "×": sign.times, "÷": sign.over}[kind]
            if kind == "÷" or 1 in (b, d):
                between = f" {between.strip()} " if kind != "÷" else " ÷ "
            left, right = Fraction(a, b), Fraction(c, d)
            value = {"+": left + right, "-": left - right, "×": left * right, "÷": left / right}[kind]
            question = asked(rng, VALUE, form(a, b) + between + form(c, d))
        return Problem(self.name, question, text(value.numerator, value.denominator), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> tuple[int, int]:
        kind, a, b, c, d = problem.data
        for whole in [top for top, bottom in ((a, b), (c, d)) if bottom == 1]:
            trace.say(f"{whole} is {whole}/1")
        if kind in "+-":
            top, bottom = self._common(problem.data, trace, rng, slip)
        elif kind == "s":
            trace.say(rng.choice(("I need the gcd of {} and {}", "{}/{}: what divides both?")).format(a, b))
            top, bottom = a, b
        else:
            if kind == "÷":
                trace.say(f"Dividing by {c}/{d} is multiplying by {d}/{c}")
                c, d = d, c
            top, bottom = a * c, b * d
            trace.say(f"Tops: {a}×{c}={top}")
            trace.part(f"Bottoms: {b}×{d}=")
            if slip:
                bottom += rng.choice((1, -1, 2) if bottom > 1 else (1, 2))
            trace.say(f"{bottom}", not slip)
        return self._lowest(top, bottom, trace, rng)

    def _common(self, data: Data, trace: Trace, rng: Random, slip: bool) -> tuple[int, int]:
        kind, a, b, c, d = data
        if b == d:
            trace.say(f"Bottoms {b} and {d}: {calc.against(b, d)}, the same, {b} stays")
            x, y, bottom = a, c, b
        else:
            bottom, x, y = b * d, a * d, c * b
            trace.say(f"Bottoms {b} and {d}: {calc.against(b, d)}, common one {b}×{d}={bottom}")
            trace.say(f"{a}/{b}: {a}×{d}={x}, so {x}/{bottom}")
            trace.say(f"{c}/{d}: {c}×{b}={y}, so {y}/{bottom}")
        if slip:
            top = (x + y if kind == "+" else x - y) + rng.choice((1, 2))
            trace.part(f"{x}{kind}{y}=")
            trace.say(str(top), False)
        else:
            top = x + y if kind == "+" else x - y
            trace.say(calc.plus(x, y) if kind == "+" else calc.minus(x, y))
        trace.say(f"So {top}/{bottom}")
        return top, bottom

    def _lowest(self, top: int, bottom: int, trace: Trace, rng: Random) -> tuple[int, int]:
        if top == 0:
            trace.say("The top is 0, so 0")
            return 0, 1
        trace.say(f"Now {top}/{bottom} in lowest terms")
        shared = euclid(trace, top, bottom, rng)
        if shared == 1:
            trace.say(f"Nothing to cancel: {text(top, bottom)}")
            return top, bottom
        trace.say(calc.over(top, shared))
        trace.say(calc.over(bottom, shared))
        trace.say(f"So {text(top // shared, bottom // shared)}")
        return top // shared, bottom // shared

    def check(self, problem: Problem, value: tuple[int, int], trace: Trace) -> bool:
        kind, a, b, c, d = problem.data
        top, bottom = value
        trace.say(f"Check {text(top, bottom)} by multiplying crosswise")
        if kind == "s":
            full_top, full_bottom = a, b
        elif kind == "×":
            full_top, full_bottom = a * c, b * d
        elif kind == "÷":
            full_top, full_bottom = a * d, b * c
        else:
            full_top, full_bottom = (a * d + c * b if kind == "+" else a * d - c * b), b * d
            joined = f"{a}×{d}{kind}{c}×{b}={a * d}{kind}{c * b}, "
            line = calc.plus(a * d, c * b) if kind == "+" else calc.minus(a * d, c * b)
            trace.say(f"Top {joined}{line}, bottom {b}×{d}={full_bottom}")
        left, right = full_top * bottom, top * full_bottom
        trace.say(f"{full_top}/{full_bottom} and {top}/{bottom}, crosswise")
        trace.say(calc.times(full_top, bottom))
        trace.say(calc.times(top, full_bottom))
        if left == right and gcd(top, bottom) == 1:
            trace.say(f"{left} and {right} are the same, good")
            return True
        trace.say(f"{left} and {right} are not the same")
        return False

    def answer(self, problem: Problem, rng: Random) -> str:
        return rng.choice(
            (
                f"The result is \\boxed{{{problem.expected}}}.",
                f"That is \\boxed{{{problem.expected}}} in lowest terms.",
                f"It equals \\boxed{{{problem.expected}}}.",
            )
        )
