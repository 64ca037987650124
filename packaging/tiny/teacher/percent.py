"""Percentages of a number, raises and cuts, and which percentage one number is of another."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare
from teacher.style import typed

WORDS: Final = {
    "of": (
        "What is {p}% of {n}?", "{p}% of {n}", "Find {p}% of {n}.", "Calculate {p} % of {n}.",
        "How much is {p} percent of {n}?", "Compute {p}% of {n}", "Take {p}% of {n}.",
        "What do you get for {p}% of {n}?", "Work out {p} percent of {n}.",
        r"What is {p}\% of {n}?", "A bill is {n} dollars. How much is a {p}% tip?",
    ),
    "up": (
        "Increase {n} by {p}%.", "A price of {n} rises by {p}%. What is it now?",
        "What is {n} plus {p}%?", "{n} increased by {p}%", "Raise {n} by {p} percent.",
        "A shop adds {p}% to {n} euros. What is the new price?",
        "Something costs {n} and gets {p}% dearer. What does it cost now?",
    ),
    "down": (
        "Decrease {n} by {p}%.", "A price of {n} falls by {p}%. What is it now?",
        "What is {n} minus {p}%?", "{n} reduced by {p}%", "Lower {n} by {p} percent.",
        "A coat costs {n} dollars and is {p}% off. What does it cost now?",
        "There is a {p}% discount on {n}. What is the new price?",
    ),
}  # fmt: skip
SHARES: Final = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75, 80, 90, 1, 2, 3, 4, 6, 8, 12)


def hundredth(value: int) -> str:
    """value÷100 as a decimal without idle zeros."""
    return f"{value // 100}.{value % 100:02d}".rstrip("0").rstrip(".")


class Percent(Family[str]):
    name = "percent"

    def draw(self, rng: Random) -> Data:
        while True:
            kind = rng.choice(("of", "of", "of", "up", "down"))
            p = rng.choice(SHARES)
            n = rng.choice(
                (
                    rng.randint(1, 99) * 10,
                    rng.randint(10, 99),
                    rng.randint(1, 20) * 20,
                    rng.randint(1, 9) * 100,
                )
            )
            if kind == "of" or p * n % 100 == 0:
                return (kind, p, n)

    def phrase(self, data: Data, rng: Random) -> Problem:
        kind, p, n = data
        question = typed(rng.choice(WORDS[kind]).format(p=p, n=n), rng)
        return Problem(self.name, question, self._value(kind, p, n), data)

    def _value(self, kind: str, p: int, n: int) -> str:
        if kind == "of":
            return hundredth(p * n)
        return str(n + p * n // 100 if kind == "up" else n - p * n // 100)

    def _share(self, p: int, n: int, trace: Trace, rng: Random, slip: bool) -> int:
        short = n // 10 if n % 10 == 0 else n
        product = p * short
        if slip:
            product += rng.choice((10, -10, 1)) if product > 10 else 10
            trace.part(f"{p}×{short}=")
            trace.say(f"{product}", False)
        else:
            trace.say(calc.times(short, p) if short > 12 or p > 12 else calc.times(p, short))
        if short != n:
            product *= 10
            trace.say(f"Ten times that: {product}")
        trace.say(f"Divide by 100: {product // 100}.{product % 100:02d}, that is {hundredth(product)}")
        return product

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> str:
        kind, p, n = problem.data
        lead = ("{p}% of {n} is {p}×{n} divided by 100", "I need {p}×{n}÷100")
        trace.say(rng.choice(lead).format(p=p, n=n))
        product = self._share(p, n, trace, rng, slip)
        if kind == "of" or product % 100:
            return hundredth(product)
        share = product // 100
        trace.say(calc.plus(n, share) if kind == "up" else calc.minus(n, share))
        return str(n + share if kind == "up" else n - share)

    def check(self, problem: Problem, value: str, trace: Trace) -> bool:
        kind, p, n = problem.data
        trace.say(f"Check by parts: 10% of {n} is {hundredth(10 * n)}, 1% of {n} is {hundredth(n)}")
        tens, ones = p // 10, p % 10
        total = 0
        if tens:
            trace.say(f"{calc.times(n, tens)}, over 10 it is {hundredth(tens * n * 10)}")
            total = tens * n * 10
        if ones:
            trace.say(f"{calc.times(n, ones)}, over 100 it is {hundredth(ones * n)}")
            if total:
                trace.say(f"In hundredths: {calc.plus(total, ones * n)}")
            total += ones * n
        trace.say(f"{p}% is {hundredth(total)}")
        want = self._value(kind, p, n)
        if kind != "of":
            share = total // 100
            trace.say(calc.plus(n, share) if kind == "up" else calc.minus(n, share))
        return compare(trace, want, value)

    def answer(self, problem: Problem, rng: Random) -> str:
        kind, p, n = problem.data
        if kind == "of" and rng.random() < 0.6:
            return f"{p}% of {n} is \\boxed{{{problem.expected}}}."
        return rng.choice(
            (f"The result is \\boxed{{{problem.expected}}}.", f"That makes \\boxed{{{problem.expected}}}.")
        )
