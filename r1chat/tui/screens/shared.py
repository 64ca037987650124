"""What the main screen has in common with other programs on the same store, and the branches of a chat."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from textual import work

from r1chat.core.conversation import Conversation, Message, Role
from r1chat.errors import R1ChatError, StoreError
from r1chat.session import Session
from r1chat.tui.screens.steady import SteadyScreen
from r1chat.tui.situation import Situation
from r1chat.tui.turns import Turns
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.transcript import Transcript

_GONE = "This chat was deleted by another r1chat; what you see is all that is left of it."
_GONE_HINT = "Copy what you want to keep before you turn to another chat. A question needs a new chat."
LOOKS_PER_S = 2
"""How often it is asked whether another program has written."""


class SharedScreen(SteadyScreen[None]):
    """Follows what another r1chat writes, and walks through the branches of the open chat."""

    session: Session
    situation: Situation
    transcript: Transcript
    turns: Turns
    _looking = False
    _saved_late = 0
    """How often the disk had taken what it would not take before, when it was looked last."""
    _behind = False
    """Another program has written something that the transcript may not show yet."""

    def __init__(self) -> None:
        super().__init__()
        self.settled = asyncio.Event()
        """No chat is being opened or shown anew."""
        self.settled.set()
        self._showing = asyncio.Lock()
        self._unsettled = 0

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
                changed = await self.session.changed()
                if self._saved_late != self.session.saved_late:
                    self._saved_late = self.session.saved_late
                    await self._take_back()
                if changed:
                    self._behind = True
                    self.chats_changed()
                if (self._behind or self._is_written_elsewhere) and not self.turns.running:
                    self._behind = False
                    await self._reload()
        finally:
            self._looking = False

    def chats_changed(self) -> None:
        """The list of chats has something new to show."""

    @property
    def _is_written_elsewhere(self) -> bool:
        """Another program writes a reply here; that it was killed is seen only by looking again."""
        path = self.session.conversation.path() if self.session.conversation else ()
        return any(message.elsewhere for message in path)

    async def step_aside(self, message_id: str, step: int) -> None:
        """Show the alternative so many places after a message; why it cannot be is said in the transcript."""
        try:
            shown = await self.session.sibling(message_id, step)
        except R1ChatError as error:
            await self.transcript.add(Note.of(error))
        else:
            if shown is not None:
                await self.show_branch(shown)

    async def walk(self, step: int, message_id: str = "") -> str:
        """Show the next alternative to a reply; where it is the only one, to its question.

        `message_id` is that of the reply or the question; by default the last reply. The id of what is in
        its place then comes back; empty where nothing has changed.
        """
        said = _said(self.session.conversation)
        number = next((n for n, message in enumerate(said) if message.id == message_id), len(said) - 1)
        meant = number
        if message_id and number + 1 < len(said) and said[number].role is Role.USER:
            number += 1
        for message in reversed(said[max(0, number - 1) : number + 1]):
            shown = await self.session.sibling(message.id, step)
            if shown is not None:
                await self.show_branch(shown)
                now = _said(shown)
                return now[min(meant, len(now) - 1)].id
        self.notify("There is no other branch here.", markup=False, timeout=2)
        return ""

    @asynccontextmanager
    async def unsettled(self) -> AsyncGenerator[None, None]:
        """Within it a chat is opened or shown anew, one at a time; turns and commands wait for its end."""
        self._unsettled += 1
        self.settled.clear()
        try:
            async with self._showing:
                yield
        finally:
            self._unsettled -= 1
            if not self._unsettled:
                self.settled.set()

    async def _take_back(self) -> None:
        """Take back that something is only shown."""
        if notes := self.transcript.query(f"{Note.__name__}.unsaved"):
            await notes.remove()
            self.notify("What the disk would not take before is saved now.", markup=False)

    async def _reload(self) -> None:
        async with self.unsettled():
            gone = self.session.gone
            shown = await self.session.reload()
            if self.session.gone and not gone:
                await self.transcript.add(Note(_GONE, _GONE_HINT))
            if shown is not None and await self.transcript.keep_up(shown):
                self.situation.recall(shown)

    async def show_branch(self, conversation: Conversation) -> None:
        """Show the open chat as it is now."""
        await self.transcript.show(conversation)
        self.situation.recall(conversation)


def _said(conversation: Conversation | None) -> list[Message]:
    """Questions and replies of the branch that is shown."""
    path = conversation.path() if conversation else ()
    return [message for message in path if message.role is not Role.SYSTEM]
