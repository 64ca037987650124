"""When a thought must be closed so that there is an answer."""

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import ThoughtEnd


class Landing:
    """Watches the room that a thought has left, in tokens.

    `room` is what may be generated in all (thought and answer); None in `thinking.mode` full means only the
    room counts. `closing` is the length of the words that land it, so that a budget is kept with them.
    Near the end a line break is awaited, since a thought cut in mid-sentence answers worse. Where the room is
    so small that the landing would eat it, the thought just runs into it.
    """

    def __init__(self, thinking: Thinking, room: int, closing: int) -> None:
        reserve = min(thinking.reserve, room // 3)
        by_room = room - reserve - closing if room > 3 * closing else room
        by_budget = by_room + 1
        if thinking.mode is Mode.BUDGET:
            by_budget = max(0, thinking.budget - closing)
        self.end = ThoughtEnd.BUDGET if by_budget <= by_room else ThoughtEnd.RESERVE
        self._limit = min(by_budget, by_room)
        self._soft = self._limit - min(128, self._limit // 8)

    def due(self, thought_tokens: int, line_ended: bool) -> bool:
        """The thought must be closed now; `line_ended`: its last token ended a line."""
        return thought_tokens >= self._limit or (line_ended and thought_tokens >= self._soft)
