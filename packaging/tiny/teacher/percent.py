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


ODD_SHARES: Final = (12.5, 12.5, 12.5, 2.5, 7.5, 1.5, 0.5, 22.5, 37.5)
BIG_SHARES: Final = (100, 110, 120, 125, 150, 200, 250, 300)


def hundredth(value: int) -> str:
    """value÷100 as a decimal without idle zeros."""
    return f"{value // 100}.{value % 100:02d}".rstrip("0").rstrip(".")


def thousandth(value: int) -> str:
    """value÷1000 as a decimal without idle zeros."""
    return f"{value // 1000}.{value % 1000:03d}".rstrip("0").rstrip(".")


class Percent(Family[str]):
    name = "percent"

    def draw(self, rng: Random) -> Data:
        if rng.random() < 0.1:
            n = rng.choice((rng.randint(1, 30) * 8, rng.randint(1, 60) * 10, rng.randint(2, 40)))
            return ("of", rng.choice(ODD_SHARES), n)
        if rng.random() < 0.06:
            return ("of", rng.choice(BIG_SHARES), rng.choice((rng.randint(1, 60), rng.randint(1, 30) * 10)))
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
        value = thousandth(int(10 * p) * n) if isinstance(p, float) else self._value(kind, p, n)
        return Problem(self.name, question, value, data)

    def _value(self, kind: str, p: int, n: int) -> str:
        if kind == "of":
            return hundredth(p * n)
        return str(n + p * n // 100 if kind == "up" else n - p * n // 100)

    def _percent(self, p: int, n: int, trace: Trace) -> None:
        """From p×n to the percentage: the point moves two places, idle zeros fall away."""
        product = p * n
        full, short = f"{product // 100}.{product % 100:02d}", hundredth(product)
        dropped = full[len(short) :]
        end = f"drop {dropped}: {short}" if dropped else "nothing to drop"
        trace.say(f"{product} by 100: {full}, {end}")

    def _change(self, kind: str, n: int, share: int, trace: Trace) -> int:
        """The number after a raise or a cut."""
        trace.say(f"It goes {kind}: " + (calc.plus(n, share) if kind == "up" else calc.minus(n, share)))
        return n + share if kind == "up" else n - share

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> str:
        kind, p, n = problem.data
        if isinstance(p, float):
            return self._odd(p, n, trace, rng, slip)
        aim = "a part of it" if kind == "of" else f"to go {kind}"
        trace.say(f"The number is {n}, the percentage {p}, {aim}")
        lead = ("{p}% of {n} is {n}×{p} divided by 100", "I need {n}×{p}÷100")
        trace.say(rng.choice(lead).format(p=p, n=n))
        if slip:
            product = p * n + (rng.choice((100, -100, 10)) if p * n > 100 else 100)
            trace.part(f"{n}×{p}=")
            trace.say(f"{product}, by 100 it is {hundredth(product)}", False)
        else:
            product = p * n
            trace.say(calc.times(n, p))
            self._percent(p, n, trace)
        if kind == "of" or product % 100:
            return hundredth(product)
        return str(self._change(kind, n, product // 100, trace))

    def _odd(self, p: float, n: int, trace: Trace, rng: Random, slip: bool) -> str:
        """A percentage with a decimal: ten times as much, then by 1000."""
        trace.say(f"The number is {n}, the percentage {p}, a part of it")
        trace.say(f"{p} has a point, so I take {int(10 * p)} and divide by 1000")
        product = int(10 * p) * n + (rng.choice((100, -100, 10)) if slip and p * n > 20 else 0)
        if product != int(10 * p) * n:
            trace.part(f"{n}×{int(10 * p)}=")
            trace.say(str(product), False)
        else:
            trace.say(calc.times(n, int(10 * p)))
        self._by_thousand(product, trace)
        return thousandth(product)

    def _by_thousand(self, product: int, trace: Trace) -> None:
        full, short = f"{product // 1000}.{product % 1000:03d}", thousandth(product)
        dropped = full[len(short) :]
        trace.say(
            f"{product} by 1000: {full}, {f'drop {dropped}: {short}' if dropped else 'nothing to drop'}"
        )

    def check(self, problem: Problem, value: str, trace: Trace) -> bool:
        kind, p, n = problem.data
        trace.say("Check the other way round")
        if isinstance(p, float):
            trace.say(calc.times(int(10 * p), n))
            self._by_thousand(int(10 * p) * n, trace)
            return compare(trace, value, thousandth(int(10 * p) * n))
        trace.say(calc.times(p, n))
        self._percent(p, n, trace)
        want = hundredth(p * n) if kind == "of" else str(self._change(kind, n, p * n // 100, trace))
        return compare(trace, value, want)

    def answer(self, problem: Problem, rng: Random) -> str:
        kind, p, n = problem.data
        if kind == "of" and rng.random() < 0.6:
            return f"{p}% of {n} is \\boxed{{{problem.expected}}}."
        return rng.choice(
            (f"The result is \\boxed{{{problem.expected}}}.", f"That makes \\boxed{{{problem.expected}}}.")
        )
