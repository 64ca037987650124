"""Greatest common divisor and least common multiple."""

from math import gcd
from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace
from teacher.euclid import euclid
from teacher.style import asked

GCD: Final = (
    "What is the gcd of {}?",
    "gcd({c})",
    "Find the greatest common divisor of {}.",
    "Find gcd({c}).",
    "What is the greatest common factor of {}?",
    "Compute the gcd of {}.",
    "Which is the largest number that divides both {}?",
    "Greatest common divisor of {}",
    "What is GCD({c})?",
    "Determine gcd({c}).",
    "Calculate the highest common factor of {}.",
)
LCM: Final = (
    "What is the lcm of {}?",
    "lcm({c})",
    "Find the least common multiple of {}.",
    "Find lcm({c}).",
    "What is the smallest number that both {} divide?",
    "Compute the lcm of {}.",
    "Least common multiple of {}",
    "What is LCM({c})?",
    "Determine lcm({c}).",
    "Calculate the lowest common multiple of {}.",
)


class GcdLcm(Family[int]):
    name = "gcdlcm"

    def orders(self, data: Data) -> tuple[Data, ...]:
        kind, a, b = data
        return ((kind, a, b), (kind, b, a))

    def draw(self, rng: Random) -> Data:
        if rng.random() < 0.65:
            shared = rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15))
            most = 99 // shared
            low = 1 if rng.random() < 0.1 else 2
            a, b = shared * rng.randint(low, most), shared * rng.randint(low, most)
            if rng.random() < 0.03:
                return ("gcd", a, a)
            return ("gcd", a, b) if a != b else ("gcd", a, a + 1)
        shared = rng.choice((1, 1, 2, 3, 4, 5, 6))
        most = 30 // shared
        a, b = shared * rng.randint(2, most), shared * rng.randint(2, most)
        return ("lcm", a, b) if a != b else ("lcm", a, a + 1)

    def phrase(self, data: Data, rng: Random) -> Problem:
        kind, a, b = data
        words = GCD if kind == "gcd" else LCM
        comma = rng.choice((f"{a}, {b}", f"{a},{b}"))
        texts = tuple(word.replace("{c}", comma) for word in words)
        value = gcd(a, b) if kind == "gcd" else a * b // gcd(a, b)
        return Problem(self.name, asked(rng, texts, f"{a} and {b}"), str(value), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        kind, a, b = problem.data
        lead = ("the {} of {} and {}", "{}({}, {})")
        trace.say("I want " + rng.choice(lead).format(kind, a, b))
        value: int = euclid(trace, a, b, rng, slip)
        if kind == "gcd":
            trace.say(f"gcd: {value}")
            return value
        if a % value:
            trace.say(f"{value} should divide {a}, but {a}={a // value}×{value}+{a % value}")
            return value
        trace.say(f"lcm: {a}÷{value}×{b}")
        trace.say(calc.over(a, value))
        trace.say(calc.times(a // value, b))
        return int(a // value * b)

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        kind, a, b = problem.data
        good = True
        for number in (a, b):
            big, small = (number, value) if kind == "gcd" else (value, number)
            rest = big % small
            trace.say(f"Check: {big} by {small}: " + self._steps(big, small) + f", rest {rest}")
            good = good and rest == 0
        if not good:
            trace.say("There is a rest, so that is wrong")
            return False
        if kind == "gcd":
            trace.say(f"{a}={a // value}×{value} and {b}={b // value}×{value}")
            if gcd(a // value, b // value) > 1:
                trace.say(f"But {a // value} and {b // value} still share a factor")
                return False
        elif value != a * b // gcd(a, b):
            trace.say("But it is not the smallest")
            return False
        trace.say("Both go evenly, good")
        return True

    def _steps(self, big: int, small: int) -> str:
        if small <= 12:
            return ", ".join(calc.long_division(big, small))
        if big < 10 * small:
            return calc.multiples(big, small)
        return f"{small}×{big // small}={small * (big // small)}"

    def answer(self, problem: Problem, rng: Random) -> str:
        kind, a, b = problem.data
        return rng.choice(
            (
                f"The {kind} of {a} and {b} is \\boxed{{{problem.expected}}}.",
                f"{kind}({a}, {b}) = \\boxed{{{problem.expected}}}.",
                f"It is \\boxed{{{problem.expected}}}.",
            )
        )
