"""Addition of numbers with several digits, column by column."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, is_held, off_by
from teacher.style import VALUE, asked, signs, typed

PLACES: Final = ("ones", "tens", "hundreds", "thousands", "ten thousands")
LENGTHS: Final = ((1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 3), (3, 3), (2, 3), (4, 3), (4, 4))
SMALL: Final = 0.15  # of sums, differences and products are as small as people type first
WORDS: Final = (
    "Add {a} and {b}.",
    "What is the sum of {a} and {b}?",
    "Add {b} to {a}.",
    "{a} plus {b}",
    "What is {a} plus {b}?",
    "I have {a} and get {b} more. How many is that?",
    "Sum: {a} and {b}",
    "What do {a} and {b} make together?",
)


def sized(digits: int, rng: Random) -> int:
    """A random number of so many digits."""
    return rng.randrange(1 if digits == 1 else 10 ** (digits - 1), 10**digits)


def column_add(trace: Trace, a: int, b: int, rng: Random, slip: bool) -> int:
    """Write a+b column by column and return what came out."""
    width = max(len(str(a)), len(str(b)))
    bad = rng.randrange(width) if slip else -1
    carry, result = 0, ""
    for place in range(width):
        x, y = a // 10**place % 10, b // 10**place % 10
        total = x + y + carry
        trace.part(f"{PLACES[place]}: {x}+{y}" + (f"+{carry}" if carry else "") + "=")
        if place == bad:
            total = off_by(total, rng)
        carry = total // 10
        tail = f", write {total % 10}" + (f", carry {carry}" if carry else "")
        trace.say(f"{total}{tail}", place != bad)
        result = f"{total % 10}{result}"
    if carry:
        trace.say(f"{PLACES[width]}: write the carry {carry}")
        result = f"{carry}{result}"
    trace.say(f"Together: {result}")
    return int(result)


class Add(Family[int]):
    name = "add"

    def held(self, data: Data) -> bool:
        a, b = data
        return max(a, b) > 20 and is_held(self.name, (min(a, b), max(a, b)))

    def draw(self, rng: Random) -> Data:
        if rng.random() < SMALL:
            return (rng.randint(0, 20), rng.randint(0, 20))
        first, second = rng.choice(LENGTHS)
        return (sized(first, rng), sized(second, rng))

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b = data
        if rng.random() < 0.35:
            question = typed(rng.choice(WORDS).format(a=a, b=b), rng)
        else:
            question = asked(rng, VALUE, f"{a}{signs(rng).plus}{b}")
        return Problem(self.name, question, str(a + b), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        a, b = problem.data
        lead = rng.choice(("I add {}+{} by columns", "{}+{}, from right to left", "Columns: {}+{}"))
        trace.say(lead.format(a, b))
        return column_add(trace, a, b, rng, slip)

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        a, b = problem.data
        trace.say("Check by taking the second number away again")
        trace.say(calc.minus(value, b))
        return compare(trace, value - b, a)

    def answer(self, problem: Problem, rng: Random) -> str:
        a, b = problem.data
        return rng.choice(
            (
                f"{a}+{b} = \\boxed{{{a + b}}}.",
                f"The sum is \\boxed{{{a + b}}}.",
                f"{a} plus {b} is \\boxed{{{a + b}}}.",
            )
        )
