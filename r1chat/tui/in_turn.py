"""An application whose keys take effect one after the other, however fast they are typed."""

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widgets import Input, TextArea

_PATIENCE_S = 2.0
"""A key that takes longer holds up the others no more."""
_ROUNDS = 4
"""A key's effects are followed so often at most: it may open a screen, whose beginning takes a round."""


class InTurnApp(App[None]):
    """Holds what is typed until the key before has had its effect.

    A key goes to the widget that has the focus when it arrives; what it means to a widget further up is only
    found when it has climbed there, and what that moves elsewhere comes as messages that climb too. Of a
    burst, the second key would be handed to whoever had the focus before the first. So a follower climbs
    behind each key, from widget to widget, in the same queues, until nothing is moved any more.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[Key | Paste] = deque()
        self._followed: Key | Paste | None = None
        """What is on its way."""
        self._patience: Timer | None = None
        self._waits = 0

    @contextmanager
    def keys_wait(self) -> Generator[None]:
        """Within it a key that is on its way has more to do, and the next is held."""
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            if not self._waits and self._followed is not None:
                self.call_later(self._arrived, self._followed, None, 1)

    async def on_event(self, event: Event) -> None:
        """Hand on what is typed, in its turn."""
        if isinstance(event, Key | Paste) and not self.screen_stack:
            return  # the program ends
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._followed is not None:
            self._held.append(event)
            if self._patience is None:
                self._patience = self.set_timer(_PATIENCE_S, partial(self._done, self._followed))
        else:
            await self._hand_on(event)

    async def _hand_on(self, event: Key | Paste) -> None:
        self._followed = event
        target = self._keys_go_to
        await super().on_event(event)
        self._climb(event, target, target, 1)

    @property
    def _keys_go_to(self) -> DOMNode | None:
        """The widget that gets the next key."""
        return (self.focused or self.screen) if self.screen_stack else None

    def _climb(
        self, event: Key | Paste, began: DOMNode | None, node: MessagePump | None, number: int
    ) -> None:
        """Come by `node` after what waits there, and so on up to here."""
        while node is not None and node is not self:
            if node.call_later(self._passed, event, began, node, number):
                return
            node = node._parent
        self.call_later(self._arrived, event, began, number)

    def _passed(self, event: Key | Paste, began: DOMNode | None, node: MessagePump, number: int) -> None:
        typed = isinstance(event, Paste) or event.is_printable
        field = isinstance(node, Input | TextArea)
        if typed and field and event._stop_propagation:  # a field has taken it: it moves nothing
            self.call_later(self._done, event)
        else:
            self._climb(event, began, node._parent, number)

    async def _arrived(self, event: Key | Paste, began: DOMNode | None, number: int) -> None:
        """What the key did is done, but for what it set in motion."""
        now = self._keys_go_to
        settled = number > 1 and now is began
        if self._waits:
            return
        if settled or number == _ROUNDS:
            await self._done(event)
        elif number == 1 and now is not began:
            self._climb(event, began, began, 2)
        else:
            self._climb(event, now, now, number + 1)

    async def _done(self, event: Key | Paste) -> None:
        """The next, please."""
        if event is not self._followed:
            return
        if self._patience is not None:
            self._patience.stop()
        self._followed = self._patience = None
        if self._held:
            await self._hand_on(self._held.popleft())
