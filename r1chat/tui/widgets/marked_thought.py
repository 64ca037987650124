"""A thought with marks on it: words that are not the model's, words that are looked for, and a caret."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import ClassVar

from textual.strip import Strip

from r1chat.core.provenance import Foreign
from r1chat.tui.caret import spot
from r1chat.tui.finding import Finder
from r1chat.tui.line_drawing import Layer, draw
from r1chat.tui.shown_thought import ShownThought
from r1chat.tui.widgets.thought_view import ThoughtView

_FOREIGN, _FOUND, _AT, _CARET = "reader--foreign", "reader--found", "reader--at", "reader--caret"


class MarkedThought(ThoughtView):
    """What is shown is `said.shown`, and may be longer than the thought."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {_FOREIGN, _FOUND, _AT, _CARET}

    def __init__(self, thought: str = "", foreign: Iterable[Foreign] = ()) -> None:
        self.said = ShownThought(thought, foreign)
        super().__init__(self.said.shown)
        self.finder: Finder | None = None
        self.found: int | None = None
        """Number of the place where the search stands."""
        self.moved_to: int | None = None
        """Where a person put the caret, in characters of what is shown."""

    @property
    def text(self) -> str:
        """The thought, as it was given."""
        return self.said.thought

    @property
    def caret(self) -> int:
        """Where the caret stands, in characters of what is shown; at the end until it is moved."""
        end = len(self.said.shown.rstrip())
        return end if self.moved_to is None else min(self.moved_to, end)

    @property
    def place(self) -> int:
        """Where the caret stands, in characters of the thought."""
        return self.said.place_said(self.caret)

    # The text grows.

    def append(self, text: str, *, forced: bool = False) -> None:
        """Add to the end; `forced` words are not the model's."""
        self._grow(self.said.append(text, forced=forced))

    def settle(self) -> None:
        """No more of the thought is forced: show what waited to be told apart."""
        self._grow(self.said.settle())

    def attribute(self, thought: str, foreign: Iterable[Foreign]) -> None:
        """The thought is over; this is what was kept of it, and whose words are in it."""
        said = ShownThought(thought, foreign)
        if (said.thought, said.foreign) != (self.said.thought, self.said.foreign):
            self._show(said)

    def cut(self, characters: int) -> None:
        """Keep only the first characters of the thought."""
        self._show(self.said.cut(characters))

    def rewind(self) -> None:
        """The text is whole: it is read from its beginning, unless a person reads it already."""
        if self.moved_to is None:
            super().rewind()

    def _grow(self, shown: str) -> None:
        super().append(shown)
        if self.finder is not None:
            self.finder.look(self.said.shown)
            self.refresh()

    def _show(self, said: ShownThought) -> None:
        self.said = said
        super().replace(said.shown)

    # It is drawn.

    def render_line(self, y: int) -> Strip:
        """One line of the window."""
        at = y + self.scroll_offset.y
        laid_out = self._text.laid_out(self._columns)
        if at >= len(laid_out.lines):
            return draw(self, "", at, self._columns)
        line, start = laid_out.lines[at], laid_out.starts[at]
        layers = self._marked(start, start + len(line))
        if self.has_focus and spot(laid_out.starts, caret := self.caret).line == at:
            line = line.ljust(caret - start + 1)
            layers.append(self._layer(_CARET, caret - start, caret - start + 1))
        return draw(self, line, at, self._columns, layers)

    def _marked(self, start: int, end: int) -> list[Layer]:
        """What is drawn in another way on the line of these characters."""
        marks = self.said.marks
        first = max(0, bisect_left(marks, (start, start)) - 1) if marks else 0
        layers = [
            self._layer(_FOREIGN, mark.start - start, mark.end - start)
            for mark in marks[first:]
            if mark.start < end and mark.end > start
        ]
        if self.finder is not None:
            now = None if self.found is None else self.finder.places[self.found]
            for at in self.finder.within(start, end):
                name = _AT if at == now else _FOUND
                layers.append(self._layer(name, at - start, at - start + self.finder.length))
        return layers

    def _layer(self, name: str, start: int, end: int) -> Layer:
        return Layer(start, end, self.get_component_rich_style(name, partial=True))
