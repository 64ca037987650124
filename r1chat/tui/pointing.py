"""Shows for a while what a search has led to."""

from r1chat.core.search import Field, Hit
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply

LASTS_S = 4.0
_CLASS = "-found"


def point_at(widget: Question | Reply, hit: Hit) -> None:
    """Set off the message; in a thought the words are marked, and the first of them is in sight."""
    widget.add_class(_CLASS)
    reader = widget.pane.reader if isinstance(widget, Reply) and hit.field is Field.THOUGHT else None
    words = next((span.text for span in hit.snippet if span.hit), "")
    if reader is not None:
        reader.go(0)
        reader.seek(words)
        reader.call_after_refresh(reader.go, reader.caret)  # by now it may have no height yet
    search = reader.finder if reader is not None else None

    def over() -> None:
        widget.remove_class(_CLASS)
        if reader is not None and reader.finder is search:  # else a person looks for something else by now
            reader.seek("")

    widget.set_timer(LASTS_S, over)
