"""Counting letters in a word, letter by letter."""

from random import Random
from typing import Final

from teacher.base import Data, Family, Problem, Trace, compare, is_held
from teacher.pieces import pieces
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
        bad = rng.randrange(len(text)) if slip else -1
        trace.say(f"I count {letter} by pieces" if letter else "I number the letters by pieces")
        trace.say("-".join(split := pieces(text)))
        count = place = 0
        for piece in split:
            trace.part(f"{piece}:")
            for sign in piece.strip():
                wrong = place == bad
                place += 1
                if letter:
                    hit = (sign == letter) != wrong
                    count += hit
                    trace.part(f" {sign}/{letter}")
                    trace.part(f" {'yes' if hit else 'no'} {count}", not wrong)
                else:
                    count += 2 if wrong else 1
                    trace.part(f" {sign} {count}", not wrong)
            trace.say("")
        trace.say(f"{count} in all")
        return count

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        text, letter = problem.data
        trace.say(f"Check, {letter or 'letters'} in each piece and so far")
        total, listed = 0, []
        for piece in pieces(text):
            count = piece.count(letter) if letter else len(piece.strip())
            total += count
            listed.append(f"{piece} {count} {total}")
        trace.say(",".join(listed))
        trace.say(f"{total} in all")
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
