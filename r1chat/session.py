"""The one use case: a turn of a chat is asked, streamed, and saved while it streams.

Send, regenerate, edit and resume are one path that differs in where it starts.
"""

from collections.abc import AsyncGenerator

import msgspec

from r1chat.core.conversation import Chat, Conversation, Message, Thinking
from r1chat.core.events import Event, Loading
from r1chat.engine.base import Engine, LoadRequest
from r1chat.store import Store


class TurnOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn is to be thought and drawn."""

    thinking: Thinking = Thinking()
    temperature: float = 0.6
    """0 is greedy."""
    top_p: float = 0.95
    seed: int | None = None
    """0 … 2**32-2. None: drawn at random, and saved with the message."""
    max_tokens: int | None = None
    """Tokens to generate at most, thought and answer together. None: until the context is full."""


class TurnStarted(msgspec.Struct, frozen=True):
    """Question and draft are on disk; the turn may still wait for the engine."""

    question: Message
    draft: Message
    """Status `partial`. A resumed one begins with the words that it goes on from."""


class TurnEnded(msgspec.Struct, frozen=True):
    """The turn is over, however it ended."""

    message: Message
    """As saved, text and thought whole."""


TurnEvent = TurnStarted | Event | TurnEnded
"""What a turn streams: `TurnStarted`, the engine's events, `TurnEnded`."""


class Session:
    """Chats of one store, talked about with one model. Owns both from then on: `aclose` ends both.

    Turns are async generators; use them within `contextlib.aclosing`, since closing one early stops it and
    saves what there is. Store calls run in one worker thread, so the event loop never waits for a disk.
    """

    def __init__(self, store: Store, engine: Engine, request: LoadRequest, *, model: str) -> None:
        self.conversation: Conversation | None = None
        """The open chat; None is a new chat of which nothing is written yet."""

    @property
    def engine(self) -> Engine:
        """For its `model` and `capabilities`."""
        raise NotImplementedError

    def load(self) -> AsyncGenerator[Loading, None]:
        """Load the model ahead of the first question. Raises as `Engine.load` does."""
        raise NotImplementedError

    async def chats(self, limit: int = 200) -> tuple[Chat, ...]:
        """Heads of the chats, the last used first. Raises StoreError."""
        raise NotImplementedError

    async def open(self, chat_id: str) -> Conversation:
        """Open a chat by its id or the unique beginning of one. Raises StoreError."""
        raise NotImplementedError

    async def open_last(self) -> Conversation | None:
        """Open the chat used last; None where there is none. Raises StoreError."""
        raise NotImplementedError

    def new(self) -> None:
        """Turn to a new chat. Nothing is written before its first question."""
        raise NotImplementedError

    def send(self, text: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Ask `text` at the end of the open branch.

        Raises StoreError where it could not be saved, and what `Engine.generate` raises after `TurnEnded`.
        """
        raise NotImplementedError

    def regenerate(self, message_id: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Answer again: a sibling of an answer, or another answer to a question. Raises as `send`."""
        raise NotImplementedError

    def edit(self, message_id: str, text: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Ask a question in other words, as a sibling of it. Raises as `send`."""
        raise NotImplementedError

    def resume(self, message_id: str, options: TurnOptions) -> AsyncGenerator[TurnEvent, None]:
        """Go on from an unfinished thought or answer, as a sibling that begins with its words.

        Raises as `send`.
        """
        raise NotImplementedError

    async def select(self, message_id: str) -> Conversation:
        """Look at the branch through that message, down to its youngest leaf. Raises StoreError."""
        raise NotImplementedError

    def stop(self) -> None:
        """End what runs: a turn, else the turn that waits, else a load. What was produced is kept."""
        raise NotImplementedError

    def answer_now(self) -> None:
        """Close the running thought and answer."""
        raise NotImplementedError

    def inject(self, text: str) -> None:
        """Put words into the running thought."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Stop and save what runs, end the engine, close the store. Safe to call twice."""
        raise NotImplementedError
