"""Goes to a message of the chat that is open."""

from r1chat.core.conversation import Conversation, Role
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.transcript import Transcript


async def show_message(
    transcript: Transcript, conversation: Conversation, message_id: str, *, in_thought: bool
) -> Question | Reply | None:
    """Scroll to a message of the branch that is shown, and open its thought where that is what was found.

    None where the branch has no such message.
    """
    path = [message.id for message in conversation.path() if message.role is not Role.SYSTEM]
    if message_id not in path:
        return None
    shown = [widget for widget in _said(transcript) if widget.message is not None]
    missing = len(path) - path.index(message_id) - len(shown)
    if missing > 0:
        await transcript.load_older(missing)
    found = next(
        (widget for widget in _said(transcript) if widget.message and widget.message.id == message_id), None
    )
    if found is None:
        return None
    if in_thought and isinstance(found, Reply) and not found.pane.opened:
        found.pane.toggle()
    transcript.call_after_refresh(_scroll, transcript, found)
    return found


def _said(transcript: Transcript) -> list[Question | Reply]:
    return [widget for widget in transcript.children if isinstance(widget, Question | Reply)]


def _scroll(transcript: Transcript, widget: Question | Reply) -> None:
    transcript.release_anchor()
    transcript.scroll_to_widget(widget, top=True, animate=False, force=True, immediate=True)
