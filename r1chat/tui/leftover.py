"""An application that keeps what is typed and not sent."""

from collections.abc import Callable

from textual import work
from textual.timer import Timer

from r1chat.tui.clock import Clock
from r1chat.tui.personal import PersonalApp
from r1chat.tui.preferences import Preferences
from r1chat.tui.unsent import NOTHING, Draft, Unsent

_SOON_S = 0.5
"""So far is what is on disk behind what is typed, however long somebody types on."""


class LeftoverApp(PersonalApp):
    """Brings it to disk a moment after a key, and at the end to the last key."""

    def __init__(self, preferences: Preferences, clock: Clock, unsent: Unsent) -> None:
        super().__init__(preferences, clock)
        self.draft: Callable[[], Draft] = lambda: NOTHING
        """What is typed now."""
        self._unsent = unsent
        self._latest = NOTHING
        self._soon: Timer | None = None

    def keep_draft(self) -> None:
        """What is typed has changed; once nothing is, as after sending, that is on disk at once."""
        if self._soon is not None and self.draft().is_blank:
            self._soon.stop()
            self.keep_now()
        elif self._soon is None:
            self._soon = self.set_timer(_SOON_S, self.keep_now)

    def keep_now(self) -> None:
        """Have it on disk soon."""
        self._soon, self._latest = None, self.draft()
        self.keep_unsent()

    @work(name="unsent", group="unsent", thread=True, exit_on_error=False)
    def keep_unsent(self) -> None:
        """Bring what is typed to disk; the latest of it, should this thread be late."""
        self._unsent.keep(self._latest)

    def on_unmount(self) -> None:
        """Keep it for next time."""
        self._latest = self.draft()
        self._unsent.keep(self._latest)
