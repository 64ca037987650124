"""Runs turns one after the other, and brings what they stream to the screen."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec.structs import replace

from r1chat.core.commands import in_keys
from r1chat.core.conversation import Thinking
from r1chat.core.events import Done
from r1chat.core.forks import ForkPoint
from r1chat.engine.base import Capability
from r1chat.errors import R1ChatError
from r1chat.session import Session, TurnEnded, TurnEvent, TurnOptions, TurnStarted, Unheard
from r1chat.tui.clock import Clock
from r1chat.tui.situation import Situation
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.prompt import Prompt
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply
from r1chat.tui.widgets.transcript import Transcript

Turn = AsyncGenerator[TurnEvent, None]

_UNHEARD = "The thought was over before your words could be put into it. They are in the prompt again."
_UNHEARD_HINT = "{prompt.send} asks them; {more} opens the thought once more."


class Turns:
    """The turn that runs, and the questions that wait for it to end.

    What a person asked is always in one of four places: in the prompt, in the queue, on its way, or saved.
    What is in the queue or on its way is `unsaved`, so that it can be kept as what is in the prompt is.
    """

    def __init__(
        self,
        session: Session,
        situation: Situation,
        options: TurnOptions,
        transcript: Transcript,
        prompt: Prompt,
        clock: Clock,
        *,
        changed: Callable[[], None],
    ) -> None:
        """`options`: what holds for every turn; the situation has the thinking mode and the preset.
        `changed` is called where the list of chats or the status has something new to show.
        """
        self._session, self.drawn = session, options
        self._situation = situation
        self._transcript = transcript
        self._prompt = prompt
        self._clock = clock
        self._changed = changed
        self._queue: deque[Question] = deque()
        self._asking: Question | None = None
        self._reply: Reply | None = None
        self._stopping = False
        """A stop was asked for before the turn could be stopped."""
        self._ending = False
        """The turn that runs was stopped, or its last word is there."""
        self._bringing = ""
        """The model that is loaded for the turn that runs."""
        self._leaving = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> bool:
        """A turn runs."""
        return not self._idle.is_set()

    @property
    def ending(self) -> bool:
        """The turn that runs was stopped or has said its last word, and no other waits for its end."""
        return self.running and self._ending and not self._queue

    async def over(self) -> None:
        """Wait until no turn runs."""
        await self._idle.wait()

    @property
    def waiting(self) -> bool:
        """A question waits for a turn to end."""
        return bool(self._queue)

    @property
    def unsaved(self) -> tuple[str, ...]:
        """What was sent and is nowhere but here, as it was typed: words for the thought, and questions."""
        asking = (self._asking,) if self._asking else ()
        return (*self._session.unsaid, *(question.typed for question in (*asking, *self._queue)))

    def question(self, text: str, *, typed: str | None = None) -> Turn:
        """The turn that asks `text`, for which a person typed `typed`; from here on one is `running`."""
        self._asking = Question(text, typed=typed)
        return self._begun(self._session.send(text, self._options()))

    async def enqueue(self, text: str, *, typed: str | None = None) -> None:
        """Ask when the turn that runs has ended."""
        question = Question(text, queued=True, typed=typed)
        self._queue.append(question)
        self._changed()
        await self._transcript.add(question)

    def again(self, message_id: str) -> Turn:
        """The turn that answers once more; from here on one is `running`."""
        return self._begun(self._session.regenerate(message_id, self._options()))

    def again_with(self, message_id: str, path: str, name: str) -> Turn:
        """The turn that answers once more with another model; from here on one is `running`."""
        self._bringing = name
        return self._begun(self._session.regenerate_with(message_id, path, name, self._options()))

    def edited(self, message_id: str, text: str, *, typed: str) -> Turn:
        """The turn that asks a question in other words; from here on one is `running`."""
        self._asking = Question(text, typed=typed)
        return self._begun(self._session.edit(message_id, text, self._options()))

    def onward(self, message_id: str) -> Turn:
        """The turn that goes on with an unfinished reply; from here on one is `running`."""
        return self._begun(self._session.resume(message_id, self._options()))

    def fork(self, message_id: str, where: ForkPoint) -> Turn:
        """The turn that goes on from a place of a reply; from here on one is `running`."""
        return self._begun(self._session.fork(message_id, where, self._options()))

    async def run(self, turn: Turn) -> None:
        """Run a turn that was made here, then those that wait."""
        try:
            await self._run_one(turn)
            while self._queue and not self._leaving:
                self._asking = self._queue.popleft()
                await self._run_one(self._session.send(self._asking.text, self._options()))
        finally:
            self._idle.set()
            self._changed()

    def stop(self) -> None:
        """End the turn that runs, at the latest as soon as its question is saved; else a load."""
        self._ending = self.running
        self._stopping = self.running and self._reply is None
        if not self._stopping or self._bringing:
            self._session.stop()

    def show_progress(self) -> None:
        """Bring the line of the running thought up to date."""
        if self._reply and self._reply.pane.live:
            self._reply.pane.progress.unsaid = len(self._session.unsaid)
            self._reply.pane.show_line()

    async def take_back(self) -> None:
        """Put every question that waits back into the prompt; one that is on its way is not held up."""
        waiting = list(self._queue)
        self._queue.clear()
        if waiting:
            self._changed()
            self._prompt.give_back("\n\n".join(question.typed for question in waiting))
        for question in waiting:
            if question.is_attached:
                await question.remove()

    def take_back_last(self) -> str:
        """Take back the last question that waits, as it was typed; empty where none does."""
        if not self._queue:
            return ""
        question = self._queue.pop()
        self._changed()
        if question.is_attached:
            question.remove()
        return question.typed

    async def leave(self) -> None:
        """Stop what runs, keep it, and save the questions that wait without having them answered.

        Raises StoreError where they could not be saved; they wait on.
        """
        self._leaving = True
        try:
            self.stop()
            await self._idle.wait()
            if self._queue:
                await self._save("\n\n".join(question.text for question in self._queue))
        finally:
            self._leaving = False

    async def _save(self, text: str) -> None:
        async with aclosing(self._session.send(text, self._options())) as events:
            async for event in events:
                if isinstance(event, TurnStarted):
                    self._queue.clear()
                    return

    def _begun(self, turn: Turn) -> Turn:
        self._idle.clear()
        return turn

    async def _run_one(self, turn: Turn) -> None:
        try:
            async with aclosing(turn) as events:
                async for event in events:
                    await self._show(event)
        except R1ChatError as error:
            await self._fail(error)
        finally:
            if self._reply and self._reply.live:
                await self._reply.finish(self._reply.message)
            self._situation.end(self._reply.message if self._reply else None, self._session.engine.model)
            self._reply, self._stopping, self._ending, self._bringing = None, False, False, ""

    async def _show(self, event: TurnEvent) -> None:
        match event:
            case TurnStarted(question=question, draft=draft):
                asked, self._asking = self._asking, None
                if (conversation := self._session.conversation) is not None:
                    self._transcript.place(conversation.places())
                self._reply = await self._transcript.begin(question, draft, asked)
                self._situation.begin(draft.chat_id)
                self._situation.model, self._bringing = self._bringing or self._situation.model, ""
                if self._stopping:
                    self.stop()
                self._changed()
            case Unheard(words=words):
                self._prompt.give_back("\n\n".join(words))
                await self._transcript.add(Note(_UNHEARD, in_keys(_UNHEARD_HINT)))
            case TurnEnded(message=message):
                if self._reply:
                    await self._reply.finish(message)
            case _:
                if self._reply:
                    self._reply.feed(event)
                self._situation.observe(event, self._clock.steady())
                self._ending = self._ending or isinstance(event, Done)

    async def _fail(self, error: R1ChatError) -> None:
        """Show an error where it belongs; a question that was not saved goes back to the prompt."""
        if self._reply:
            await self._reply.fail(error)
            return
        if self._asking:
            self._queue.appendleft(self._asking)
            self._asking = None
        if not self._leaving:
            await self.take_back()
            await self._transcript.add(Note.of(error))

    def _options(self) -> TurnOptions:
        preset = self._situation.drawing.preset
        modes = Capability.MODES in self._session.engine.capabilities
        return replace(
            self.drawn,
            thinking=self._situation.thinking if modes else Thinking(),
            temperature=preset.temperature,
            top_p=preset.top_p,
        )
