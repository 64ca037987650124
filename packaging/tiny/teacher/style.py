"""How questions are typed: operator signs, blanks, capitals, question marks."""

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True)
class Signs:
    """The operator signs that one question uses, blanks included."""

    plus: str
    minus: str
    times: str
    over: str
    negative: str
    equals: str


BARE: Final = 0.15


def signs(rng: Random) -> Signs:
    """Signs as people type them, consistent within a question."""
    blank = " " if rng.random() < 0.5 else ""
    dash = "−" if rng.random() < 0.12 else "-"
    times = rng.choices(("×", "*", "x", "·", r"\times", r"\cdot"), (34, 26, 16, 8, 8, 8))[0]
    over = rng.choices(("÷", "/", ":", r"\div"), (38, 32, 18, 12))[0]
    loose = " " if times in ("x", r"\times", r"\cdot") or over == r"\div" else blank
    wide = blank or loose
    return Signs(
        f"{blank}+{blank}",
        f"{blank}{dash}{blank}",
        f"{wide}{times}{wide}",
        f"{wide}{over}{wide}",
        dash,
        f"{blank}={blank}",
    )


def number(value: int, sign: Signs) -> str:
    """A number with the question's minus sign."""
    return f"{sign.negative}{-value}" if value < 0 else str(value)


def typed(question: str, rng: Random) -> str:
    """The question as a hurried or a polite person types it."""
    mood = rng.random()
    if mood < 0.12:
        question = question[:1].lower() + question[1:]
    elif mood < 0.18:
        question = "Please " + question[:1].lower() + question[1:]
    elif mood < 0.21:
        question = question + " Think step by step."
    elif mood < 0.24:
        question = question + r" Put the result in \boxed{}."
    elif mood < 0.27:
        question = "Hi! " + question
    if rng.random() < 0.15 and question[-1] in "?.":
        question = question[:-1]
    return question


def asked(rng: Random, plain: tuple[str, ...], text: str) -> str:
    """One of the wordings in `plain` with `{}` replaced by `text`, often the text and nothing else."""
    if "{}" in plain and rng.random() < BARE:
        return text
    return typed(rng.choice(plain).replace("{}", text), rng)


VALUE = (
    "What is {}?",
    "Compute {}.",
    "Calculate {}",
    "{} = ?",
    "{}",
    "{}=",
    "How much is {}?",
    "Work out {}.",
    "Evaluate {}.",
    "What does {} equal?",
    "What's {}?",
    "Find {}.",
    "Solve: {}",
    "Tell me {}.",
    "Can you compute {}?",
    "I need the value of {}.",
    "What is ${}$?",
    "Determine the value of {}.",
    "Give me the result of {}.",
)
