"""What is said in the chat of a download that has ended."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from r1chat.core.commands import command
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.hub.queue import Entry
from r1chat.hub.states import Failed
from r1chat.tui.widgets.note import Note, Tone

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


def announce(chat: "ChatScreen", ended: Iterable[Entry]) -> None:
    """Say it in the chat, and at once to somebody who looks at another screen."""
    for entry in ended:
        note = note_of(entry)
        chat.call_later(chat.transcript.add, note)
        if chat.app.screen is not chat:
            chat.notify(plain(note.message), markup=False)


def note_of(entry: Entry) -> Note:
    """That a model is here now and which key leads to it, or why it is not and what can be done."""
    models, name = command("models").key_label, entry.item.name
    if isinstance(entry.state, Failed):
        leads = f"{models} leads to the downloads, to go on with it or to throw it away."
        reason = f"{name} was not fetched. {entry.state.reason}"
        return Note(reason, f"{entry.state.hint} {leads}", tone=Tone.ERROR)
    return Note(
        f"{name} is here, {size(entry.state.total)}, whole and right.",
        f"{models} lists it; Enter on its line has it answer from then on.",
    )
