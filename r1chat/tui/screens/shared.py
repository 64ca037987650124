"""What the main screen has in common with other programs on the same store, and the branches of a chat."""

from contextlib import suppress

from textual import work
from textual.screen import Screen

from r1chat.core.conversation import Conversation, Role
from r1chat.errors import StoreError
from r1chat.session import Session
from r1chat.tui.situation import Situation
from r1chat.tui.turns import Turns
from r1chat.tui.widgets.transcript import Transcript

LOOKS_PER_S = 2
"""How often it is asked whether another program has written."""


class SharedScreen(Screen[None]):
    """Follows what another r1chat writes, and walks through the branches of the open chat."""

    session: Session
    situation: Situation
    transcript: Transcript
    turns: Turns
    _looking = False

    def on_mount(self) -> None:
        self.set_interval(1 / LOOKS_PER_S, self.look_for_others)

    @work(name="others", group="others", exit_on_error=False)
    async def look_for_others(self) -> None:
        """Show what another program has changed; a running turn is not disturbed."""
        if self._looking:
            return
        self._looking = True
        try:
            with suppress(StoreError):  # whoever needs the store next will be told
                if await self.session.changed():
                    self.chats_changed()
                    if not self.turns.running:
                        await self._reload()
        finally:
            self._looking = False

    def chats_changed(self) -> None:
        """The list of chats has something new to show."""

    async def walk(self, step: int) -> None:
        """Show the next alternative to the last reply; where it is the only one, to its question."""
        conversation = self.session.conversation
        said = (
            [message for message in conversation.path() if message.role is not Role.SYSTEM]
            if conversation
            else []
        )
        for message in reversed(said[-2:]):
            shown = await self.session.sibling(message.id, step)
            if shown is not None:
                await self._show(shown)
                siblings = shown.siblings(message)
                on_path = {other.id for other in shown.path()}
                place = next((n for n, other in enumerate(siblings, 1) if other.id in on_path), 1)
                self.notify(f"‹{place}/{len(siblings)}›", markup=False, timeout=2)
                return
        self.notify("There is no other branch here.", markup=False, timeout=2)

    async def _reload(self) -> None:
        before = self.session.conversation
        after = await self.session.reload()
        if before is not None and after is not None and after.path() != before.path():
            await self._show(after)

    async def _show(self, conversation: Conversation) -> None:
        await self.transcript.show(conversation)
        self.situation.recall(conversation)
