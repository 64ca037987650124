"""What a person asked."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from r1chat.core.conversation import Message
from r1chat.tui.widgets.plain_text import PlainText


class Question(Vertical):
    """A question: words as they were typed; `queued` while it waits its turn."""

    queued: reactive[bool] = reactive(False)

    def __init__(self, text: str, *, message: Message | None = None, queued: bool = False) -> None:
        super().__init__(classes="-queued" if queued else "")
        self.text = text
        self.message = message
        """None until the question is saved."""
        self.set_reactive(Question.queued, queued)

    @property
    def message_id(self) -> str | None:
        """None until the question is saved."""
        return self.message.id if self.message else None

    def compose(self) -> ComposeResult:
        yield PlainText(self.text)
        yield Static(Content("queued · Esc takes it back"), classes="note", markup=False)

    def watch_queued(self, queued: bool) -> None:
        self.set_class(queued, "-queued")
