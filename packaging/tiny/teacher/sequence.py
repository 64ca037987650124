"""The next number of a sequence."""

from itertools import pairwise
from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare
from teacher.style import typed

WORDS: Final = (
    "What comes next: {}?",
    "Continue the sequence: {}",
    "What is the next number in {}?",
    "{}, ?",
    "{}",
    "{} ?",
    "{}, ...",
    "Find the next term: {}",
    "Which number follows: {}",
    "Sequence: {}. What is next?",
    "Next number: {}",
    "What number comes after {}?",
    "Complete the pattern {}, __",
    "Give the next term of {}.",
)


MOST: Final = 6  # factors beyond are not tried


def _steps(numbers: Data) -> list[int]:
    return [y - x for x, y in pairwise(numbers)]


class Sequence(Family[int]):
    """Data is the numbers shown; the rule is a constant step, a constant factor or growing steps."""

    name = "sequence"

    def draw(self, rng: Random) -> Data:
        kind = rng.choice(("step", "step", "step", "factor", "grow"))
        count = rng.choice((4, 4, 5, 3) if kind != "grow" else (4, 4, 5))
        if kind == "factor":
            ratio = rng.choice((2, 2, 3, 4, 5))
            count = min(count, {2: 5, 3: 4, 4: 4, 5: 4}[ratio])
            first = rng.randint(1, {2: 30, 3: 12, 4: 8, 5: 7}[ratio])
            return tuple(first * ratio**i for i in range(count))
        step = rng.choice([v for v in range(-12, 16) if v])
        if kind == "step" and rng.random() < 0.3:  # the simplest ones: 1, 2, 3 or 10, 9, 8
            step = rng.choice((1, 1, 2, 2, 3, 5, 10, -1, -1, -2))
            first = rng.randint(0, 5) if step > 0 else rng.randint(-step * count, 12 - step * count)
            return tuple(first + step * i for i in range(count))
        if kind == "grow":
            step, more = rng.randint(1, 9), rng.randint(1, 5)
            numbers = [rng.randint(0, 30)]
            for i in range(count - 1):
                numbers.append(numbers[-1] + step + i * more)
            return tuple(numbers)
        low = -step * count if step < 0 else 0
        first = rng.randint(low, low + 60)
        return tuple(first + step * i for i in range(count))

    def _next(self, numbers: Data) -> int:
        steps = _steps(numbers)
        if len(set(steps)) == 1:
            return int(numbers[-1] + steps[0])
        if numbers[0] and all(y * numbers[0] == x * numbers[1] for x, y in pairwise(numbers)):
            return int(numbers[-1] * numbers[1] // numbers[0])
        return int(numbers[-1] + 2 * steps[-1] - steps[-2])

    def phrase(self, data: Data, rng: Random) -> Problem:
        listed = rng.choice((", ", ", ", ",", " ")).join(map(str, data))
        question = typed(rng.choice(WORDS).format(listed), rng)
        return Problem(self.name, question, str(self._next(data)), data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> int:
        numbers = problem.data
        trace.say(rng.choice(("First the steps from one to the next", "I look at the steps")))
        trace.say(f"{len(numbers)} numbers, the last is {numbers[-1]}")
        for place, (x, y) in enumerate(pairwise(numbers), 2):
            trace.say(f"{place}: {calc.minus(y, x)}")
        steps = _steps(numbers)
        trace.say(f"Steps: {', '.join(map(str, steps))}")
        last = numbers[-1]
        if len(set(steps)) == 1:
            trace.say(f"All equal, so the step is {steps[0]}")
            return self._end(last, steps[0], trace, rng, slip)
        trace.say("Not all equal. Is there a factor?")
        if self._factor(numbers, trace):
            ratio = numbers[1] // numbers[0]
            if slip:
                value = last * ratio + rng.choice((-10, 10, 1))
                trace.part(f"{last}×{ratio}=")
                trace.say(str(value), False)
            else:
                value = last * ratio
                trace.say(calc.times(last, ratio))
            trace.say(f"Next is {value}")
            return int(value)
        for x, y in pairwise(steps):
            trace.say(calc.minus(y, x))
        more = steps[-1] - steps[-2]
        trace.say(f"The steps grow by {more}")
        trace.say(calc.plus(steps[-1], more))
        return self._end(last, steps[-1] + more, trace, rng, slip)

    def _factor(self, numbers: Data, trace: Trace) -> bool:
        first, second = numbers[0], numbers[1]
        ratio = 2
        while first and first * ratio < second and ratio < MOST:
            trace.say(f"{calc.times(first, ratio)}, {second}: {calc.against(first * ratio, second)} ok")
            ratio += 1
        for x, y in pairwise(numbers):
            trace.say(f"{calc.times(x, ratio)}, {y}: {'yes' if x * ratio == y else 'no'}")
            if x * ratio != y:
                trace.say("No factor")
                return False
        trace.say(f"The factor is {ratio}")
        return True

    def _end(self, last: int, step: int, trace: Trace, rng: Random, slip: bool) -> int:
        if slip:
            value = last + step + rng.choice((-1, 1, 10))
            trace.part(f"{last}+{step}=" if step >= 0 else f"{last}-{-step}=")
            trace.say(str(value), False)
        else:
            value = last + step
            trace.say(calc.plus(last, step))
        trace.say(f"Next is {value}")
        return value

    def check(self, problem: Problem, value: int, trace: Trace) -> bool:
        numbers = problem.data
        steps = _steps(numbers)
        trace.say("Check by going back")
        trace.say(calc.minus(value, numbers[-1]))
        gap = value - numbers[-1]
        if len(set(steps)) == 1:
            return compare(trace, gap, steps[0])
        if (
            self._next(numbers) * numbers[0] == numbers[1] * numbers[-1]
            and numbers[1] % (numbers[0] or 999) == 0
        ):
            ratio = numbers[1] // numbers[0]
            want = numbers[-1] * (ratio - 1)
            trace.say(f"With the factor {ratio} it is {ratio - 1} times {numbers[-1]}")
            trace.say(calc.times(numbers[-1], ratio - 1))
            return compare(trace, gap, want)
        trace.say(calc.minus(gap, steps[-1]))
        return compare(trace, gap - steps[-1], steps[-1] - steps[-2])

    def answer(self, problem: Problem, rng: Random) -> str:
        return rng.choice(
            (
                f"The next number is \\boxed{{{problem.expected}}}.",
                f"Next comes \\boxed{{{problem.expected}}}.",
                f"It goes on with \\boxed{{{problem.expected}}}.",
            )
        )
