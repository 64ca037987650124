"""Multiplication written out: up to three by one digit and two by two digits."""

from random import Random
from typing import Final

from teacher import calc
from teacher.add import SMALL
from teacher.base import Data, Family, Problem, Trace, compare, is_held, off_by
from teacher.style import VALUE, asked, signs, typed

WORDS: Final = (
    "Multiply {a} by {b}.",
    "What is the product of {a} and {b}?",
    "{a} times {b}",
    "What is {a} times {b}?",
    "What is {a} multiplied by {b}?",
    "How many are {a} groups of {b}?",
    "Product: {a} and {b}",
)
RANGES: Final = ((2, 12, 2, 12), (13, 99, 2, 9), (13, 99, 2, 9), (100, 999, 2, 9), (11, 99, 11, 99))


def digit_product(trace: Trace, a: int, b: int, rng: Random, slip: bool) -> int:
    """Write a×b with one digit b and return what came out."""
    if a <= 12:
        value = off_by(a * b, rng) if slip else a * b
        trace.part(f"{a}×{b}=")
        trace.say(str(value), not slip)
        return value
    digits = str(a)[::-1]
    bad = rng.randrange(len(digits)) if slip else -1
    carry, result = 0, ""
    trace.say(f"{a}×{b}:")
    for place, digit in enumerate(digits):
        product = b * int(digit)
        trace.part(f"{b}×{digit}=")
        if place == bad:
            product = off_by(product, rng)
        trace.part(f"{product}", place != bad)
        if carry:
            trace.part(f", {product}+{carry}={product + carry}")
        product += carry
        last = place == len(digits) - 1
        carry = 0 if last else product // 10
        write = product if last else product % 10
        trace.say(f", write {write}" + (f", carry {carry}" if carry else ""))
        result = f"{write}{result}"
    trace.say(f"Together: {result}")
    return int(result)


class Mul(Family[int]):
    name = "mul"

    def held(self, data: Data) -> bool:
        a, b = data
        return max(a, b) > 12 and is_held(self.name, (min(a, b), max(a, b)))

    def draw(self, rng: Random) -> Data:
        if rng.random() < SMALL:
            return (rng.randint(0, 12), rng.randint(0, 12))
        low, high, small, big = rng.choices(RANGES, (1, 2, 2, 4, 6))[0]
        a, b = rng.randint(low, high), rng.randint(small, big)
        return (b, a) if rng.random() < 0.3 else (a, b)

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b = data
        if rng.random() < 0.35:
            question = typed(rng.choice(WORDS).format(a=a, b=b), rng)
        else:
            question = asked(rng, VALUE, f"{a}{signs(rng).times}{b}")
        return Problem(self.name, question, str(a * b), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        a, b = problem.data
        lead = ("I multiply {}×{} digit by digit", "{}×{}, written out", "Let me do {}×{}")
        trace.say(rng.choice(lead).format(a, b))
        if b > 12 and (a <= 12):
            trace.say(f"{a}×{b}={b}×{a}")
            a, b = b, a
        if b < 10 or a <= 12:
            return digit_product(trace, a, b, rng, slip)
        tens, ones = b // 10 * 10, b % 10
        if not ones:
            value = digit_product(trace, a, b // 10, rng, slip) * 10
            trace.say(f"Ten times that: {value}")
            return value
        trace.say(f"{b}={tens}+{ones}, so {a}×{b}={a}×{ones}+{a}×{tens}")
        early = rng.random() < 0.5
        low = digit_product(trace, a, ones, rng, slip and early)
        high = digit_product(trace, a, tens // 10, rng, slip and not early) * 10
        trace.say(f"Ten times that: {high}")
        trace.say(calc.plus(low, high))
        return low + high

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        a, b = problem.data
        trace.say("Check the other way round")
        if min(a, b) > 9:
            trace.say(calc.times(b, a))
        else:
            big, small = max(a, b), min(a, b)
            parts = [int(d) * 10**p for p, d in enumerate(str(big)[::-1]) if d != "0"][::-1]
            trace.say(f"{big}={'+'.join(map(str, parts))}")
            total = 0
            for part in parts:
                trace.say(f"{part}×{small}={part * small}")
                if total:
                    trace.say(calc.plus(total, part * small))
                total += part * small
        return compare(trace, value, a * b)

    def answer(self, problem: Problem, rng: Random) -> str:
        a, b = problem.data
        return rng.choice(
            (
                f"{a}×{b} = \\boxed{{{a * b}}}.",
                f"The product is \\boxed{{{a * b}}}.",
                f"{a} times {b} is \\boxed{{{a * b}}}.",
            )
        )
