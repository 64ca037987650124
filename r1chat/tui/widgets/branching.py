"""The part of the transcript that knows of other branches."""

from collections.abc import Iterable, Mapping
from itertools import takewhile
from types import MappingProxyType
from typing import TypeVar

from textual.containers import VerticalScroll
from textual.widget import Widget

from r1chat.core.conversation import Conversation, Message, Place, Role
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply

_Shown = TypeVar("_Shown", bound=Widget)


class Branching(VerticalScroll):
    """Marks the messages that have alternatives, and takes off what a new branch leaves."""

    _places: Mapping[str, Place] = MappingProxyType({})

    @property
    def said(self) -> list[Question | Reply]:
        """What is shown of the branch; questions that wait are not of it yet."""
        return [
            widget
            for widget in self.children
            if isinstance(widget, Question | Reply) and message_of(widget) is not None
        ]

    @property
    def last_reply(self) -> Reply | None:
        """The reply furthest down."""
        return next((widget for widget in reversed(self.children) if isinstance(widget, Reply)), None)

    def behind(self, count: int) -> list[Widget]:
        """What is shown from the message of that number on, but for questions that wait."""
        said = self.said[count:]
        shown = self.children[self.children.index(said[0]) :] if said else []
        return [widget for widget in shown if not (isinstance(widget, Question) and widget.queued)]

    @property
    def _waiting(self) -> Question | None:
        """The question that waits first; it may be taken back at any moment."""
        return next((child for child in self.children if isinstance(child, Question) and child.queued), None)

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


def message_of(widget: Widget) -> Message | None:
    """The message that a widget shows; None for what shows none, or none that is saved."""
    return widget.message if isinstance(widget, Question | Reply) else None


def said_in(conversation: Conversation) -> tuple[Message, ...]:
    """Questions and replies of the active branch."""
    return tuple(message for message in conversation.path() if message.role is not Role.SYSTEM)


def alike(shown: Iterable[Message | None], messages: Iterable[Message]) -> int:
    """How many messages are shown as they are, up to the first that is not."""
    pairs = zip(shown, messages, strict=False)
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] is not None and _look(pair[0]) == _look(pair[1]), pairs)
    )


def _look(message: Message) -> tuple[object, ...]:
    """All of a message that is seen."""
    words = (message.id, message.text, message.thinking, message.thinking_closed, message.error)
    return (*words, message.status, message.finish_reason, message.elsewhere)
