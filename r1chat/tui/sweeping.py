"""An application that looks for cyclic garbage while nobody acts."""

import gc
import time

from textual.events import Event, InputEvent

from r1chat.tui.in_turn import InTurnApp

_LOOKS_EVERY_S = 0.2
_QUIET_S = 0.4
"""Nobody has acted for so long."""
_SOME, _MANY = 10, 30
"""Collections of what is younger, after which the oldest is looked at: while nobody acts, and in any case."""
_REST = 300
"""So many times as long as a look took is none while a reply streams: it is to cost next to nothing."""
_NEVER = 1_000_000


class SweepingApp(InTurnApp):
    """To look through all objects takes a third of a second in a long chat, too long for one who scrolls.

    So Python does not do it of itself (https://docs.python.org/3/library/gc.html), and what was there before
    the first paint, modules above all, is left out.
    """

    _acted = 0.0
    """When somebody last did, on the monotonic clock."""
    _rested = 0.0
    """From then on it may be looked again."""

    def on_mount(self) -> None:
        """From here on the oldest objects are looked at when this says so."""
        self._usual = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*self._usual[:2], _NEVER)
        self.set_interval(_LOOKS_EVERY_S, self._sweep)

    def on_unmount(self) -> None:
        """As Python does it again."""
        gc.set_threshold(*self._usual)
        gc.unfreeze()

    async def on_event(self, event: Event) -> None:
        """Note that somebody acts."""
        if isinstance(event, InputEvent):
            self._acted = time.monotonic()
        await super().on_event(event)

    def _sweep(self) -> None:
        now, waiting = time.monotonic(), gc.get_count()[2]
        acts = now - self._acted < _QUIET_S
        if waiting >= _MANY if acts else (waiting >= _SOME and now >= self._rested):
            gc.collect()
            self._rested = now + _REST * (time.monotonic() - now)
