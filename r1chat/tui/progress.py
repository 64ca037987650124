"""How far a running thought is, in one line."""

from dataclasses import dataclass, field

from r1chat.core.conversation import Message, Mode
from r1chat.core.remarks import circles_cut
from r1chat.tui.speedometer import Speedometer
from r1chat.tui.wording import duration, thought_title

_CELLS = 8
"""Of a budget's bar."""


@dataclass
class Progress:
    """Figures of a live thought."""

    budget: int = 0
    """Tokens that it may have; 0: no bound."""
    before: int = 0
    """Tokens of it that were there when it was gone on with; they count towards the budget."""
    circles: int = 0
    """How often it was cut back from a circle."""
    unsaid: int = 0
    """How many remarks of a person wait to be put into it."""
    _meter: Speedometer = field(default_factory=Speedometer)

    @classmethod
    def of(cls, draft: Message) -> "Progress":
        """The figures of a reply that begins."""
        mode = draft.thinking_mode
        return cls(mode.budget if mode and mode.mode is Mode.BUDGET else 0)

    def count(self, tokens: int, now: float) -> None:
        """More tokens came; `now` in seconds on a clock that never jumps."""
        self._meter.count(tokens, now)

    def line(self, now: float) -> str:
        """Seconds, tokens and speed, the latter where tokens can be counted; empty before the first."""
        meter = self._meter
        if not meter.begun:
            return ""
        tokens = f"{meter.tokens:,} tok" if meter.tokens else ""
        if self.budget and meter.tokens:
            tokens = budget_bar(self.before + meter.tokens, self.budget)
        figures = ("Thinking", duration(meter.seconds(now)), tokens, meter.speed)
        parts = (*figures, self._waiting(), circles_cut(self.circles))
        return " · ".join(part for part in parts if part)

    def _waiting(self) -> str:
        return f"{self.unsaid} remarks wait" if self.unsaid > 1 else "your words wait" if self.unsaid else ""

    def over(self, now: float) -> str:
        """The line that stays, as far as it can be known from here."""
        return thought_title(self._meter.seconds(now), self._meter.tokens)


def budget_bar(used: int, budget: int) -> str:
    """`▰▰▰▱▱▱▱▱ 192/512 tok`: full only where the budget is spent, begun with the first token."""
    cells = min(_CELLS, max(used > 0, _CELLS * used // budget))
    return f"{'▰' * cells}{'▱' * (_CELLS - cells)} {used:,}/{budget:,} tok"
