"""Counting letters in a word, letter by letter."""

from random import Random
from typing import Final

from teacher.base import Data, Family, Problem, Trace, compare, is_held
from teacher.style import typed
from teacher.words import COMMON, invented, word

COUNT: Final = (
    "How many {l}'s are in {w}?",
    "How many {l}s are in {w}?",
    "How many times does the letter {l} appear in {w}?",
    "Count the letter {l} in {w}.",
    'How many "{l}" are in the word "{w}"?',
    "How often does {l} occur in {w}?",
    "Count the {l}'s in {w}.",
    "In the word {w}, how many {l}'s are there?",
    "How many letters {l} does {w} have?",
    "how many {l} in {w}",
    "Number of {l}'s in {w}",
    "Tell me how many {l}'s {w} has.",
    "How many {l}'s does the word '{w}' contain?",
)
LENGTH: Final = (
    "How many letters are in {w}?",
    "How long is the word {w}?",
    "Count the letters of {w}.",
    'How many letters does "{w}" have?',
    "How many letters has the word {w}?",
    "Number of letters in {w}",
)


def held_word(text: str) -> bool:
    """Whether the word is kept out of everything that is trained on."""
    return is_held("letters", (text,))


def trained_word(rng: Random) -> str:
    """A word from the training side."""
    while True:
        text = word(rng)
        if not held_word(text):
            return text


class Letters(Family[int]):
    name = "letters"

    def held(self, data: Data) -> bool:
        return held_word(data[0])

    def draw(self, rng: Random) -> Data:
        text = word(rng)
        if rng.random() < 0.15:
            return (text, "")
        absent = rng.random() < 0.08
        return (text, rng.choice("abcdefghijklmnopqrstuvwxyz") if absent else rng.choice(text))

    def problem(self, rng: Random, held: bool) -> Problem:
        while True:
            data = self.draw(rng)
            if held and rng.random() < 0.6:
                text = rng.choice(COMMON) if rng.random() < 0.7 else invented(rng)
                data = (text, rng.choice(text))
            if self.held(data) == held:
                return self.phrase(data, rng)

    def phrase(self, data: Data, rng: Random) -> Problem:
        text, letter = data
        shown = text.capitalize() if rng.random() < 0.06 else text
        if letter:
            sign = letter.upper() if rng.random() < 0.06 else letter
            question = rng.choice(COUNT).format(w=shown, l=sign)
            value = text.count(letter)
        else:
            question = rng.choice(LENGTH).format(w=shown)
            value = len(text)
        return Problem(self.name, typed(question, rng), str(value), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        text, letter = problem.data
        lead = ("I spell it: {}", "The letters: {}", "Spelled out: {}")
        trace.say(rng.choice(lead).format(" ".join(text)))
        bad = rng.randrange(len(text)) if slip else -1
        count = 0
        trace.say(f"Now I count {letter}" if letter else "Now I number them")
        for place, sign in enumerate(text):
            if not letter:
                count += 1 if place != bad else 2
                trace.say(f"{sign} {count}", place != bad)
                continue
            hit = (sign == letter) != (place == bad)
            count += hit
            trace.part(f"{place + 1} {sign} ")
            trace.say(f"{count}", place != bad)
        if letter:
            trace.say(f"{count} in all")
        return count

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        text, letter = problem.data
        if not letter:
            trace.say("Check by counting down the word in pairs")
            pairs = [" ".join(text[i : i + 2]) for i in range(0, len(text), 2)]
            total = 0
            for pair in pairs:
                total += len(pair.replace(" ", ""))
                trace.say(f"{pair}: {total}")
            return compare(trace, value, total)
        trace.say(f"Check from the end, marking {letter}")
        total = 0
        for sign in reversed(text):
            total += sign == letter
            trace.say(f"{sign} yes {total}" if sign == letter else f"{sign} no {total}")
        return compare(trace, value, total)

    def answer(self, problem: Problem, rng: Random) -> str:
        text, letter = problem.data
        value = problem.expected
        if not letter:
            return rng.choice(
                (f"It has \\boxed{{{value}}} letters.", f"{text} has \\boxed{{{value}}} letters.")
            )
        times = "time" if value == "1" else "times"
        return rng.choice(
            (
                f"The letter {letter} appears \\boxed{{{value}}} {times} in {text}.",
                f"There {'is' if value == '1' else 'are'} \\boxed{{{value}}} in {text}.",
                f"The count of {letter} is \\boxed{{{value}}}.",
            )
        )
