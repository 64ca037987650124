"""Subtraction of numbers with several digits, column by column."""

from random import Random
from typing import Final

from teacher import calc
from teacher.add import LENGTHS, PLACES, SMALL, sized
from teacher.base import Data, Family, Problem, Trace, compare, is_held, off_by
from teacher.style import VALUE, asked, signs, typed

WORDS: Final = (
    "Subtract {b} from {a}.",
    "What is the difference of {a} and {b}?",
    "Take {b} away from {a}.",
    "{a} minus {b}",
    "What is {a} minus {b}?",
    "What is left of {a} after taking away {b}?",
    "Take {b} from {a}. What is left?",
)


def column_minus(trace: Trace, a: int, b: int, rng: Random, slip: bool) -> int:
    """Write a-b (a not below b) column by column and return what came out."""
    width = len(str(a))
    bad = rng.randrange(width) if slip else -1
    borrow, result = 0, ""
    for place in range(width):
        step, digit, borrow = calc.column(a // 10**place % 10, b // 10**place % 10, borrow)
        trace.part(f"{PLACES[place]}: {step[: step.rindex('=') + 1]}")
        digit = off_by(digit, rng) % 10 if place == bad else digit
        trace.say(f"{digit}, write {digit}", place != bad)
        result = f"{digit}{result}"
    short = str(int(result))
    trace.say(f"Together: {result}" + ("" if short == result else f", that is {short}"))
    return int(result)


class Sub(Family[int]):
    name = "sub"

    def held(self, data: Data) -> bool:
        return max(data) > 20 and is_held(self.name, data)

    def orders(self, data: Data) -> tuple[Data, ...]:
        a, b = data
        return ((a, b), (b, a))

    def draw(self, rng: Random) -> Data:
        if rng.random() < SMALL:
            return (rng.randint(0, 20), rng.randint(0, 20))
        first, second = rng.choice(LENGTHS)
        a, b = sized(first, rng), sized(second, rng)
        return (min(a, b), max(a, b)) if rng.random() < 0.12 else (max(a, b), min(a, b))

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b = data
        if rng.random() < 0.35:
            question = typed(rng.choice(WORDS).format(a=a, b=b), rng)
        else:
            question = asked(rng, VALUE, f"{a}{signs(rng).minus}{b}")
        return Problem(self.name, question, str(a - b), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        a, b = problem.data
        lead = rng.choice(("I subtract {}-{} by columns", "{}-{}, right to left", "Columns: {}-{}"))
        trace.say(calc.order(a, b))
        if a < b:
            trace.say(f"So {a}-{b} is negative")
            trace.say(lead.format(b, a))
            value = -column_minus(trace, b, a, rng, slip)
            trace.say(f"With the minus sign: {value}")
            return value
        trace.say(lead.format(a, b))
        return column_minus(trace, a, b, rng, slip)

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        a, b = problem.data
        trace.say("Check by adding the second number again")
        trace.say(calc.plus(value, b))
        return compare(trace, value + b, a)

    def answer(self, problem: Problem, rng: Random) -> str:
        a, b = problem.data
        return rng.choice(
            (
                f"{a}-{b} = \\boxed{{{a - b}}}.",
                f"The difference is \\boxed{{{a - b}}}.",
                f"{a} minus {b} is \\boxed{{{a - b}}}.",
            )
        )
