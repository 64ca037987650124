"""A remark of r1chat's own in the transcript: what happened, and what to do next."""

from enum import StrEnum

from textual.app import ComposeResult
from textual.containers import Vertical

from r1chat.core.commands import in_keys
from r1chat.engine.base import ContextFull
from r1chat.errors import R1ChatError, Unsaved
from r1chat.tui.widgets.plain_text import PlainText


class Tone(StrEnum):
    """How grave a remark is. The sign before the words says it without colour."""

    NOTICE = "notice"
    ERROR = "error"


_SIGNS = {Tone.NOTICE: "–", Tone.ERROR: "✗"}
_FULL = "{edit_question} edits the question, {new_chat} starts a new chat, {settings} sets the context."


class Note(Vertical):
    """A sentence, and below it a hint."""

    def __init__(self, message: str, hint: str = "", *, tone: Tone = Tone.NOTICE) -> None:
        super().__init__(classes=f"-{tone}")
        self.message = message
        self.hint = hint
        self.tone = tone

    @classmethod
    def of(cls, error: R1ChatError) -> "Note":
        """The note that shows an error."""
        hint = f"{error.hint} {in_keys(_FULL)}" if isinstance(error, ContextFull) else error.hint
        note = cls(error.message, hint, tone=Tone.ERROR)
        return note.set_class(isinstance(error, Unsaved), "unsaved")

    def compose(self) -> ComposeResult:
        yield PlainText(f"{_SIGNS[self.tone]} {self.message}", classes="message")
        if self.hint:
            yield PlainText(self.hint, classes="hint")
