"""Lines under the prompt: the files that will go with the question."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

from textual.content import Content
from textual.widgets import Static

from r1chat.core.terminal import plain
from r1chat.tui.attaching import Attaching, Found, size
from r1chat.tui.pasting import Pastes
from r1chat.tui.wording import lines, percent

Work = Awaitable[None] | Callable[[], Coroutine[None, None, None]] | Callable[[], None]
"""What a worker does; called by it, nothing is left behind where a key cancels it before it begins."""
_MOST = 5
"""Files that have a line of their own."""


class Attachments(Static):
    """Shown while what is typed names files."""

    def __init__(self, pastes: Pastes) -> None:
        super().__init__(markup=False)
        self.attaching = Attaching(Path.cwd(), pastes)
        self.display = False

    def follow(self, text: str) -> None:
        """Show the files that `text` names."""
        if "@" in text or self.display:
            look: Work = partial(self.attaching.look, text, self._show)
            self.screen.run_worker(
                look, name="attachments", group="attachments", exclusive=True, exit_on_error=False
            )

    def _show(self, files: Sequence[Found]) -> None:
        told = [self._line(found) for found in files[:_MOST]]
        if len(files) > _MOST:
            told.append(f"  and {len(files) - _MOST} more")
        self.update(Content("\n".join(map(_flat, told))))
        self.display = bool(files)

    def _line(self, found: Found) -> str:
        if found.trouble:
            return f"✗ {found.trouble}"
        if found.document is None:
            return f"… {found.name} is being read"
        text, kind = found.document
        line = " · ".join(filter(None, (found.name, kind, lines(text), size(found.tokens))))
        room = self.attaching.room
        if self.attaching.too_large(found.tokens):
            return f"✗ {line}: more than the context of {room:,}"
        return f"+ {line} · {percent(found.tokens, room)} of the context" if room else f"+ {line}"


def _flat(line: str) -> str:
    return plain(line).replace("\n", " ")
