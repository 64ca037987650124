"""Euclid's algorithm with every division written out."""

from random import Random

from teacher import calc
from teacher.base import Trace


def euclid(trace: Trace, a: int, b: int, rng: Random, slip: bool = False) -> int:
    """Write the divisions down to rest 0 and return the last divisor."""
    trace.say(calc.order(a, b))
    if a < b:
        a, b = b, a
    first = True
    while True:
        whole, rest = divmod(a, b)
        if slip and first and b > 2 and rest:
            wrong = rest + 1 if rest + 1 < b else rest - 1
            trace.part(f"{a} by {b}: ")
            trace.say(f"{whole}×{b}={whole * b}, {a}-{whole * b}={wrong}, rest {wrong}", False)
            rest = wrong
        elif b <= 12:
            trace.say(f"{a} by {b}: {', '.join(calc.long_division(a, b))}, rest {rest}")
        elif whole < 10:
            trace.say(f"{a} by {b}: {calc.multiples(a, b)}")
        first = False
        if rest == 0:
            trace.say(f"Rest 0, so the gcd is {b}")
            return b
        a, b = b, rest
