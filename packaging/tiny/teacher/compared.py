"""Short exercises in comparing, in the very words that the traces use.

Telling equal from almost equal is what a small network learns last and what nearly every trace hangs on:
whether a trial hits its target, whether a check comes out, whether a column has to borrow.
"""

from collections.abc import Callable
from random import Random

from teacher import calc
from teacher.base import Trace, Turn, compare
from teacher.mul import Mul

Pair = tuple[int, int]

MUL = Mul()


def alike(rng: Random) -> Pair:
    """Two numbers, half of the time the same, else often off by one digit."""
    size = rng.choice((1, 2, 2, 2, 3, 3, 4))
    first = rng.randrange(10 ** (size - 1) if size > 1 else 0, 10**size)
    mood = rng.random()
    if mood < 0.45:
        return first, first
    if mood < 0.75:
        digits = list(str(first))
        digits[rng.randrange(len(digits))] = str(rng.randrange(10))
        return first, int("".join(digits))
    return first, rng.randrange(10**size)


def _target(rng: Random, trace: Trace) -> str:
    a, b = alike(rng)
    trace.say(f"{a}, {b}: {'yes' if a == b else 'no'}")
    return f"{a} {b}"


def _checked(rng: Random, trace: Trace) -> str:
    a, b = alike(rng)
    if rng.random() < 0.15:
        a = -a
        b = rng.choice((-b, -b, b))
    compare(trace, a, b)
    return f"{a} {b}"


def _ordered(rng: Random, trace: Trace) -> str:
    a, b = alike(rng)
    trace.say(calc.order(a, b))
    return f"{a} {b}"


def _digits(rng: Random, trace: Trace) -> str:
    m, n = rng.randrange(10), rng.randrange(10)
    n = m if rng.random() < 0.2 else n
    trace.say(
        f"{m} and {n}, {'equal' if m == n else 'the first is bigger' if m > n else 'the second is bigger'}"
    )
    return f"{m} {n}"


def _borrowed(rng: Random, trace: Trace) -> str:
    m, n = rng.randrange(10), rng.randrange(10)
    borrow = int(rng.random() < 0.5)
    trace.say(calc.column(m, n, borrow)[0])
    return f"{m}{'-1' if borrow else ''}-{n}"


def _reached(rng: Random, trace: Trace) -> str:
    while True:
        b = rng.randint(3, 48)
        a = b * rng.randint(1, 9) + rng.choice((0, 0, 1, -1, rng.randrange(b), rng.randrange(b)))
        count = max(1, a // b + rng.choice((0, 0, 1, 1, -1)))
        if not MUL.held((count, b)):
            break
    trace.say(calc.trial(count, b, a))
    return f"{count}×{b} {a}"


KINDS: tuple[tuple[str, Callable[[Random, Trace], str]], ...] = (
    ("Same?", _target), ("Check:", _checked), ("Order:", _ordered), ("Digits:", _digits),
    ("Borrow:", _borrowed), ("Reach:", _reached),
)  # fmt: skip


def comparing(rng: Random) -> Turn:
    """Several comparisons of one kind, one a line."""
    lead, line = rng.choice(KINDS)
    trace = Trace()
    asked = [line(rng, trace) for _ in range(rng.randint(2, 9))]
    return Turn(f"{lead} {', '.join(asked)}", trace.pieces(), "Done.")
