"""What a problem, a worked turn and a family of problems are."""

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Generic, TypeVar

Value = TypeVar("Value")  # what the work comes to: a number, roots, an expression
Data = tuple[Any, ...]
Pieces = tuple[tuple[str, bool], ...]

HELD_SHARE: Final = 10  # one problem in ten is never trained on

# The questions shown off in the README are always on the training side.
SHOWN: Final[frozenset[tuple[str, Data]]] = frozenset(
    {
        ("quadratic", (5, 6)),
        ("derivative", ((1, 3), (2, 2), (-5, 1), (1, 0))),
        ("linear", ("ax+b", 2, 5, 13)),
        ("letters", ("strawberry",)),
        ("decimals", ("9.11", "9.9")),
        ("ops", ("a+b*c", 2, 2, 2)),
    }
)


@dataclass(frozen=True)
class Segment:
    """A run of text or one special token; `learn` says whether it counts in the loss."""

    text: str
    markup: bool
    learn: bool


@dataclass(frozen=True)
class Problem:
    """A question with its canonical answer; `data` is what the train/held-out split is made on."""

    family: str
    question: str
    expected: str
    data: Data
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Turn:
    """A question worked out; a piece of thought with False is a deliberate slip, not learned."""

    question: str
    thought: Pieces
    answer: str


class Trace:
    """Collects the lines of a thought together with what of it is learned."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, bool]] = []

    def part(self, text: str, learn: bool = True) -> None:
        """Append text without ending the line."""
        if not text:
            return
        if self._pieces and self._pieces[-1][1] == learn:
            self._pieces[-1] = (self._pieces[-1][0] + text, learn)
        else:
            self._pieces.append((text, learn))

    def say(self, text: str, learn: bool = True) -> None:
        """Append a whole line."""
        self.part(text + "\n", learn)

    def pieces(self) -> Pieces:
        """The thought without its last newline, which belongs to the closing of the thought."""
        kept = list(self._pieces)
        while kept and not kept[-1][0].rstrip("\n"):
            kept.pop()
        if kept:
            kept[-1] = (kept[-1][0].rstrip("\n"), kept[-1][1])
        return tuple(kept)


def is_held(family: str, key: Data) -> bool:
    """Whether the problem belongs to the part that is never trained on."""
    if (family, key) in SHOWN:
        return False
    digest = hashlib.blake2b(repr((family, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % HELD_SHARE == 0


class Family(ABC, Generic[Value]):
    """One kind of problem: draws it, phrases it, works it out and checks a result."""

    name: str

    @abstractmethod
    def draw(self, rng: Random) -> Data:
        """The numbers or words of a random problem."""

    @abstractmethod
    def phrase(self, data: Data, rng: Random) -> Problem:
        """A question about `data` in one of many wordings."""

    @abstractmethod
    def work(self, problem: Problem, rng: Random, trace: Trace, slip: bool) -> Value:
        """Write the work and return its value, a wrong one after a slip."""

    @abstractmethod
    def check(self, problem: Problem, value: Value, trace: Trace) -> bool:
        """Write a check of `value` by another route; True when it holds."""

    @abstractmethod
    def answer(self, problem: Problem, rng: Random) -> str:
        """The right answer in a sentence."""

    def held(self, data: Data) -> bool:
        """Whether `data` is on the held-out side."""
        return is_held(self.name, data)

    def orders(self, data: Data) -> tuple[Data, ...]:
        """`data`, and the same numbers in another order where that asks for much the same work."""
        return (data,)

    def barred(self, data: Data) -> bool:
        """Whether `data` in any order is on the held-out side: none of them is trained on."""
        return any(self.held(order) for order in self.orders(data))

    def sided(self, data: Data, held: bool) -> bool:
        """Whether `data` may be asked on that side; what is barred but not held is on neither."""
        return self.held(data) if held else not self.barred(data)

    def problem(self, rng: Random, held: bool) -> Problem:
        """A random problem from the training side, or from the held-out side."""
        while True:
            data = self.draw(rng)
            if self.sided(data, held):
                return self.phrase(data, rng)

    def close(self, problem: Problem, trace: Trace, rng: Random) -> None:
        """The last line of a thought."""
        lead = rng.choice(("So the answer is", "The answer is", "Answer:"))
        trace.say(f"{lead} {problem.expected}")

    def quick(self, problem: Problem, rng: Random) -> Turn:
        """The answer at once, as with thinking off."""
        return Turn(problem.question, (), self.answer(problem, rng))

    def solve(self, problem: Problem, rng: Random) -> Turn:
        """The problem worked out: plainly, with a check, or with a slip that the check finds."""
        mood = rng.random()
        return self.worked(problem, rng, check=mood < 0.42, slip=mood < 0.14)

    def worked(self, problem: Problem, rng: Random, check: bool, slip: bool) -> Turn:
        """Like `solve` with the kind of thought chosen by the caller."""
        trace = Trace()
        value = self.work(problem, rng, trace, slip)
        if check:
            self.settle(problem, value, trace, rng)
        self.close(problem, trace, rng)
        return Turn(problem.question, trace.pieces(), self.answer(problem, rng))

    def settle(self, problem: Problem, value: Value, trace: Trace, rng: Random) -> None:
        """Check `value`; when the check fails, say so and work again."""
        if self.check(problem, value, trace):
            return
        trace.say(
            rng.choice(
                (
                    "Wait, there is a mistake. I do it again",
                    "Wait, that is wrong. Once more",
                    "Wait, I made a slip. Again from the start",
                )
            )
        )
        self.work(problem, rng, trace, False)  # not checked again: a stubborn mistake would go round for ever


def compare(trace: Trace, got: object, want: object) -> bool:
    """Write and return whether the check's result is what it should be."""
    if got == want:
        trace.say(f"I get {got} and should get {want}: the same, good")
        return True
    trace.say(f"I get {got} and should get {want}: not the same")
    return False


def off_by(value: int, rng: Random, low: int = 0) -> int:
    """A wrong value close to the right one, for a deliberate slip."""
    wrong = value + rng.choice((-2, -1, 1, 2))
    return wrong if wrong >= low and wrong != value else value + 1
