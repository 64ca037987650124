"""A thought that is read, searched and forked with the keyboard."""

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from r1chat.core.commands import Place
from r1chat.tui.bindings import bindings
from r1chat.tui.finding import Finder
from r1chat.tui.widgets.find_line import FindLine
from r1chat.tui.widgets.walked_thought import WalkedThought


class ThoughtReader(WalkedThought, can_focus=True):
    """Keys go into it where a person asked for that; a click alone leaves them in the prompt."""

    BINDINGS = bindings(Place.THOUGHT)
    FOCUS_ON_CLICK = False

    """The thought as it was edited and not sent."""

    @dataclass
    class Asked(Message):
        """A person asks for a command that is done with the thought as a whole, or from the caret on."""

        reader: "ThoughtReader"
        name: str

        @property
        def control(self) -> Widget:
            """Where it came from."""
            return self.reader

    def read(self) -> None:
        """Take the keys, at once: the next one is meant for it."""
        self.screen.set_focus(self, scroll_visible=False)

    async def action_find(self) -> None:
        """Open the line that takes the words to find."""
        line = self._find_line
        if line is None and isinstance(self.parent, Widget):
            line = FindLine(self)
            await self.parent.mount(line, after=self)
        if line is not None:
            line.ask()

    def action_find_next(self) -> None:
        """To the next place."""
        if self.finder is not None:
            self._stand(self.finder.after(self.caret))

    def action_find_previous(self) -> None:
        """To the place before."""
        if self.finder is not None:
            self._stand(self.finder.before(self.caret))

    async def action_leave(self) -> None:
        """End the search; where there is none, back to the prompt."""
        if (line := self._find_line) is not None:
            await line.action_end()
        else:
            self.post_message(self.Asked(self, "thought.leave"))

    def action_fork(self) -> None:
        """Have it thought on from the caret."""
        self.post_message(self.Asked(self, "thought.fork"))

    def action_edit(self) -> None:
        """Have it edited."""
        self.post_message(self.Asked(self, "thought.edit"))

    def action_outline(self) -> None:
        """Have its steps listed."""
        self.post_message(self.Asked(self, "thought.outline"))

    # The search.

    def seek(self, words: str) -> None:
        """Look for words from the caret on; none end the search."""
        self.finder, self.found = (Finder(words) if words else None), None
        if self.finder is not None:
            self.finder.look(self.said.shown)
            self._stand(self.finder.after(self.caret - 1))
        self.refresh()

    def tally(self) -> str:
        """Which of how many places the search stands at."""
        if self.finder is None:
            return ""
        if self.found is None:
            return "not in this thought"
        return f"{self.found + 1}/{len(self.finder.places):,}"

    @property
    def _find_line(self) -> FindLine | None:
        return next(iter(self.parent.query(FindLine)), None) if isinstance(self.parent, Widget) else None

    def _stand(self, number: int | None) -> None:
        self.found = number
        if self.finder is not None and number is not None:
            self.go(self.finder.places[number])
        if (line := self._find_line) is not None:
            line.tell()
