"""Goes to a message of the chat that is open."""

from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.transcript import Transcript


async def show_message(
    transcript: Transcript, message_id: str, *, in_thought: bool
) -> Question | Reply | None:
    """Scroll to a message of the branch that is shown, and open its thought where that is what was found.

    None where the branch has no such message.
    """
    if (found := await transcript.reach(message_id)) is None:
        return None
    if in_thought and isinstance(found, Reply) and not found.pane.opened:
        found.pane.toggle()
    transcript.call_after_refresh(_scroll, transcript, found)
    return found


def _scroll(transcript: Transcript, widget: Question | Reply) -> None:
    transcript.release_anchor()
    transcript.scroll_to_widget(widget, top=True, animate=False, force=True, immediate=True)
