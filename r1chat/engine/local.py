"""LocalEngine: llama.cpp in a child process. Imports nothing of llama.cpp itself."""

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

import r1chat
from r1chat.childproc import Child
from r1chat.core.events import AnswerDelta, Done, Event, Loading, Prefill, ThinkingDelta
from r1chat.engine.base import (
    Capability,
    Command,
    EngineCrashed,
    EngineError,
    GenerateRequest,
    LoadRequest,
    ModelInfo,
    Stop,
)
from r1chat.engine.wire import (
    VERSION,
    Downward,
    Failed,
    Finished,
    Hello,
    Loaded,
    Probe,
    ProbeRequest,
    Upward,
    to_error,
)

DRAIN_S = 10.0
"""How long a stream that was closed early may take to wind down before its child is killed."""

_numbers = itertools.count(1)


class LocalEngine:
    """An Engine over a child process, which is started by the first load and again after a crash."""

    def __init__(self, logs: Path) -> None:
        self._log = logs / f"engine-{os.getpid()}-{next(_numbers)}.log"
        self._child: Child | None = None
        self._model: ModelInfo | None = None
        self._request: LoadRequest | None = None
        self._lock = asyncio.Lock()
        self._busy = False
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Upward)

    @property
    def model(self) -> ModelInfo | None:
        """The loaded model; None before a load and after a crash."""
        return self._model

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything: the tokens are our own."""
        return frozenset(Capability)

    @property
    def pid(self) -> int | None:
        """Process id of the child, while it lives."""
        return self._child.pid if self._child is not None and self._child.running else None

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """See Engine.load."""
        async with self._lock, contextlib.aclosing(self._load(request)) as events:
            async for event in events:
                yield event

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """See Engine.generate."""
        async with self._lock:
            if self._model is None:
                if self._request is None:
                    raise EngineError("No model is loaded.", "Load one first.")
                async with contextlib.aclosing(self._load(self._request)) as loading:
                    async for step in loading:
                        yield step
            async with contextlib.aclosing(self._ask(request)) as messages:
                async for message in messages:
                    match message:
                        case Prefill() | ThinkingDelta() | AnswerDelta() | Done():
                            yield message
                        case _:
                            raise EngineError(f"The engine sent {type(message).__name__} out of turn.")

    async def probe(self, request: ProbeRequest) -> Probe:
        """What the engine runs on, and how the loaded model tokenises a prompt. Raises EngineCrashed."""
        async with self._lock, contextlib.aclosing(self._ask(request)) as messages:
            async for message in messages:
                if isinstance(message, Probe):
                    return message
        raise EngineError("The engine did not say what it runs on.", "Ask again.")

    def control(self, command: Command) -> None:
        """See Engine.control."""
        if self._busy and self._child is not None:
            self._child.send(self._encoder.encode(command))

    async def aclose(self) -> None:
        """See Engine.aclose."""
        child, self._child, self._model = self._child, None, None
        if child is not None:
            await child.stop()

    async def _load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        if self._model is not None and request == self._request:
            return
        self._request, self._model = request, None
        async with contextlib.aclosing(self._ask(request)) as messages:
            async for message in messages:
                match message:
                    case Loading():
                        yield message
                    case Loaded(model):
                        self._model = model
                    case _:
                        raise EngineError(f"The engine sent {type(message).__name__} out of turn.")

    async def _ask(self, request: Downward) -> AsyncGenerator[Upward, None]:
        """Send a request and stream its messages up to Finished; Failed becomes its exception."""
        child = await self._started()
        child.send(self._encoder.encode(request))
        self._busy, over = True, False
        try:
            while True:
                message = await self._next(child)
                match message:
                    case Finished():
                        over = True
                        return
                    case Failed():
                        over = True
                        raise to_error(message)
                yield message
        finally:
            self._busy = False
            if not over and self._child is child:
                await self._wind_down(child)

    async def _wind_down(self, child: Child) -> None:
        """The reader left early: stop the work and read to its end, so that the child is free again."""
        child.send(self._encoder.encode(Stop()))
        try:
            async with asyncio.timeout(DRAIN_S):
                while not isinstance(await self._next(child), Finished | Failed):
                    pass
        except TimeoutError:
            await self._forget(child)
        except EngineCrashed:
            pass  # it is gone, and the next request starts another

    async def _next(self, child: Child) -> Upward:
        line = await child.line()
        if line is None:
            raise await self._crash(child)
        try:
            message: Upward = self._decoder.decode(line)
        except msgspec.MsgspecError as error:
            await self._forget(child)
            raise EngineCrashed(
                "The engine sent something that is no message; what it had written is kept.", "Ask again."
            ) from error
        return message

    async def _crash(self, child: Child) -> EngineCrashed:
        self._child = self._model = None
        end = await child.ended()
        return EngineCrashed(
            f"The engine's process {end.cause}; what it had written is kept.",
            f"Ask again: it starts anew. Its log is {self._log}.",
            end.log_tail,
        )

    async def _forget(self, child: Child) -> None:
        self._child = self._model = None
        await child.kill()

    async def _started(self) -> Child:
        if self._child is not None and self._child.running:
            return self._child
        root = str(Path(r1chat.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        # -P keeps the current folder off the path; a backtrace on abort would fork a debugger
        env = {"PYTHONPATH": path, "GGML_NO_BACKTRACE": "1", "PYTHONUNBUFFERED": "1"}
        try:
            child = await Child.spawn([sys.executable, "-P", "-m", "r1chat.engine.worker"], self._log, env)
        except OSError as error:
            raise EngineCrashed(
                f"The engine's process could not be started: {error.strerror or error}.",
                "Free memory or disk, then ask again.",
            ) from error
        self._child = child
        match await self._next(child):
            case Hello(version) if version == VERSION:
                return child
        await self._forget(child)
        raise EngineCrashed("The engine's process is of another version.", "Install r1chat again.")
