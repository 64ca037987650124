"""The steps of a long thought: paragraphs that begin with a word that turns it."""

import re
from enum import StrEnum

import msgspec

TITLE = 72
"""Characters of a paragraph that make its title."""


class Turn(StrEnum):
    """What a step does."""

    DOUBT = "doubts"
    CHECK = "checks"
    OTHER = "tries another way"
    STEP = "goes on"
    RESULT = "concludes"


_SIGNS: tuple[tuple[Turn, str], ...] = (
    (
        Turn.CHECK,
        r"(?:Wait,? |So,? |Now,? |But )?(?:let me|let's|I(?:'ll| will| should)) "
        r"(?:just )?(?:double[- ]?check|re-?check|check|verify|test)"
        r"|Check(?:ing)?\b|Verif(?:y|ying)\b|(?:让我|我来)?(?:再)?(?:检查|验证|验算)",
    ),
    (Turn.DOUBT, r"Wait\b|Hmm|Hold on|But\b|However\b|Actually\b|等等|等一下|不对|但是?|不过"),
    (Turn.OTHER, r"Alternatively\b|Another (?:way|approach)|Or (?:maybe|else)|另外|或者|换"),
    (Turn.RESULT, r"So\b|Therefore\b|Thus\b|Hence\b|The (?:final )?answer|所以|因此|那么|综上"),
    (
        Turn.STEP,
        r"First(?:ly)?\b|Second(?:ly)?\b|Third(?:ly)?\b|Next\b|Then\b|Now\b|Finally\b|Step \d"
        r"|首先|其次|然后|接下来|最后",
    ),
)
_TURNS = re.compile("|".join(f"(?P<{turn.name}>{words})" for turn, words in _SIGNS), re.IGNORECASE)


class Step(msgspec.Struct, frozen=True):
    """A step."""

    at: int
    """Characters of the thought before it."""
    turn: Turn
    title: str


class Outline:
    """Grows with its thought; more text costs by what is added, however much is there."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.length = 0
        """Characters so far."""
        self._line = ""
        self._at = 0
        self._done = False

    def feed(self, text: str) -> None:
        """Take more of the thought."""
        *lines, last = text.split("\n")
        for line in lines:
            self._add(line)
            self._end()
            self.length += 1
            self._at, self._line, self._done = self.length, "", False
        self._add(last)

    def finish(self) -> None:
        """The thought is over: its last line is whole."""
        self._end()

    def checks_after(self, place: int) -> int:
        """How often it was doubted or checked from there on."""
        return sum(step.at > place and step.turn in {Turn.DOUBT, Turn.CHECK} for step in self.steps)

    def _add(self, text: str) -> None:
        if len(self._line) < TITLE:
            self._line += text[: TITLE + 1]
        self.length += len(text)
        if len(self._line) >= TITLE:
            self._end()

    def _end(self) -> None:
        """The line has a step or it has none."""
        words = self._line.strip()
        found = None if self._done or not words else _TURNS.match(words)
        if words:
            self._done = True
        if found and found.lastgroup:
            title = words if len(words) < TITLE else words[: TITLE - 1].rstrip() + "…"
            self.steps.append(Step(self._at, Turn[found.lastgroup], title))
