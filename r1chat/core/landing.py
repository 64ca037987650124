"""When a thought must be closed so that there is an answer."""

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import ThoughtEnd


class Landing:
    """Watches how many tokens a thought may still have.

    `room` is what may be generated in all (thought and answer), `before` how long the thought is already (an
    assistant prefix), `closing` the length of the words that land it, so that a budget is kept with them.
    Near the end a line break is awaited, since a thought cut in mid-sentence answers worse. Where the room is
    so small that the landing would eat it, the thought just runs into its end. `end` is what bounds the room:
    the reply's length or the context, of which then `reserved` tokens are the answer's.
    """

    def __init__(
        self, thinking: Thinking, room: int, closing: int, *,
        before: int = 0, reserved: int = 0, end: ThoughtEnd = ThoughtEnd.LENGTH,
    ) -> None:  # fmt: skip
        reserve = max(min(thinking.reserve, room // 3), reserved)
        by_room = room - reserve - closing if room > 3 * closing else room
        by_budget = by_room + 1
        self.wordless = False
        """The budget has no place for a sentence: the thought is closed without one."""
        if thinking.mode is Mode.BUDGET:
            left = max(0, thinking.budget - before)
            self.wordless = left <= 2 * closing
            by_budget = max(0, left - 1) if self.wordless else left - closing
        self.end = ThoughtEnd.BUDGET if by_budget <= by_room else end
        """Why it lands."""
        self._limit = min(by_budget, by_room)
        room_to_land = by_room < room or by_budget <= by_room
        self.soft = self._limit - min(128, self._limit // 8) if room_to_land else self._limit
        """Before so many tokens nothing is ever due."""

    def left(self, made: int) -> int:
        """Tokens that may follow so many before the thought must be closed."""
        return max(0, self._limit - made)

    def due(self, made: int, line_ended: bool) -> bool:
        """The thought must be closed after `made` tokens; `line_ended`: the last of them ended a line."""
        return made >= self._limit or (line_ended and made >= self.soft)
