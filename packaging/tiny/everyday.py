"""Short questions as people type them, the simplest and those just beyond: what the held-out set never asks.

They were written after looking at what an earlier model got wrong, and the teacher was mended for their
kinds; some stand in the training documents as they are. They show that nothing simple is forgotten, not
how well it generalises.
"""

from __future__ import annotations

from typing import Final

from teacher import Problem
from teacher.chat import NO_RESULT, PULL

Past = tuple[tuple[str, str], ...]

SUM: Final[Past] = (("What is 17 + 25?", r"The sum is \boxed{42}."),)
MORE: Final[Past] = (*SUM, ("Add 8 to that.", r"Now it is \boxed{50}."))
SURE: Final[Past] = (*SUM, ("Are you sure?", r"Yes, the result is \boxed{42}."), MORE[1])
ROOT: Final[Past] = (("Solve: 2x + 5 = 13", r"x = \boxed{4}"),)
TWICE: Final[Past] = (*ROOT, ("Now double it.", r"That is \boxed{8}."))
SHARE: Final[Past] = (
    ("What is 15% of 80?", r"15% of 80 is \boxed{12}."),
    ("why?", r"The steps lead to \boxed{12}."),
)
HALVES: Final[Past] = (("What is 10/4 in lowest terms?", r"That is \boxed{5/2} in lowest terms."),)
QUARTERS: Final[Past] = (("What is 1/2 + 1/4?", r"The result is \boxed{3/4}."),)

FOLLOWED: Final[tuple[tuple[Past, str, str], ...]] = (
    (MORE, "why?", "50"), (MORE, "Check that again.", "50"), (MORE, "are you sure?", "50"),
    (MORE, "check that by substituting", "50"), (MORE, "explain", "50"), (MORE, "Really?", "50"),
    (TWICE, "why?", "8"), (TWICE, "check that again", "8"), (TWICE, "are you sure?", "8"),
    (TWICE, "How did you get that?", "8"), (SHARE, "check that again", "12"),
    (SHARE, "are you sure?", "12"), (SHARE, "now double it", "24"), (SURE, "why?", "50"),
    (SURE, "are you sure?", "50"), (SURE, "minus 20", "30"), (SURE, "half of that", "25"),
    (ROOT, "check that by substituting", "4"), (ROOT, "Check that by substituting.", "4"),
    (SUM, "check it by another route", "42"), (HALVES, "double it", "5"),
    (QUARTERS, "Now double it.", "3/2"), (QUARTERS, "half of it", "3/8"), (SUM, "times 3", "126"),
    (TWICE, "and half of that?", "4"),
)  # fmt: skip
SIMPLE: Final[tuple[tuple[str, str], ...]] = (
    ("x + 5 = 12", "7"), ("Solve: x + 5 = 12", "7"), ("Solve x - 3 = 4", "7"), ("7 = x + 2", "5"),
    ("x + 9 = 4", "-5"), ("x = 5", "5"), ("2x = 10", "5"), ("Solve: -x = 3", "-3"), ("x/3 = 4", "12"),
    ("-2x + 3 = 7", "-2"), ("3x = -12", "-4"), ("Solve for x: x - 10 = -3", "7"), ("5 - x = 2", "3"),
    ("What is x if x + 1 = 1?", "0"), ("2x + 3 = 4", "1/2"), ("What is 3+4?", "7"), ("2+2", "4"),
    ("1+1", "2"), ("What is 7 - 9?", "-2"), ("5-5", "0"), ("0+7", "7"), ("3*4", "12"), ("7×8", "56"),
    ("12/4", "3"), ("10÷2", "5"), ("100/25", "4"), ("What is 19×74?", "1406"), ("19*74", "1406"),
    ("74×19", "1406"), ("5*0", "0"), ("100+200", "300"), ("1000-1", "999"), ("99+1", "100"),
    ("(3+4)*2", "14"), ("2+3+4", "9"), ("2^3", "8"), ("5^2", "25"), ("3^2 + 4^2", "25"), ("2^10", "1024"),
    ("10% of 50", "5"), ("What is 50% of 100?", "50"), ("12.5% of 80", "10"),
    ("What is 12.5 % of 200?", "25"), ("100% of 7", "7"), ("What is 200% of 15?", "30"),
    ("gcd(12, 18)", "6"), ("lcm(4,6)", "12"), ("gcd(5,5)", "5"), ("gcd(1,7)", "1"),
    ("What is the gcd of 80 and 75?", "5"), ("Which is bigger, 9.11 or 9.9?", "9.9"),
    ("Which is bigger, 3 or 5?", "5"), ("is 0.5 bigger than 0.25?", "0.5"),
    ("which is bigger 2 or 1.5", "2"), ("Which is larger, 12 or 9.8?", "12"),
    ("How many r's in strawberry?", "3"), ("how many letters in cat", "3"), ("How many e in bee?", "2"),
    ("How many minutes in 2 hours?", "120"), ("How many days in a week?", "7"),
    ("How many seconds in an hour?", "3600"), ("how many hours in a day", "24"),
    ("How many days are in a year?", "365"), ("Convert 3 kilometers to meters", "3000"),
    ("1, 2, 3, 4, ?", "5"), ("2, 4, 6", "8"), ("1 2 4 8", "16"), ("10, 9, 8", "7"),
)  # fmt: skip
FORMAL: Final[tuple[tuple[str, str, str], ...]] = (
    ("derivative", "d/dx x^5", "5x^4"), ("derivative", "What is the derivative of x^5?", "5x^4"),
    ("derivative", "derivative of 7", "0"), ("derivative", "derivative of x", "1"),
    ("derivative", "derivative of x^2", "2x"), ("derivative", "What is the derivative of 3x?", "3"),
    ("quadratic", "x^2 = 9", "-3, 3"), ("quadratic", "x^2 - 9 = 0", "-3, 3"), ("quadratic", "x^2 = 0", "0"),
    ("quadratic", "Solve x^2 = 16", "-4, 4"), ("quadratic", "x^2 + x - 6 = 0", "-3, 2"),
    ("quadratic", "x^2 = 2x", "0, 2"), ("quadratic", "x^2 = 5x - 6", "2, 3"),
    ("quadratic", "(x-2)(x+3)=0", "-3, 2"), ("quadratic", "x^2 + 1 = 0", "no whole-number solution"),
    ("quadratic", "Solve x^2 + x + 1 = 0", "no whole-number solution"),
    ("quadratic", "x^2 = 2", "no whole-number solution"), ("fractions", "1/2 + 1/2", "1"),
    ("fractions", "1/2+1/3", "5/6"), ("fractions", "What is 3/4 - 1/4?", "1/2"),
    ("fractions", "2 × 1/2", "1"), ("fractions", "Simplify 12/18", "2/3"),
    ("fractions", "12/18 in lowest terms", "2/3"), ("fractions", "1 + 1/2", "3/2"),
    ("fractions", "simplify 6/3", "2"), ("fractions", "simplify 7/9", "7/9"),
)  # fmt: skip
BEYOND: Final = (
    "sin x", "What is sin(30)?", "5!", "log 100", "sqrt(16)", "What is the square root of 49?",
    "integrate x^2", "derivative of sin x", "derivative of e^x", "derivative of 1/x", "Solve x^3 = 8",
    "2x + y = 7", "2x + 3x", "What is 12345 + 67890?", "123456 × 789", "What is 99999 - 12345?",
    "12345 / 5", "gcd of 1234 and 567", "What is 3.5 + 2.25?", "0.1 + 0.2", "average of 2, 4 and 9",
    "Is 17 prime?", "What is pi?", "factor 84", "What comes next: 1, 1, 2, 3, 5?",
    "How many seconds are in a year?", "What is the capital of Poland?", "capital of Sweden",
    "capital of Peru?", "What is the capital of Iran?", "Capital of Egypt?",
    "Who is the president of France?", "Write a poem about rain.",
    "How do I cook rice?", "What day is it?",
)  # fmt: skip
NOISE: Final = (
    "😀😀😀", "😀", "🎉🔥", "asdfghjkl", "qwer tyui", "....", "???", "#$%&", "жизнь", "你好", "x", "lol",
    "who are you", "what are you", "hi", "thanks", "aaaaaaaaaaaa", "blorp fizz",
)  # fmt: skip


def questions() -> list[Problem]:
    """All of them with what is right: the result, a refusal that names a real model, or its own name."""
    out = [Problem("ops", said, result, ("everyday",), past) for past, said, result in FOLLOWED]
    out += [Problem("ops", said, result, ("everyday",)) for said, result in SIMPLE]
    out += [Problem(family, said, result, ("everyday",)) for family, said, result in FORMAL]
    out += [Problem("chat", said, NO_RESULT, ("zero", said)) for said in ("10÷0", "What is 10 / 0?", "7/0")]
    out += [Problem("chat", said, PULL, ("decline", said)) for said in BEYOND]
    out += [Problem("chat", said, "tiny", ("talk", said)) for said in NOISE]
    return out
