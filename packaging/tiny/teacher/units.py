"""Units and times of day."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare, off_by
from teacher.style import typed

# big unit, small unit, factor, most of the big unit
PAIRS: Final = (
    ("hours", "minutes", 60, 9),
    ("minutes", "seconds", 60, 9),
    ("days", "hours", 24, 9),
    ("weeks", "days", 7, 30),
    ("kilometers", "meters", 1000, 40),
    ("meters", "centimeters", 100, 60),
    ("kilograms", "grams", 1000, 40),
    ("feet", "inches", 12, 12),
    ("dozen", "eggs", 12, 12),
    ("years", "months", 12, 12),
    ("centimeters", "millimeters", 10, 99),
    ("liters", "milliliters", 1000, 40),
    ("tons", "kilograms", 1000, 20),
    ("yards", "feet", 3, 30),
    ("pounds", "ounces", 16, 9),
    ("decades", "years", 10, 20),
    ("centuries", "years", 100, 20),
    ("meters", "millimeters", 1000, 20),
    ("hours", "seconds", 3600, 5),
    ("days", "minutes", 1440, 5),
    ("years", "days", 365, 5),
    ("years", "weeks", 52, 5),
)
ONE_WAY: Final = 18  # from this pair on there is no way back to the big unit
DOWN: Final = (
    "How many {s} are in {a} {b} and {c} {s}?",
    "Convert {a} {b} and {c} {s} to {s}.",
    "{a} {b} {c} {s} in {s}",
    "What is {a} {b} and {c} {s} in {s}?",
    "Express {a} {b} {c} {s} in {s}.",
    "How many {s} is {a} {b} and {c} {s}?",
)
EVEN: Final = (
    "How many {s} are in {a} {b}?",
    "How many {s} in {a} {b}?",
    "Convert {a} {b} to {s}.",
    "{a} {b} in {s}",
    "What is {a} {b} in {s}?",
    "How many {s} is {a} {b}?",
)
ONE: Final = (
    "How many {s} are in {an} {b}?",
    "how many {s} in {an} {b}",
    "How many {s} does {an} {b} have?",
    "How many {s} are there in {an} {b}?",
    "How many {s} is one {b}?",
)
UP: Final = (
    "Convert {n} {s} to {b} and {s}.",
    "How many {b} and {s} are {n} {s}?",
    "{n} {s} in {b} and {s}",
    "Write {n} {s} as {b} and {s}.",
    "What is {n} {s} in {b} and {s}?",
)
CLOCK: Final = (
    "What time is it {m} minutes after {t}?",
    "It is {t}. What time is it in {m} minutes?",
    "A film starts at {t} and lasts {m} minutes. When does it end?",
    "{t} plus {m} minutes",
    "A train leaves at {t} and needs {m} minutes. When does it arrive?",
    "What is the time {m} minutes past {t}?",
)


def single(unit: str) -> str:
    """The unit's name for one of it."""
    return {"feet": "foot", "centuries": "century"}.get(unit, unit.removesuffix("s"))


def clock(minutes: int) -> str:
    """Minutes since midnight as a time of day."""
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


class Units(Family[tuple[int, int]]):
    name = "units"

    def draw(self, rng: Random) -> Data:
        kind = rng.choice(("down", "down", "up", "clock"))
        if kind == "clock":
            return (
                kind,
                rng.randint(0, 23),
                rng.randint(0, 11) * 5 + rng.choice((0, 0, 1, 2, 3)),
                rng.randint(5, 170),
            )
        pair = rng.randrange(len(PAIRS))
        if rng.random() < 0.16:
            pair = rng.choice((pair, rng.randrange(ONE_WAY, len(PAIRS))))
            return ("down", pair, 1, 0)
        _, _, factor, most = PAIRS[pair]
        kind = "down" if pair >= ONE_WAY else kind
        a = rng.randint(1 if factor != 7 else 2, most)
        if factor >= 100 and kind == "up":
            a = rng.randint(1, 20)
        rest = 0 if rng.random() < 0.3 or pair >= ONE_WAY else rng.randint(1, factor - 1)
        if factor == 1000 and rest:
            rest = rng.choice((rest, rest - rest % 50 or 50))
        if kind == "up" and factor not in (3, 7, 12, 10):
            a = min(a, 9)
        return (kind, pair, a, rest)

    def phrase(self, data: Data, rng: Random) -> Problem:
        kind = data[0]
        if kind == "clock":
            _, hour, minute, more = data
            text = typed(rng.choice(CLOCK).format(t=f"{hour}:{minute:02d}", m=more), rng)
            return Problem(self.name, text, clock(hour * 60 + minute + more), data)
        big, small, factor, _ = PAIRS[data[1]]
        a, rest = data[2], data[3]
        shown = single(big) if a == 1 else big
        if kind == "down":
            words = DOWN if rest else ONE if a == 1 and rng.random() < 0.7 else EVEN
            an = "an" if shown == "hour" else "a"
            text = rng.choice(words).format(a=a, b=shown, c=rest, s=small, an=an)
            return Problem(self.name, typed(text, rng), f"{a * factor + rest} {small}", data)
        text = rng.choice(UP).format(n=a * factor + rest, b=big, s=small)
        value = f"{a} {shown}" + (f" {rest} {small}" if rest else "")
        return Problem(self.name, typed(text, rng), value, data)

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> tuple[int, int]:
        if problem.data[0] == "clock":
            return self._clock(problem.data, trace, rng, slip)
        kind, pair, a, rest = problem.data
        big, small, factor, _ = PAIRS[pair]
        given = f"{a} {big} and {rest} {small}" if kind == "down" else f"{a * factor + rest} {small}"
        trace.say(f"I have {given}, 1 {single(big)} is {factor} {small}")
        if kind == "down":
            return self._down(problem.data, trace, rng, slip), 0
        total = a * factor + rest
        if factor in (100, 1000, 10):
            places = len(str(factor)) - 1
            tail = str(total)[-places:]
            value = off_by(a, rng, 1) if slip else a
            trace.part(
                f"The last {places} of {total}: {tail}" + ("" if tail == str(rest) else f", that is {rest}")
            )
            trace.part(f", before them {str(total)[:-places]}\n" if not slip else ", before them ")
            trace.part(f"{value}\n" if slip else "", False)
            left = rest
        else:
            if factor <= 12:
                trace.say(f"{total} by {factor}: {', '.join(calc.long_division(total, factor))}")
            else:
                trace.say(f"{total} by {factor}: {calc.multiples(total, factor)}")
            value, left = a, rest
            if slip:
                left = off_by(rest, rng) if rest else 1
        trace.say(f"So {value} {big} and {left} {small}", not slip)
        return value, left

    def _down(self, data: Data, trace: Trace, rng: Random, slip: bool) -> int:
        pair, a, rest = (int(item) for item in data[1:])
        factor = PAIRS[pair][2]
        if slip:
            part = a * factor + rng.choice((10, -1, 1, 20))
            trace.part(f"{a}×{factor}=")
            trace.say(str(part), False)
        else:
            part = a * factor
            trace.say(calc.times(factor, a) if factor > a else calc.times(a, factor))
        trace.say(calc.plus(part, rest) if rest else "And 0, nothing to add")
        return part + rest

    def _clock(self, data: Data, trace: Trace, rng: Random, slip: bool) -> tuple[int, int]:
        _, hour, minute, more = data
        trace.say(rng.choice(("First the minutes", "I add the minutes to {}")).format(minute))
        total = minute + more
        if slip:
            total = off_by(total, rng)
            trace.part(f"{minute}+{more}=")
            trace.say(str(total), False)
        else:
            trace.say(calc.plus(minute, more))
        while total >= 60:
            trace.say(f"{total} is 60 or more: {calc.minus(total, 60)}, hour {hour}+1={hour + 1}")
            total -= 60
            hour += 1
        trace.say(f"{total} is below 60")
        if hour >= 24:
            trace.say(f"Hour {hour}: 24 or more, {hour}-24={hour - 24}")
            hour -= 24
        else:
            trace.say(f"Hour {hour}: below 24")
        trace.say(f"Time: {hour}:{total:02d}")
        return hour, total

    def check(self, problem: Problem, value: tuple[int, int], trace: Trace) -> bool:
        kind = problem.data[0]
        first, second = value
        if kind == "clock":
            _, hour, minute, more = problem.data
            trace.say("Check: how long is it from the start?")
            full = (first - hour) % 24
            start = minute
            trace.say(
                f"From {hour}:{minute:02d} to {first}:{minute:02d}: "
                f"{full} hours, {full}×60={full * 60} minutes"
            )
            trace.say(calc.minus(second, start))
            trace.say(calc.plus(full * 60, second - start))
            return compare(trace, full * 60 + second - start, more)
        _, pair, a, rest = problem.data
        factor = PAIRS[pair][2]
        trace.say("Check by going back")
        if kind == "up":
            trace.say(calc.times(factor, first) if factor > first else calc.times(first, factor))
            if second:
                trace.say(calc.plus(first * factor, second))
            return compare(trace, first * factor + second, a * factor + rest)
        if rest:
            trace.say(calc.minus(first, rest))
        back = first - rest
        if back % factor:
            trace.say(f"{back} is not a multiple of {factor}")
            return False
        if factor in (10, 100, 1000):
            trace.say(f"{back}÷{factor}={back // factor}")
        else:
            trace.say(calc.over(back, factor))
        return compare(trace, back // factor, a)

    def answer(self, problem: Problem, rng: Random) -> str:
        if problem.data[0] == "clock":
            return rng.choice(
                (f"It is \\boxed{{{problem.expected}}}.", f"The time is \\boxed{{{problem.expected}}}.")
            )
        return rng.choice(
            (f"That is \\boxed{{{problem.expected}}}.", f"The result is \\boxed{{{problem.expected}}}.")
        )
