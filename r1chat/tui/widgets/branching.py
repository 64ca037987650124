"""The part of the transcript that knows of other branches."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from textual.containers import VerticalScroll
from textual.widget import Widget

from r1chat.core.conversation import Message, Place
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply

_Shown = TypeVar("_Shown", bound=Widget)


class Branching(VerticalScroll):
    """Marks the messages that have alternatives, and takes off what a new branch leaves."""

    _places: Mapping[str, Place] = MappingProxyType({})

    def place(self, places: Mapping[str, Place]) -> None:
        """Show which messages have alternatives, by their ids; it also holds for those shown later."""
        self._places = places
        for widget in self.children:
            self.marked(widget)

    def marked(self, widget: _Shown) -> _Shown:
        """A message with its mark."""
        if isinstance(widget, Question | Reply) and widget.message is not None:
            widget.mark.place = self._places.get(widget.message.id)
        return widget

    async def leave_branch(self, question: Message) -> bool:
        """Take off what is not of the branch that goes on with `question`; whether that is shown already.

        A question that is new takes the place of its alternative, where that is shown.
        """
        shown = [widget for widget in self.children if not (isinstance(widget, Question) and widget.queued)]
        for number, widget in enumerate(shown):
            if isinstance(widget, Question) and (other := widget.message) is not None:
                same = other.id == question.id
                if same or other.parent_id == question.parent_id:
                    await self.remove_children(shown[number + same :])
                    return same
        return False
