"""The end of a chat, before it is opened."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from r1chat.core.conversation import Chat
from r1chat.core.glance import Glance
from r1chat.core.terminal import plain
from r1chat.tui.chat_rows import one_line, title
from r1chat.tui.wording import age


class Preview(VerticalScroll, can_focus=False):
    """Title, tags, model, age and count of messages; the first question, and how the last answer ends."""

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def show(self, chat: Chat | None, glance: Glance | None, now: float) -> None:
        """Show that chat, or nothing. `now` is Unix time."""
        words = Content("") if chat is None or glance is None else _words(chat, glance, now)
        self.query_one(Static).update(words)
        self.scroll_home(animate=False)


def _words(chat: Chat, glance: Glance, now: float) -> Content:
    count = f"{chat.messages} message{'s' if chat.messages != 1 else ''}"
    tags = " ".join(f"#{one_line(tag)}" for tag in chat.tags)
    facts = " · ".join(
        fact for fact in (one_line(chat.model), count, age(chat.updated_at, now), tags) if fact
    )
    parts = [Content.styled(title(chat), "bold"), Content.styled(facts, "dim")]
    if glance.question:
        parts += [Content.assemble(("\nYou  ", "dim"), one_line(glance.question))]
    if glance.answer:
        parts += [Content.assemble("\n", plain(glance.answer))]
    elif glance.thought:
        parts += [Content.assemble("\n", (f"… {plain(glance.thought)}", "italic"))]
    return Content("\n").join(parts)
