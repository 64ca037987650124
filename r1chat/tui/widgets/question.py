"""What a person asked."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from r1chat.core.attached import split
from r1chat.core.commands import in_keys
from r1chat.core.conversation import Message
from r1chat.tui.widgets.branch_mark import BranchMark
from r1chat.tui.widgets.folded_file import FoldedFile
from r1chat.tui.widgets.plain_text import PlainText


class Question(Vertical):
    """A question: files folded, words as they were typed; `queued` while it waits its turn."""

    queued: reactive[bool] = reactive(False)

    def __init__(
        self, text: str, *, message: Message | None = None, queued: bool = False, typed: str | None = None
    ) -> None:
        """`typed` is what a person typed, where `text` is more: it has the files that were named."""
        super().__init__(classes="-queued" if queued else "")
        self.text = text
        self.typed = text if typed is None else typed
        self.mark = BranchMark()
        self.message = message
        """None until the question is saved."""
        self.set_reactive(Question.queued, queued)

    @property
    def message_id(self) -> str | None:
        """None until the question is saved."""
        return self.message.id if self.message else None

    def compose(self) -> ComposeResult:
        files, words = split(self.text)
        yield from map(FoldedFile, files)
        if words.strip() or not files:
            yield PlainText(words)
        yield self.mark
        yield Static(
            Content(in_keys("queued · Up takes the last back, {stop} all")), classes="note", markup=False
        )

    def watch_queued(self, queued: bool) -> None:
        self.set_class(queued, "-queued")
