"""One turn while it runs: what was asked, what came so far, and how it ends."""

import asyncio

from msgspec.structs import replace

from r1chat.core.conversation import Message, Sampling, Status
from r1chat.core.events import AnswerDelta, Event, Resumed, Rewound, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn, turns_of
from r1chat.core.reply import Reply
from r1chat.engine.base import GenerateRequest
from r1chat.errors import StoreError
from r1chat.session.values import TurnOptions
from r1chat.store import Store
from r1chat.store.journal import Journal
from r1chat.store.rows import Piece


class RunningTurn:
    """A turn between its `TurnStarted` and its `TurnEnded`."""

    def __init__(self, question: Message, draft: Message, options: TurnOptions, journal: Journal) -> None:
        self.question, self.draft, self.journal = question, draft, journal
        self._options = options
        self._reply = Reply(draft)
        self._noted = self._reply.injected
        self._status, self._error = Status.ERROR, "Something unforeseen ended this turn."
        self.stopped = asyncio.Event()
        """The person wants it to end."""
        self.saving: asyncio.Task[None] | None = None
        """Puts the end on disk."""
        self.unsaved: StoreError | None = None
        """Why the end is not on disk."""

    @property
    def store(self) -> Store:
        """Where it is kept."""
        return self.journal.store

    @property
    def done(self) -> bool:
        """The engine said how it ended."""
        return self._reply.done is not None

    def sign(self, fingerprint: str) -> None:
        """Tell which model answers, before it does.

        Ids that the draft begins with are dropped where they are of another vocabulary: its words stay.
        """
        tokens = self.draft.tokens if self.draft.fingerprint == fingerprint else ()
        self.draft = replace(self.draft, fingerprint=fingerprint, tokens=tokens)
        self._reply = Reply(self.draft)

    def expect(self, words: str) -> None:
        """A person's words are about to stand in the thought."""
        self._reply.expect(words)

    @property
    def thought_over(self) -> bool:
        """Nothing can be put into the thought any more."""
        return self._reply.thought_over

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Words that were expected and do not stand in the thought, or not yet."""
        return self._reply.unsaid

    def give_up(self) -> tuple[str, ...]:
        """Expect no words any more; what was unsaid comes back."""
        return self._reply.give_up()

    async def keep(self, event: Event, now: float) -> None:
        """Take one of the engine's events, and bring it on its way to disk. `now` is in seconds."""
        self._reply.feed(event, now)
        match event:
            case ThinkingDelta(text=text, tokens=tokens, closed=closed):
                await self.journal.add(Piece(text, "", tokens, closed, self._reply.thinking_s))
                if self._reply.injected != self._noted:
                    self._noted = self._reply.injected
                    self.journal.rewrite(self._reply.message(Status.PARTIAL))
            case AnswerDelta(text=text, tokens=tokens):
                await self.journal.add(Piece("", text, tokens))
            case Rewound():
                self.journal.rewrite(self._reply.message(Status.PARTIAL))
            case Resumed(tokens) if tokens != self.draft.tokens:
                self.journal.rewrite(self._reply.message(Status.PARTIAL))
            case _:
                pass

    def end(self, status: Status, error: str = "") -> None:
        """How it ended; where the engine said so itself, that counts."""
        self._status, self._error = status, error

    def message(self) -> Message:
        """The reply as far as it got."""
        return self._reply.message(self._status, error=self._error)

    def request(self, branch: tuple[Message, ...]) -> GenerateRequest:
        """What the engine is asked. `branch` ends in the question."""
        turns: tuple[Turn, ...] = turns_of(branch)
        return GenerateRequest(
            turns=turns,
            prefix=self._prefix(),
            thinking=self._options.thinking,
            sampling=self.draft.sampling or Sampling(seed=0),
            max_tokens=self._options.max_tokens,
            chat="" if self.store.in_memory else self.draft.chat_id,  # named, the engine saves what it read
            drafts=self._options.drafts,
            overflow=self._options.overflow,
        )

    def _prefix(self) -> Prefix | None:
        """The words that the draft began with, and their ids where they are known."""
        draft = self.draft
        if not (draft.thinking or draft.text):
            return None
        return Prefix(draft.thinking, draft.text, draft.thinking_closed, draft.tokens)
