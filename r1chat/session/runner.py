"""Runs turns on the one engine, one after the other, and brings each to disk however it ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Protocol, TypeVar

from msgspec.structs import replace

from r1chat.core.conversation import Conversation, Message, Status
from r1chat.core.events import Done, Event, Loading
from r1chat.engine.base import AnswerNow, Engine, EngineError, Inject, LoadCancelled, LoadRequest, Stop
from r1chat.errors import R1ChatError, StoreError, Unsaved
from r1chat.session.turn import RunningTurn
from r1chat.session.values import TurnEnded, TurnEvent, TurnStarted, Unheard
from r1chat.store import Gone, Store
from r1chat.store.rows import storable

_Value = TypeVar("_Value")


class Call(Protocol):
    """Runs a call of the store in the store's own thread."""

    def __call__(self, function: Callable[[], _Value]) -> Awaitable[_Value]:
        """Its value, or what it raised."""


class Runner:
    """Turns in the order in which they came; a load counts as one. `saved` is told of each turn's end, and
    says why it is not on disk where it cannot be.

    `clock` gives seconds and only goes forward.
    """

    def __init__(
        self,
        call: Call,
        engine: Engine,
        request: LoadRequest,
        *,
        saved: Callable[[RunningTurn], Awaitable[StoreError | None]],
        clock: Callable[[], float],
    ) -> None:
        self._call, self._engine, self._request = call, engine, request
        self._saved, self._clock = saved, clock
        self._loaded = False
        self._free = asyncio.Lock()
        self._turns: list[RunningTurn] = []
        self._running: RunningTurn | None = None
        self._owed: list[RunningTurn] = []
        """Turns that are over, and whose end the disk would not take."""
        self.settled = 0
        """How many of them it took later."""
        self.fingerprint = ""
        """Of the model, once it was loaded."""
        self.unsaved: StoreError | None = None
        """Why the last turn is not on disk, where nobody was told yet."""

    def use(self, path: str) -> None:
        """Load that file from now on. A partner that drafted for the old model would not suit the new one."""
        self._request = replace(self._request, path=path, draft=None)
        self._loaded = False

    async def exchange(self, path: str) -> AsyncGenerator[Loading, None]:
        """Load that file when the engine is free; where it cannot be loaded, the one before is used on."""
        before = self._request
        self.use(path)
        try:
            async with aclosing(self.load()) as events:
                async for event in events:
                    yield event
        finally:
            if not self._loaded:
                self._request = before

    def load_as(self, request: LoadRequest) -> None:
        """Load the same file in another way from now on."""
        self._request = replace(request, path=self._request.path)
        self._loaded = False

    async def load(self) -> AsyncGenerator[Loading, None]:
        """Load the model when the engine is free. Raises as `Engine.load` does."""
        async with self._free, aclosing(self._load()) as events:
            async for event in events:
                yield event

    def add(self, turn: RunningTurn) -> None:
        """Take charge of a turn that was committed: from now on it is brought to disk, run or not."""
        self._turns.append(turn)

    def in_use(self, ending: RunningTurn) -> tuple[Store, ...]:
        """Stores into which turns are written, but for one that ends."""
        return tuple(turn.store for turn in self._turns if turn is not ending)

    async def abandon(self, turn: RunningTurn) -> None:
        """End a turn that was added and will not run."""
        turn.end(Status.CANCELLED)
        await self._finish(turn)

    async def run(self, turn: RunningTurn) -> AsyncGenerator[TurnEvent, None]:
        """The events of a turn that was added. Raises, after `TurnEnded`, what engine or store raised."""
        failure: R1ChatError | None = None
        try:
            yield TurnStarted(turn.question, turn.draft)
            async with aclosing(self._stream(turn)) as events:
                async for event in events:
                    yield event
                    if turn.thought_over and (words := turn.give_up()):
                        yield Unheard(words)
        except LoadCancelled:
            turn.end(Status.CANCELLED)
        except R1ChatError as error:
            turn.end(Status.ERROR, error.message)
            failure = error
        except (GeneratorExit, asyncio.CancelledError):
            turn.end(Status.CANCELLED)
            raise
        finally:
            await self._finish(turn)
        if words := turn.give_up():
            yield Unheard(words)
        yield TurnEnded(turn.message())
        if turn.unsaved is not None:
            self.unsaved = None
            raise turn.unsaved from failure
        if failure is not None:
            raise failure

    def stop(self) -> None:
        """End the turn that runs, else the last that waits, else the load."""
        if self._running is not None:
            self._running.stopped.set()
            self._engine.control(Stop())
        elif self._turns:
            self._turns[-1].stopped.set()
        else:
            self._engine.control(Stop())

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Words that wait to be put into the thought of the turn that runs."""
        return self._running.unsaid if self._running is not None else ()

    def answer_now(self) -> bool:
        """Close the thought of the turn that runs; False where it is over."""
        if self._running is None or self._running.thought_over:
            return False
        self._engine.control(AnswerNow())
        return True

    def inject(self, text: str) -> bool:
        """Put words into the thought of the turn that runs, and note them as the person's.

        False where the thought is over: nothing is done with them.
        """
        if self._running is None or self._running.thought_over:
            return False
        self._running.expect(text)
        self._engine.control(Inject(text))
        return True

    async def end_all(self) -> None:
        """Bring every turn to disk as far as it got, watched or not."""
        self._engine.control(Stop())
        for turn in tuple(self._turns):
            turn.stopped.set()
            if turn.saving is None:
                turn.end(Status.CANCELLED)
            await self._finish(turn)
        await self.settle()

    async def settle(self) -> None:
        """Bring to disk what it would not take of turns that are over, as far as it does now."""
        for turn in tuple(self._owed):
            try:
                await self._call(partial(turn.store.finish_draft, turn.message()))
            except Gone:
                pass  # nobody wants it any more
            except StoreError:
                return
            self._owed = [other for other in self._owed if other is not turn]
            self.settled += 1

    def complete(self, conversation: Conversation) -> Conversation:
        """A chat as it was read from the disk, with what the disk would not take of its replies."""
        owed = {turn.draft.id: turn.message() for turn in self._owed}
        messages = tuple(owed.get(message.id, message) for message in conversation.messages)
        return Conversation(conversation.chat, messages) if owed else conversation

    async def _stream(self, turn: RunningTurn) -> AsyncGenerator[Event, None]:
        """The engine's events, once it is this turn's time; each is kept before it is shown."""
        if turn.saving is not None or not await self._time_has_come(turn):
            turn.end(Status.CANCELLED)
            return
        self._running, stop_repeated = turn, False
        try:
            async with aclosing(self._events(turn)) as events:
                async for event in events:
                    if turn.stopped.is_set() and not stop_repeated and not isinstance(event, Done):
                        self._engine.control(Stop())  # the first may have come before there was what to stop
                        stop_repeated = True
                    await turn.keep(event, self._clock())
                    yield event
        finally:
            self._running = None
            self._free.release()

    async def _events(self, turn: RunningTurn) -> AsyncGenerator[Event, None]:
        if not self._loaded and not turn.stopped.is_set():
            async with aclosing(self._load()) as loading:
                async for step in loading:
                    yield step
        branch = await self._branch(turn)
        if turn.stopped.is_set():
            turn.end(Status.CANCELLED)
            return
        request = turn.request(branch)
        async with aclosing(self._engine.generate(request)) as events:
            async for event in events:
                yield event
        if not turn.done:
            raise EngineError("The engine ended the reply without saying why.", "Ask again.")

    async def _branch(self, turn: RunningTurn) -> tuple[Message, ...]:
        """What the engine is to read; nothing where the turn was stopped, since the store may be closed."""
        if turn.stopped.is_set():
            return ()
        await self._sign(turn)
        conversation = await self._call(partial(turn.store.conversation, turn.draft.chat_id))
        return self.complete(conversation).path(turn.question.id)

    async def _load(self) -> AsyncGenerator[Loading, None]:
        async with aclosing(self._engine.load(self._request)) as events:
            async for event in events:
                yield event
        self._loaded = True
        if self._engine.model is not None:
            self.fingerprint = storable(self._engine.model.fingerprint)

    async def _time_has_come(self, turn: RunningTurn) -> bool:
        """Wait for the engine to be free, and take it; False where the person stopped the turn before."""
        granted = asyncio.ensure_future(self._free.acquire())
        stopped = asyncio.ensure_future(turn.stopped.wait())
        try:
            await asyncio.wait({granted, stopped}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if granted.done():
                self._free.release()
            raise
        finally:
            stopped.cancel()
            if not granted.done():
                granted.cancel()
        return granted.done()

    async def _sign(self, turn: RunningTurn) -> None:
        """Note whose token ids the draft will hold, now that the model is known."""
        if not self.fingerprint or turn.draft.fingerprint == self.fingerprint:
            return
        turn.sign(self.fingerprint)
        try:
            await self._call(partial(turn.store.sign_draft, turn.draft.id, self.fingerprint))
        except StoreError:
            return  # it is written with the end of the turn again, and that is where a refusal is told

    async def _finish(self, turn: RunningTurn) -> None:
        """Bring the turn to disk, once; it goes on even where the one who waits for it is cancelled."""
        if turn.saving is None:
            turn.saving = asyncio.create_task(self._save(turn), name="save the turn")
        await asyncio.shield(turn.saving)

    async def _save(self, turn: RunningTurn) -> None:
        try:
            await turn.journal.close()
            await self._write(turn)
            if (refused := await self._saved(turn)) is not None:
                turn.unsaved = self.unsaved = refused
        finally:
            self._turns.remove(turn)

    async def _write(self, turn: RunningTurn) -> None:
        write = partial(turn.store.finish_draft, turn.message())
        try:
            await self._call(write)
        except StoreError:
            await turn.journal.flush()
            try:
                await self._call(write)
            except StoreError as error:
                turn.unsaved = self.unsaved = _told(error, turn.journal.behind)
                if not isinstance(error, Gone):
                    self._owed.append(turn)


def _told(error: StoreError, behind: int) -> StoreError:
    """What is safe, and what is not, when the end of a turn could not be saved."""
    if isinstance(error, Gone):
        lost = "Question and reply are only shown here."
        return StoreError(f"{error.message} {lost}", f"Copy them before you quit. {error.hint}")
    if behind == 0:
        safe = "The question and every word of the reply are on disk, marked as unfinished."
        return Unsaved(f"{error.message} {safe}", error.hint)
    lost = (
        f"The question is on disk, and the reply but for its last {behind} tokens: those are only shown here."
    )
    return Unsaved(f"{error.message} {lost}", f"Copy them before you quit. {error.hint}")
