"""Goes to any message of a chat, and finds what is meant though it is put away."""

from r1chat.core.conversation import Message
from r1chat.tui.widgets.branching import message_of
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.windowed import Windowed

_BEFORE = 2
"""Messages that are mounted above the one that is gone to."""


class Reaching(Windowed):
    """Has the beginning, the end, or what is between mounted and in sight."""

    _aside: Reply | None = None
    """A reply that is meant though it is put away."""

    async def to_end(self) -> None:
        """Scroll to the end, and follow it."""
        async with self._changing:
            await self._join()
        self.anchor()

    async def to_beginning(self) -> None:
        """Scroll to the first message."""
        async with self._changing:
            if self._outside.above:
                await self._show_part(0)
            if self.children:
                self.seek(self.children[0])

    async def reach(self, message_id: str) -> Question | Reply | None:
        """Have a message displayed, and scroll there where it was not; None where the branch has no such."""
        async with self._changing:
            if (found := self._displayed(message_id)) is not None:
                return found
            ids = [part.id if isinstance(part, Message) else "" for part in self._all()]
            if message_id in ids:
                await self._show_part(max(0, ids.index(message_id) - _BEFORE))
            elif any(message.id == message_id for message in map(message_of, self.said) if message):
                await self._join()
            if (found := self._displayed(message_id)) is not None:
                self.seek(found)
            return found

    @property
    def thoughts(self) -> list[str]:
        """The ids of all replies that have a thought to read, put away or not."""
        shown, end = (
            [child.message.id for child in part if isinstance(child, Reply) and child.pane.display]
            for part in self._parts()
        )
        above, below = (
            [part.id for part in parts if isinstance(part, Message) and part.thinking]
            for parts in (self._outside.above, self._outside.below)
        )
        return [*above, *shown, *below, *end]

    def reply_to(self, question_id: str) -> Reply | None:
        """The reply to a question; one that is put away is not mounted, but can be asked for all it says."""
        for shown in self.said:
            if isinstance(shown, Reply) and shown.message.parent_id == question_id:
                return shown
        for part in (*self._outside.above, *self._outside.below):
            if isinstance(part, Message) and part.parent_id == question_id:
                if self._aside is None or self._aside.message is not part:
                    self._aside = Reply(part, self._clock)
                return self._aside
        return None
