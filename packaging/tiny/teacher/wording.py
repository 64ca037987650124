"""Text to learn the tokenizer's merges from: everything but words that are to be spelled."""

from collections.abc import Iterator
from random import Random
from string import ascii_lowercase
from typing import Final

from teacher.families import FAMILIES, WEIGHTS

SPELLED: Final = (
    10  # one text in so many is the alphabet apart, so that a blank and a letter become one token
)


def wording(rng: Random, count: int) -> Iterator[str]:
    """Questions, thoughts and answers of `count` problems, none of them about letters.

    A word that became one token would hide its letters, and how it is spelled would have to be memorised.
    """
    names = [name for name in WEIGHTS if name not in ("letters", "followup")]
    weights = [WEIGHTS[name] for name in names]
    for number in range(count):
        if number % SPELLED == 0:
            yield " ".join(rng.sample(ascii_lowercase, 26))
        family = FAMILIES[rng.choices(names, weights)[0]]
        turn = family.solve(family.problem(rng, False), rng)
        yield from (turn.question, "".join(text for text, _ in turn.thought), turn.answer)
