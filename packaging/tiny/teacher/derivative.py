"""Derivatives of polynomials, term by term."""

from random import Random
from typing import Final

from teacher.base import Data, Family, Problem, Trace, off_by
from teacher.style import Signs, asked, signs

WORDS: Final = (
    "What is the derivative of {}?",
    "Differentiate {}.",
    "Find the derivative of {}.",
    "d/dx ({})",
    "d/dx {}",
    "What's the derivative of {}",
    "({})'",
    "Derive {}",
    "Compute the derivative of f(x) = {}.",
    "f(x) = {}. What is f'(x)?",
    "Derivative of {}",
    "Differentiate {} with respect to x.",
    "What is d/dx of {}?",
    "If f(x) = {}, find f'(x).",
    "What do I get when I differentiate {}?",
    r"\frac{d}{dx}({})",
)


def power(coefficient: int, exponent: int, style: str = "^") -> str:
    """One term without its sign."""
    size = abs(coefficient)
    if exponent == 0:
        return str(size)
    lead = "" if size == 1 else str(size)
    if exponent == 1:
        return f"{lead}x"
    if style == "²":
        return f"{lead}x{'⁰¹²³⁴⁵⁶'[exponent]}"
    return f"{lead}x{style}{exponent}"


def joined(terms: Data, plus: str, minus: str, style: str = "^") -> str:
    """A polynomial with the given signs between its terms."""
    text = ""
    for coefficient, exponent in terms:
        sign = minus if coefficient < 0 else plus
        if not text:
            sign = "-" if coefficient < 0 else ""
        text += sign + power(coefficient, exponent, style)
    return text or "0"


def derived(terms: Data) -> tuple[tuple[int, int], ...]:
    """The terms of the derivative."""
    return tuple((c * e, e - 1) for c, e in terms if e)


class Derivative(Family[tuple[tuple[int, int], ...]]):
    name = "derivative"

    def draw(self, rng: Random) -> Data:
        count = rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 4, 5))
        exponents = sorted(rng.sample(range(6), count), reverse=True)
        if exponents == [0] and rng.random() < 0.5:
            exponents = [1]
        top = rng.choice((3, 9, 9, 12))
        values = [v for v in range(-top, top + 1) if v]
        if count == 1 and exponents[0] and rng.random() < 0.4:  # x^5 as such
            return ((1, exponents[0]),)
        return tuple((rng.choice(values), e) for e in exponents)

    def phrase(self, data: Data, rng: Random) -> Problem:
        sign: Signs = signs(rng)
        style = rng.choices(("^", "²", "**"), (85, 10, 5))[0]
        text = joined(data, sign.plus, sign.minus, style)
        result = joined(derived(data), " + ", " - ")
        return Problem(self.name, asked(rng, WORDS, text), result, data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> tuple[tuple[int, int], ...]:
        trace.say(rng.choice(("Power rule, term by term", "I use the power rule on each term")))
        terms = problem.data
        trace.say(f"Terms: {', '.join(joined((term,), '', '-') for term in terms)}")
        sloped = [i for i, (_, e) in enumerate(terms) if e]
        bad = rng.choice(sloped) if slip and sloped else -1
        found = []
        for place, (c, e) in enumerate(terms):
            shown = joined(((c, e),), "", "-")
            if e == 0:
                trace.say(f"{shown}: constant, gives 0")
                continue
            if e == 1 and place != bad:
                trace.say(f"{shown}: gives {c}")
                found.append((c, 0))
                continue
            value = off_by(c * e, rng, -99) if place == bad else c * e
            value = value or 13
            trace.part(f"{shown}: {c}×{e}=")
            lower = joined(((value, e - 1),), "", "-")
            trace.say(f"{value}, power {e}-1={e - 1}, gives {lower}", place != bad)
            found.append((value, e - 1))
        trace.say(f"Together: {joined(tuple(found), '+', '-')}")
        return tuple(found)

    def check(self, problem: Problem, value: tuple[tuple[int, int], ...], trace: Trace) -> bool:
        trace.say("Check by going back from each term")
        wanted = [(c, e) for c, e in problem.data if e]
        for (c, e), (old, power_) in zip(value, wanted, strict=True):
            shown = joined(((c, e),), "", "-")
            if c % (e + 1):
                trace.say(f"{shown}: {c} is not a multiple of {e + 1}")
                return False
            back = joined(((c // (e + 1), e + 1),), "", "-")
            good = (c // (e + 1), e + 1) == (old, power_)
            trace.say(f"{shown}: {c}÷{e + 1}={c // (e + 1)}, from {back}, {'yes' if good else 'no'}")
            if not good:
                return False
        trace.say("All terms fit, good")
        return True

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        short = problem.expected.replace(" ", "")
        trace.say(rng.choice(("So the derivative is {}", "The derivative is {}")).format(short))

    def answer(self, problem: Problem, rng: Random) -> str:
        return rng.choice(
            (
                f"The derivative is \\boxed{{{problem.expected}}}.",
                f"f'(x) = \\boxed{{{problem.expected}}}",
                f"By the power rule it is \\boxed{{{problem.expected}}}.",
            )
        )
