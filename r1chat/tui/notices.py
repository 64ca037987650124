"""An application that says a thing once, however often there is a reason to."""

from textual.notifications import Notify

from r1chat.tui.sweeping import SweepingApp


class NoticesApp(SweepingApp):
    """Of equal notices the newest takes the place of those before."""

    def on_notify(self, event: Notify) -> None:
        """Textual adds it after this."""
        new = event.notification
        for old in tuple(self._notifications):
            if (old.message, old.title, old.severity) == (new.message, new.title, new.severity):
                self._unnotify(old, refresh=False)
