"""The worker's own parts around a model in this process, without child and pipe."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, Event, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import Command, GenerateRequest, LoadRequest, Stop
from r1chat.engine.worker import capi
from r1chat.engine.worker.decode import Generation
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.load import Loaded, Loader
from r1chat.paths import tiny_model


class Wire:
    """Stands in for the worker's pipe: what is sent is kept, commands are given by `on_event`."""

    def __init__(self) -> None:
        self.abort = capi.AbortFlag()
        self.stopped = False
        self.commands: deque[Command] = deque()
        self.sent: list[Event] = []
        self.on_event: Callable[[Event], None] = lambda _event: None

    def send(self, event: Event) -> None:
        """Keep an event."""
        self.sent.append(event)
        self.on_event(event)

    def give(self, command: Command) -> None:
        """A command, as from the parent."""
        if isinstance(command, Stop):
            self.stopped = True
            self.abort.set()
        else:
            self.commands.append(command)


class Bench:
    """A loaded model."""

    def __init__(
        self, path: Path | None = None, *, n_ctx: int = 2048, threads: int = 1, draft: str | None = None
    ) -> None:
        capi.start(lambda _level, _text: None)
        self.wire = Wire()
        request = LoadRequest(path=str(path or tiny_model()), n_ctx=n_ctx, n_threads=threads, draft=draft)
        self.loaded: Loaded = Loader(self.wire, self.wire.abort, deque(maxlen=400)).load(request)

    @property
    def kv(self) -> KvCache:
        """Its KV cache."""
        return self.loaded.kv

    def ask(self, request: GenerateRequest, drafter: Drafter = NO_DRAFTS) -> tuple[tuple[int, ...], Done]:
        """The ids of a reply, and its end."""
        self.wire.sent.clear()
        self.wire.stopped = False
        self.wire.abort.clear()
        loaded = self.loaded
        Generation(request, loaded.tokens, loaded.kv, self.wire, drafter).run()
        ids = [e.tokens for e in self.wire.sent if isinstance(e, ThinkingDelta | AnswerDelta)]
        done = self.wire.sent[-1]
        assert isinstance(done, Done)
        return sum(ids, ()), done


def question(text: str, *, temperature: float = 0.0, seed: int = 1, **more: object) -> GenerateRequest:
    """One question."""
    sampling = Sampling(seed=seed, temperature=temperature)
    return GenerateRequest(turns=(Turn(Role.USER, text),), sampling=sampling, **more)
