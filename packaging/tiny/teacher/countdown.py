"""A small countdown game: three numbers, plus, minus and times, one target."""

from random import Random
from typing import Final

from teacher.base import Data, Family, Problem, Trace, is_held

WORDS: Final = (
    "Make {t} from {n}.",
    "Use {n} to make {t}.",
    "Countdown: numbers {n}, target {t}",
    "Reach {t} with {n} using +, - and ×.",
    "With the numbers {n}, make {t}.",
    "Combine {n} to get {t}.",
    "How can you get {t} from {n}?",
    "Using each of {n} once, make {t}.",
    "Find an expression with {n} that equals {t}.",
    "Numbers: {n}. Target: {t}.",
    "Get {t} out of {n} with plus, minus and times.",
    "countdown {n} -> {t}",
)
PAIRS: Final = ((0, 1, 2), (0, 2, 1), (1, 2, 0))
SIGNS: Final = ("+", "-", "×")


def combine(x: int, sign: str, y: int) -> tuple[str, int]:
    """x and y joined, the bigger one first where it is a difference."""
    if sign == "-" and x < y:
        x, y = y, x
    value = x + y if sign == "+" else x - y if sign == "-" else x * y
    return f"{x}{sign}{y}", value


def candidates(numbers: tuple[int, ...]) -> list[tuple[str, int, int, list[tuple[str, int, str]]]]:
    """Pairs in a fixed order, each with what the third number makes of it."""
    rows = []
    for i, j, k in PAIRS:
        for sign in SIGNS:
            inner, value = combine(numbers[i], sign, numbers[j])
            third = numbers[k]
            finals = []
            for outer in SIGNS:
                text, result = combine(value, outer, third)
                whole = f"({inner}){outer}{third}"
                if outer == "-" and value < third:
                    whole = f"{third}-({inner})"
                finals.append((text, result, whole))
            rows.append((inner, value, third, finals))
    return rows


class Countdown(Family[str]):
    name = "countdown"

    def held(self, data: Data) -> bool:
        *numbers, target = data
        return is_held(self.name, (*sorted(numbers), target))

    def draw(self, rng: Random) -> Data:
        while True:
            numbers = tuple(rng.randint(1, 9) for _ in range(3))
            finals = rng.choice(candidates(numbers))[3]
            target = rng.choice(finals)[1]
            if 1 <= target <= 60:
                return (*numbers, target)

    def phrase(self, data: Data, rng: Random) -> Problem:
        *numbers, target = data
        a, b, c = numbers
        listed = rng.choice((f"{a}, {b}, {c}", f"{a}, {b} and {c}", f"{a} {b} {c}"))
        question = rng.choice(WORDS).format(t=target, n=listed)
        if rng.random() < 0.15:
            question = question[:1].lower() + question[1:]
        return Problem(self.name, question, self._first(data), data)

    def _first(self, data: Data) -> str:
        *numbers, target = data
        for _, _, _, finals in candidates(tuple(numbers)):
            for _, result, whole in finals:
                if result == target:
                    return whole
        raise ValueError(f"{target} cannot be made")

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> str:
        *numbers, target = problem.data
        a, b, c = numbers
        lead = rng.choice(("I try in order, target {}", "Target {}, one try after the other"))
        trace.say(f"{lead.format(target)}, numbers {a}, {b}, {c}")
        misses = 0
        for row, (inner, value, third, finals) in enumerate(candidates((a, b, c))):
            if row % len(SIGNS) == 0:
                i, j, _ = PAIRS[row // len(SIGNS)]
                trace.say(f"Pair {row // len(SIGNS) + 1}: {numbers[i]} and {numbers[j]}, left {third}")
            trace.say(f"{inner}={value}, left {third}")
            for text, result, whole in finals:
                if slip and misses >= 2 and result != target:
                    trace.part(f"{text}=")
                    trace.say(f"{target}, {target}: yes", False)
                    return whole
                if result == target:
                    trace.say(f"{text}={result}, {target}: yes")
                    trace.say(f"So {whole}")
                    return whole
                if "×" in text and value > target:
                    trace.say(f"{text} is too big, no")
                else:
                    trace.say(f"{text}={result}, {target}: no")
                misses += 1
        raise ValueError(f"{target} cannot be made")

    def check(self, problem: Problem, value: str, trace: Trace) -> bool:
        target = problem.data[3]
        start, end = value.index("("), value.index(")")
        inner = value[start + 1 : end]
        x, sign, y = self._split(inner)
        middle = combine(int(x), sign, int(y))[1]
        outside = value[:start] + str(middle) + value[end + 1 :]
        left, outer, right = self._split(outside)
        result = combine(int(left), outer, int(right))[1]
        trace.say(f"Check {value}: {inner}={middle}, {outside}={result}")
        if result == target:
            trace.say(f"That is {target}, good")
            return True
        trace.say(f"That is not {target}")
        return False

    def _split(self, text: str) -> tuple[str, str, str]:
        for sign in SIGNS:
            left, found, right = text.partition(sign)
            if found:
                return left, sign, right
        raise ValueError(text)

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        trace.say(f"Answer: {problem.expected}")

    def answer(self, problem: Problem, rng: Random) -> str:
        target = problem.data[3]
        return rng.choice(
            (
                f"\\boxed{{{problem.expected}}} makes {target}.",
                f"{target} = \\boxed{{{problem.expected}}}",
                f"One way is \\boxed{{{problem.expected}}}.",
            )
        )
