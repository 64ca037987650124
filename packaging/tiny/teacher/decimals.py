"""Which of two decimal numbers is bigger or smaller."""

from random import Random
from typing import Final

from teacher import calc
from teacher.base import Data, Family, Problem, Trace, compare
from teacher.style import typed

BIG: Final = (
    "Which is bigger, {a} or {b}?",
    "Which number is larger: {a} or {b}?",
    "What is greater, {a} or {b}?",
    "Is {a} or {b} bigger?",
    "{a} or {b}, which is bigger?",
    "Compare {a} and {b}: which is greater?",
    "Which one is larger, {a} or {b}?",
    "{a} vs {b}: which is bigger?",
    "Tell me the larger of {a} and {b}.",
    "Is {a} bigger than {b}? Give the bigger one.",
    "Find the maximum of {a} and {b}.",
    "max({a}, {b})",
)
SMALL: Final = (
    "Which is smaller, {a} or {b}?",
    "Which number is less: {a} or {b}?",
    "Is {a} or {b} smaller?",
    "Find the minimum of {a} and {b}.",
    "Tell me the smaller of {a} and {b}.",
    "{a} or {b}, which is smaller?",
    "min({a}, {b})",
)
NAMES: Final = ("tenths", "hundredths", "thousandths")


def parts(text: str) -> tuple[str, str]:
    """What stands before the point and behind it, a 0 for nothing."""
    whole, _, tail = text.partition(".")
    return whole, tail or "0"


class Decimals(Family[str]):
    name = "decimals"

    def orders(self, data: Data) -> tuple[Data, ...]:
        a, b = data[:2]
        return ((a, b), (b, a))

    def draw(self, rng: Random) -> Data:
        while True:
            if rng.random() < 0.15:  # one of them or both without a point
                top = rng.choice((9, 99))
                a, b = str(rng.randint(0, top)), str(rng.randint(0, top))
                a = f"{a}.{self._tail(rng)}" if rng.random() < 0.35 else a
                b = f"{rng.choice((a.split('.')[0], b))}.{self._tail(rng)}" if rng.random() < 0.5 else b
                if float(a) != float(b):
                    return (a, b)
                continue
            whole = rng.choice((rng.randint(0, 9), rng.randint(10, 99)))
            other = whole if rng.random() < 0.75 else rng.choice((rng.randint(0, 9), rng.randint(10, 99)))
            a, b = f"{whole}.{self._tail(rng)}", f"{other}.{self._tail(rng)}"
            if rng.random() < 0.3 and whole == other:
                lead = a.split(".")[1][:1]
                b = f"{whole}.{lead}{self._tail(rng)[:2]}"
            if float(a) != float(b):
                return (a, b)

    def _tail(self, rng: Random) -> str:
        digits = rng.choice((1, 2, 2, 3))
        return "".join(rng.choice("0123456789") for _ in range(digits - 1)) + rng.choice("123456789")

    def phrase(self, data: Data, rng: Random) -> Problem:
        a, b = data[:2]
        small = data[2] if data[2:] else rng.random() < 0.25
        question = typed(rng.choice(SMALL if small else BIG).format(a=a, b=b), rng)
        first = (float(a) < float(b)) == small
        return Problem(self.name, question, a if first else b, (a, b, small))

    def held(self, data: Data) -> bool:
        return super().held(data[:2])

    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> str:
        a, b, small = problem.data
        word = "smaller" if small else "bigger"
        trace.say(rng.choice(("I want the {} of {} and {}", "The {} one of {} and {}")).format(word, a, b))
        for text in (a, b):
            if "." not in text:
                trace.say(f"{text} is {text}.0")
        (x, p), (y, q) = parts(a), parts(b)
        trace.say(f"Whole parts: {calc.order(int(x), int(y))}")
        more = int(x) > int(y) if x != y else self._digits(p, q, x, trace, slip)
        return self._chosen(a, b, more, small, trace)

    def _chosen(self, a: str, b: str, more: bool, small: bool, trace: Trace) -> str:
        """Say which one is asked for, in the order of the question."""
        first = more != small
        trace.say(f"So {a}{'>' if more else '<'}{b}, the {'first' if more else 'second'} is bigger")
        word, place = "smaller" if small else "bigger", "first" if first else "second"
        trace.say(f"I want the {word}, the {place}: {a if first else b}")
        return a if first else b

    def _digits(self, p: str, q: str, whole: str, trace: Trace, slip: bool) -> bool:
        width = max(len(p), len(q))
        if len(p) != len(q) and slip and int(p) != int(q):
            more = int(p) > int(q)
            trace.say(f"After the point: {p} and {q}, {max(int(p), int(q))} is bigger", False)
            return more
        if len(p) != len(q):
            trace.say(f"Same length: {whole}.{p.ljust(width, '0')} and {whole}.{q.ljust(width, '0')}")
        for place in range(width):
            m, n = p.ljust(width, "0")[place], q.ljust(width, "0")[place]
            trace.part(f"{NAMES[place]}: {m}")
            if m == n:
                trace.say(f"={n}")
                continue
            more = (m > n) != slip
            trace.say(f"{'>' if more else '<'}{n}", not slip)
            return more
        raise ValueError("the numbers are equal")

    def check(self, problem: Problem, value: str, trace: Trace) -> bool:
        a, b, small = problem.data
        width = max(len(parts(text)[1]) for text in (a, b))
        m, n = ("".join(parts(text)) + "0" * (width - len(parts(text)[1])) for text in (a, b))
        more = int(m) > int(n)
        trace.say(f"Check with whole numbers, in {NAMES[width - 1]}")
        trace.say(calc.order(int(m), int(n)))
        return compare(trace, value, self._chosen(a, b, more, small, trace))

    def answer(self, problem: Problem, rng: Random) -> str:
        word = rng.choice(("smaller", "less")) if problem.data[2] else rng.choice(("bigger", "larger"))
        return rng.choice(
            (f"\\boxed{{{problem.expected}}} is {word}.", f"The {word} one is \\boxed{{{problem.expected}}}.")
        )
