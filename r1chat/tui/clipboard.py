"""An application whose copies arrive."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError
from r1chat.tui import carriers
from r1chat.tui.notices import NoticesApp


class ClipboardApp(NoticesApp):
    """Copies by the terminal, and by what else there is."""

    def __init__(self) -> None:
        super().__init__()
        self.copied: Callable[[], Path | None] = lambda: None
        """The file for what may not arrive; None where nothing is to be written."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy `text`; halves of characters, which no encoding can write, become signs."""
        text = text.encode("utf-8", "replace").decode()
        super().copy_to_clipboard(text)
        self.run_worker(
            self._carry(text, self.copied()),
            name="clipboard",
            group="clipboard",
            exclusive=True,
            exit_on_error=False,
        )

    async def _carry(self, text: str, path: Path | None) -> None:
        """See that it arrives, and say where it is where it may not; by then the chat may have been left."""
        command = carriers.program(os.environ)
        if command and await carriers.run(command, text):
            return
        long = len(text.encode()) > carriers.MOST_BY_TERMINAL
        if not long and not carriers.terminal_may_refuse(os.environ):
            return
        why = "It is long, and a terminal may drop it" if long else "This terminal may not have taken it"
        if path is None:
            self._tell(f"{why}; a private chat is written to no file.")
            return
        try:
            await asyncio.to_thread(carriers.write, path, text)
        except R1ChatError as error:
            self._tell(str(error))
        else:
            self._tell(f"{why}; it is also in {path}")

    def _tell(self, words: str) -> None:
        self.notify(plain(words), markup=False, timeout=8)
