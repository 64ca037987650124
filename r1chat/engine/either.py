"""EitherEngine: the engine of this machine for files, a server's for addresses, one of them at a time."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from r1chat.core.address import is_address
from r1chat.core.events import Event, Loading
from r1chat.engine.base import Capability, Command, Engine, GenerateRequest, LoadRequest, ModelInfo


class EitherEngine:
    """Loads what is a file with an engine of `local`, and what is an address with one of `remote`.

    `path` is what will be loaded first: what that can do is known from the beginning.
    """

    def __init__(self, local: Callable[[], Engine], remote: Callable[[], Engine], path: str) -> None:
        self._makers = {False: local, True: remote}
        self._remote = is_address(path)
        self._engine = self._makers[self._remote]()
        self._coming: Engine | None = None
        """Another one, while it is loaded in the first one's place."""

    @property
    def model(self) -> ModelInfo | None:
        """See Engine.model."""
        return self._engine.model

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the engine in use can do."""
        return self._engine.capabilities

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """See Engine.load. Where another kind of engine cannot load it, the one before stays as it was."""
        remote = is_address(request.path)
        engine = self._engine if remote == self._remote else self._makers[remote]()
        self._coming, loaded = engine, False
        try:
            async with aclosing(engine.load(request)) as events:
                async for event in events:
                    yield event
            loaded = True
        finally:
            self._coming = None
            if engine is not self._engine:
                before = engine
                if loaded:
                    before, self._engine, self._remote = self._engine, engine, remote
                await before.aclose()

    def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """See Engine.generate."""
        return self._engine.generate(request)

    def control(self, command: Command) -> None:
        """See Engine.control."""
        (self._coming or self._engine).control(command)

    async def aclose(self) -> None:
        """End both."""
        for engine in (self._coming, self._engine):
            if engine is not None:
                await engine.aclose()
