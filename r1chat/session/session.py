"""Session: chats of one store, talked about with one model.

Send, regenerate, edit and resume are one path that differs in where it starts.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from r1chat.core.conversation import (
    MAX_SEED,
    Chat,
    Conversation,
    Message,
    Mode,
    Origin,
    Role,
    Thinking,
)
from r1chat.core.events import Loading
from r1chat.core.forks import Beginning, Edited, ForkPoint, Reopened, beginning, thought_ids
from r1chat.engine.base import Engine, LoadRequest
from r1chat.errors import R1ChatError, StoreError
from r1chat.session.runner import Runner
from r1chat.session.shelf import Shelf
from r1chat.session.turn import RunningTurn
from r1chat.session.values import TurnEvent, TurnOptions
from r1chat.store import Store, Unwritable
from r1chat.store.journal import Journal

_Begin = Callable[[Message], Awaitable[tuple[Message, Message]]]
"""Commits question and draft and returns both; it is given how the draft is to be made, without its place."""


class Session(Shelf):
    """Chats of one store, talked about with one model. Owns both from then on: `aclose` ends both.

    Turns are async generators; use them within `contextlib.aclosing`, since closing one early stops it and
    saves what there is. Store calls run in one worker thread, so the event loop never waits for a disk.
    `clock` gives seconds and only goes forward; it times thoughts.
    """

    def __init__(
        self,
        store: Store,
        engine: Engine,
        request: LoadRequest,
        *,
        model: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(store, None if request.state_folder is None else Path(request.state_folder))
        self._engine, self._model = engine, model
        self._beginning = asyncio.Lock()
        self._commits: set[asyncio.Task[RunningTurn]] = set()
        self._runner = Runner(self._call, engine, request, saved=self._ended, clock=clock)
        self._closed = False

    @property
    def engine(self) -> Engine:
        """For its `model` and `capabilities`."""
        return self._engine

    @property
    def model(self) -> str:
        """The name under which the model was asked for, such as `tiny`."""
        return self._model

    # --- turns ---------------------------------------------------------------------------------------------

    def send(self, text: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Ask `text` at the end of the open branch.

        Raises UsageError for options that cannot be, StoreError where it could not be saved; then nothing
        was written. Raises what `Engine.generate` raises after `TurnEnded`.
        """

        async def begin(draft: Message) -> tuple[Message, Message]:
            chat = self.conversation.chat if self.conversation else Chat(id="")
            return await self._call(
                partial(self._current.ask, chat.id or None, chat.active_leaf, text, draft)
            )

        return self._turn(begin, options)

    def regenerate(self, message_id: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Answer again: a sibling of an answer, or another answer to a question. Raises as `send`."""

        async def begin(draft: Message) -> tuple[Message, Message]:
            _, old = self._find(message_id)
            question = self._question(message_id)
            draft = replace(draft, chat_id=question.chat_id, parent_id=question.id)
            if old.role is Role.ASSISTANT:
                draft = replace(draft, origin=Origin.REGENERATE, forked_from=old.id, forked_at=0)
            return question, await self._call(partial(self._current.begin_draft, draft))

        return self._turn(begin, options)

    async def regenerate_with(
        self, message_id: str, path: str, name: str, options: TurnOptions
    ) -> AsyncGenerator[TurnEvent, None]:
        """Load another model, then answer again with it; it is the one in use from then on.

        Raises what `Engine.load` raises, and then nothing was written and the model before is used on.
        """
        async with aclosing(self._runner.exchange(path)) as loading:
            async for step in loading:
                yield step
        self._model = name
        async with aclosing(self.regenerate(message_id, options)) as events:
            async for event in events:
                yield event

    def edit(self, message_id: str, text: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Ask a question (or that of an answer) in other words, as a sibling of it. Raises as `send`."""

        async def begin(draft: Message) -> tuple[Message, Message]:
            old = self._question(message_id)
            ask = partial(self._current.ask, old.chat_id, old.parent_id, text, draft, edited=old.id)
            return await self._call(ask)

        return self._turn(begin, options)

    def resume(self, message_id: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Go on from an unfinished thought or answer, as a sibling that begins with its words.

        Raises as `send`.
        """

        async def begin(draft: Message) -> tuple[Message, Message]:
            _, old = self._find(message_id)
            question = self._question(message_id)
            draft = replace(draft, chat_id=question.chat_id, parent_id=question.id)
            if old.role is Role.ASSISTANT and (old.thinking or old.text):
                draft = _begun_like(draft, old)
            return question, await self._call(partial(self._current.begin_draft, draft))

        return self._turn(begin, options)

    def use(self, path: str, name: str) -> None:
        """Answer with another model from the next turn on, which reads the open chat then; `load` brings it.

        A turn that runs must have ended before.
        """
        self._model = name
        self._runner.use(path)

    def load_as(self, request: LoadRequest) -> None:
        """Load the model anew, its path aside as `request` says, from the next turn on; `load` does it now.

        A turn that runs must have ended before.
        """
        self._runner.load_as(request)

    async def fork(
        self, message_id: str, where: ForkPoint, options: TurnOptions
    ) -> AsyncGenerator[TurnEvent, None]:
        """Go on from any character of a reply, from an edited thought, or think more: as a sibling of it.

        What `where` keeps of the reply is not computed again. A budget is for what is thought from here on.
        Raises UsageError for a place that the reply does not have, else as `send`.
        """
        _, old = self._find(message_id)
        kept = beginning(old, where)
        thinking = options.thinking
        if kept.closed and not kept.thought:
            thinking = Thinking(Mode.OFF)
        elif thinking.mode is Mode.OFF and not kept.closed:
            thinking = Thinking()
        elif isinstance(where, Reopened) and thinking.mode is Mode.BUDGET:
            thinking = replace(thinking, budget=thinking.budget + thought_ids(old))

        async def begin(draft: Message) -> tuple[Message, Message]:
            question = self._question(message_id)
            draft = replace(draft, chat_id=question.chat_id, parent_id=question.id)
            origins = {Edited: Origin.INJECT, Reopened: Origin.THINK_MORE}
            draft = replace(
                _begun_like(draft, _cut(old, kept)),
                origin=origins.get(type(where), Origin.FORK),
                forked_at=None,  # the store counts the ids in common, once the engine has told its own
            )
            return question, await self._call(partial(self._current.begin_draft, draft))

        async with aclosing(self._turn(begin, replace(options, thinking=thinking))) as events:
            async for event in events:
                yield event

    @property
    def saved_late(self) -> int:
        """How often the disk took what it would not take before."""
        return self._runner.settled + self._adrift.landed

    async def changed(self) -> bool:
        """Whether another program may have written, as `Shelf.changed`.

        What the disk would not take of a reply is brought there, where it does now.
        """
        await self._runner.settle()
        return await super().changed()

    def load(self) -> AsyncGenerator[Loading, None]:
        """Load the model ahead of the first question. Raises as `Engine.load` does."""
        return self._runner.load()

    def stop(self) -> None:
        """End what runs: a turn, else the turn that waits, else a load. What was produced is kept."""
        self._runner.stop()

    def answer_now(self) -> bool:
        """Close the running thought and answer; False where it is over."""
        return self._runner.answer_now()

    def inject(self, text: str) -> bool:
        """Put words into the running thought; False where it is over.

        Should it end before it has them, the turn streams `Unheard`.
        """
        return self._runner.inject(text)

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Words that wait to be put into the running thought."""
        return self._runner.unsaid

    async def aclose(self) -> None:
        """Stop and save what runs, end the engine, close the store. Safe to call twice.

        Raises StoreError where a turn that nobody watches any more could not be saved.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if self._commits:
                await asyncio.wait(self._commits)  # what was begun is to be ended
            await self._runner.end_all()
            await self._land(())
            await self._engine.aclose()
            await self._close_stores()
        finally:
            self._thread.shutdown()
        if self._runner.unsaved is not None:
            raise self._runner.unsaved

    # --- the one path --------------------------------------------------------------------------------------

    async def _turn(self, begin: _Begin, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        options.check()
        turn = await self._whole(asyncio.create_task(self._committed(begin, options), name="commit the turn"))
        async with aclosing(self._runner.run(turn)) as events:
            async for event in events:
                yield event

    async def _whole(self, commit: asyncio.Task[RunningTurn]) -> RunningTurn:
        """The turn, once it is committed. Cancelled meanwhile, it is ended on disk: no draft stays behind."""
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        try:
            return await asyncio.shield(commit)
        except asyncio.CancelledError:
            ending = asyncio.create_task(self._abandon(commit), name="end the turn")
            await asyncio.shield(ending)
            raise

    async def _abandon(self, commit: asyncio.Task[RunningTurn]) -> None:
        with suppress(R1ChatError):  # nothing was written then, and nobody listens any more
            await self._runner.abandon(await commit)

    async def _committed(self, begin: _Begin, options: TurnOptions) -> RunningTurn:
        """Question and draft on disk, and in the open conversation."""
        template = Message(
            id="",
            chat_id="",
            parent_id=None,
            role=Role.ASSISTANT,
            thinking_closed=options.thinking.mode is Mode.OFF,
            model=self._model,
            fingerprint=self._runner.fingerprint,
            sampling=options.sampling(secrets.randbelow(MAX_SEED + 1)),
            thinking_mode=options.thinking,
        )
        async with self._beginning:  # the second of two quick questions goes below the first
            await self._runner.settle()
            before, store = self.conversation, self._current
            try:
                question, draft = await begin(template)
            except Unwritable:
                if self.conversation is not before or self._current is not store:
                    raise
                await self._carry()
                store = self._current
                question, draft = await begin(template)
            turn = RunningTurn(question, draft, options, Journal(store, draft.id, self._call))
            self._runner.add(turn)
            if self.conversation is before and self._current is store:
                try:
                    shown = self._complete(await self._call(partial(store.conversation, draft.chat_id)))
                except StoreError:
                    await self._runner.abandon(turn)
                    raise
                if self.conversation is before and self._current is store:
                    self.conversation = shown
        return turn

    async def _ended(self, turn: RunningTurn) -> StoreError | None:
        """Bring the open conversation up to date with a turn; why that is not on disk, where it is not."""
        refused = await self._land(self._runner.in_use(turn))
        await self._show(turn.message())
        return refused if turn.store in self._adrift else None

    async def _show(self, message: Message) -> None:
        shown = self._open_chat(message.chat_id)
        if shown is None:
            return
        with suppress(StoreError):  # where the disk refuses, what is on the screen counts
            shown = self._complete(await self._call(partial(self._current.conversation, message.chat_id)))
        messages = tuple(message if other.id == message.id else other for other in shown.messages)
        if self._open_chat(message.chat_id) is not None:
            self.conversation = Conversation(shown.chat, messages)

    def _complete(self, conversation: Conversation) -> Conversation:
        return self._runner.complete(conversation)

    def _question(self, message_id: str) -> Message:
        """A question by its id, or by that of an answer to it."""
        _, message = self._find(message_id)
        if message.role is Role.ASSISTANT and message.parent_id is not None:
            _, message = self._find(message.parent_id)
        if message.role is not Role.USER:
            raise R1ChatError("There is no question to that message.", "Choose a question or an answer.")
        return message


def _cut(old: Message, kept: Beginning) -> Message:
    """`old` with what is kept of it. Its ids stay whole: engines use them as far as they spell its words."""
    share = min(1.0, len(kept.thought) / len(old.thinking)) if old.thinking else 0.0
    return replace(
        old,
        thinking=kept.thought,
        thinking_closed=kept.closed,
        text=kept.answer,
        thinking_s=old.thinking_s * share,
        injected=tuple(words for words in old.injected if words.text.strip() in kept.thought),
    )


def _begun_like(draft: Message, old: Message) -> Message:
    """`draft`, beginning with what `old` had; ids only where they are not known to be of another model."""
    same = not draft.fingerprint or draft.fingerprint == old.fingerprint
    return replace(
        draft,
        thinking=old.thinking,
        thinking_closed=old.thinking_closed,
        text=old.text,
        tokens=old.tokens if same else (),
        thinking_s=old.thinking_s,
        origin=Origin.CONTINUE,
        forked_from=old.id,
        forked_at=len(old.tokens),
        injected=old.injected,
        fingerprint=old.fingerprint if same else draft.fingerprint,
    )
