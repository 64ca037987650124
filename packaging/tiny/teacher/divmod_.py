"""Division with remainder by long division."""

from random import Random
from typing import Final

from teacher import calc
from teacher.add import SMALL
from teacher.base import Data, Family, Problem, Trace, compare, is_held
from teacher.style import asked, signs

WORDS: Final = (
    "What is {}?",
    "Divide with remainder: {}",
    "{}",
    "Compute {} with remainder.",
    "Work out {}.",
    "{} = ?",
    "Calculate {} and give the remainder.",
    "What are the quotient and remainder of {}?",
    "How much is {}, with remainder?",
    "Find quotient and remainder: {}",
    "Do the division {}.",
    "Solve: {}",
)
SPOKEN: Final = (
    "Divide {a} by {b}.",
    "How many times does {b} go into {a}, and what is left?",
    "{a} divided by {b}",
    "What is {a} divided by {b}?",
    "{a} sweets are shared among {b} children. How many does each get and how many are left?",
    "What is the quotient and remainder when {a} is divided by {b}?",
)
MISJUDGED: Final = 0.1
LISTED: Final = 12  # divisors beyond are taken by their multiples


def result(a: int, b: int) -> str:
    """How quotient and remainder are written."""
    whole, rest = divmod(a, b)
    return f"{whole} remainder {rest}" if rest else str(whole)


class DivMod(Family[tuple[int, int]]):
    name = "divmod"

    def held(self, data: Data) -> bool:
        a, b = data
        return (a % b > 0 or a // b > 12) and is_held(self.name, data)

    def draw(self, rng: Random) -> Data:
        if rng.random() < SMALL:
            b = rng.randint(1, 12)
            return (b * rng.randint(0, 12), b)
        if rng.random() < 0.12:
            b = rng.choice((rng.randint(13, 50), 20, 25, 50))
            a = rng.randint(b, 10 * b - 1)
            return (a - a % b if rng.random() < 0.4 else a, b)
        b = rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 11, 12))
        long = rng.randint(1000, 9999) if b < 10 and rng.random() < 0.2 else rng.randint(100, 999)
        a = rng.choice((rng.randint(b, 99), rng.randint(100, 999), long))
        return (a - a % b if rng.random() < 0.2 else a, b)

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b = data
        if rng.random() < 0.4:
            question = asked(rng, tuple(w.format(a=a, b=b) for w in SPOKEN), "")
        else:
            question = asked(rng, WORDS, f"{a}{signs(rng).over}{b}")
        return Problem(self.name, question, result(a, b), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> tuple[int, int]:
        a, b = problem.data
        if b > LISTED:
            return self._by_multiples(a, b, rng, trace, slip)
        lead = ("Long division of {} by {}", "I divide {} by {} digit by digit", "{}÷{}, digit by digit")
        trace.say(rng.choice(lead).format(a, b))
        digits, rest, whole = str(a), 0, ""
        bad = len(digits) - 1 if slip else -1
        for place, digit in enumerate(digits):
            chunk = rest * 10 + int(digit)
            count = chunk // b
            if not whole and not count and place < len(digits) - 1:
                trace.say(f"{chunk} is below {b}")
                rest = chunk
                continue
            product = count * b
            trace.part(f"{chunk}: ")
            if rng.random() < MISJUDGED and count < 9:  # a try that is too big is noticed and mended
                trace.part(f"{count + 1}×{b}={product + b}", False)
                trace.part(f", {calc.against(product + b, chunk)} too big, ")
            fits = "equal" if product == chunk else "ok"
            trace.part(f"{count}×{b}={product}, {calc.against(product, chunk)} {fits}, {chunk}-{product}=")
            rest = chunk - product
            if place == bad:
                rest = (rest + 1) % b
            trace.say(f"{rest}, write {count}", place != bad)
            whole += str(count)
        trace.say(f"Quotient {whole}, remainder {rest}")
        return int(whole), rest

    def _by_multiples(self, a: int, b: int, rng: Random, trace: Trace, slip: bool) -> tuple[int, int]:
        """How often a divisor beyond the table goes into a number below ten times it."""
        trace.say(rng.choice(("Multiples of {} up to {}", "How often does {} go into {}?")).format(b, a))
        trace.say(f"{a} by {b}: {calc.multiples(a, b)}")
        whole, rest = divmod(a, b)
        if slip:
            rest = (rest + 1) % b
        trace.part("" if slip else f"Quotient {whole}, remainder {rest}\n")
        trace.part(f"Quotient {whole}, remainder {rest}\n" if slip else "", False)
        return whole, rest

    def check(self, problem: Problem, value: tuple[int, int], trace: Trace) -> bool:
        a, b = problem.data
        whole, rest = value
        trace.say("Check by multiplying back")
        trace.say(calc.times(whole, b))
        if rest:
            trace.say(calc.plus(whole * b, rest))
        return compare(trace, whole * b + rest, a)

    def answer(self, problem: Problem, rng: Random) -> str:
        a, b = problem.data
        return rng.choice(
            (
                f"{a}÷{b} = \\boxed{{{problem.expected}}}.",
                f"The result is \\boxed{{{problem.expected}}}.",
                f"{a} divided by {b} is \\boxed{{{problem.expected}}}.",
            )
        )
