"""A text area in which a question that was asked may be edited."""

from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from r1chat.tui.widgets.completing_area import CompletingArea


class QuestionArea(CompletingArea):
    """Says so on its border while one is edited."""

    @dataclass
    class QuestionLeft(Message):
        """A person does not want to edit a question any more."""

    def editing(self, title: str) -> None:
        """A question that was asked is edited here, as `title` says; empty: none is any more."""
        self.border_title = Content(title)
        self.set_class(bool(title), "-editing")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A question is left where one is edited."""
        if action == "leave" and self.has_class("-editing"):
            return True
        return super().check_action(action, parameters)

    def action_leave(self) -> None:
        """Close the list, else stop editing."""
        if self.completions.offer is not None:
            super().action_leave()
        else:
            self.post_message(self.QuestionLeft())
