"""LocalEngine: llama.cpp in a child process. Imports nothing of llama.cpp itself."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path

import msgspec

import r1chat
from r1chat.childproc import Child, Exit, next_log
from r1chat.core.events import Event, Loading
from r1chat.engine.base import (
    Capability,
    Command,
    EngineCrashed,
    EngineError,
    GenerateRequest,
    LoadRequest,
    ModelInfo,
    ModelLoadError,
    OutOfMemory,
    Stop,
)
from r1chat.engine.wire import (
    VERSION,
    Downward,
    Failed,
    Finished,
    Hello,
    Leave,
    Loaded,
    Probe,
    ProbeRequest,
    Upward,
    to_error,
)

PATIENCE_S = 8.0
"""How long a child may take to obey Stop before it is ended: longer than a token or a chunk of prefill."""

LEAVE_S = 1.5
"""How long the end of an engine may be held up so that the chats in its memory can be saved."""

BUSY_S = 0.5
"""How long for what runs to end before that."""

WORKER = (sys.executable, "-P", "-m", "r1chat.engine.worker")
"""The child's command line."""

_LAST_WORDS = 160
"""Characters of a log's last line that are shown."""

_NO_CAUSE = "AMX is not ready to be used!"
"""How a line of ggml's log ends that says nothing of a crash (ggml-cpu, amx.cpp)."""

_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM)
"""Signals that other programs send."""

DRAIN_S = 10.0
"""How long a stream that was closed early may take to wind down before its child is killed."""


class LocalEngine:
    """An Engine over a child process, which is started by the first load and again after a crash.

    `logs` is the folder for the child's log, `worker` its command line.
    """

    def __init__(self, logs: Path, *, worker: Sequence[str] = WORKER) -> None:
        self._logs, self._worker = logs, worker
        self._log = logs / "engine.log"
        self._child: Child | None = None
        self._loaded: ModelInfo | None = None
        self._request: LoadRequest | None = None
        self._lock = asyncio.Lock()
        self._active = self._stop_asked = self._closed = False
        self._give_up: asyncio.TimerHandle | None = None
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Upward)

    @property
    def model(self) -> ModelInfo | None:
        """The loaded model; None before a load and after a crash."""
        return self._loaded if self.pid is not None else None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything: the tokens are our own."""
        return frozenset(Capability)

    @property
    def _saves(self) -> bool:
        """Chats that leave memory are saved."""
        return self._request is not None and self._request.state_folder is not None

    @property
    def pid(self) -> int | None:
        """Process id of the child, while it lives."""
        return self._child.pid if self._child is not None and self._child.running else None

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """See Engine.load."""
        async with self._operation(), contextlib.aclosing(self._load(request)) as events:
            async for event in events:
                yield event

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """See Engine.generate."""
        async with self._operation():
            if self.model is None:
                if self._request is None:
                    raise EngineError("No model is loaded.", "Load one first.")
                async with contextlib.aclosing(self._load(self._request)) as loading:
                    async for step in loading:
                        yield step
            async with contextlib.aclosing(self._ask(request)) as messages:
                async for message in messages:
                    match message:
                        case Loading() | Hello() | Loaded() | Probe() | Finished() | Failed():
                            raise EngineError(f"The engine sent {type(message).__name__} out of turn.")
                        case _:
                            yield message

    async def probe(self, request: ProbeRequest) -> Probe:
        """What the engine runs on, and how the loaded model tokenises a prompt. Raises EngineCrashed."""
        async with self._operation(), contextlib.aclosing(self._ask(request)) as messages:
            found = [message async for message in messages if isinstance(message, Probe)]
        if not found:
            raise EngineError("The engine did not say what it runs on.", "Ask again.")
        return found[0]

    def control(self, command: Command) -> None:
        """See Engine.control."""
        if not self._active:
            return
        if isinstance(command, Stop) and not self._stop_asked:
            self._stop_asked = True  # it holds for what this operation has yet to ask of the child, too
            self._give_up = asyncio.get_running_loop().call_later(PATIENCE_S, self._end_deaf_child)
        if self._child is not None:
            self._send(self._child, command)

    async def aclose(self) -> None:
        """See Engine.aclose."""
        self._closed, saves = True, self.model is not None and self._saves
        child, self._child, self._loaded = self._child, None, None
        if child is not None and saves:
            await self._let_it_save(child)
        if child is not None:
            await child.stop()

    async def _let_it_save(self, child: Child) -> None:
        """Give the child a moment for the chats in its memory; one that is busy or deaf is not waited for."""
        with contextlib.suppress(TimeoutError, EngineError):
            async with asyncio.timeout(BUSY_S):
                await self._lock.acquire()
            try:
                async with asyncio.timeout(LEAVE_S + BUSY_S):
                    self._send(child, Leave(LEAVE_S))
                    while not isinstance(await self._next(child), Finished | Failed):
                        pass
            finally:
                self._lock.release()

    @contextlib.asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """One at a time; `control` acts on it."""
        async with self._lock:
            self._active, self._stop_asked = True, False
            try:
                yield
            finally:
                self._active = False
                if self._give_up is not None:
                    self._give_up.cancel()

    def _end_deaf_child(self) -> None:
        """Stop was not obeyed: a stuck driver or disk must not hold the person up. The stream tells of it."""
        if self._active and self._child is not None:
            self._child.kill_now()

    async def _load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        if self.model is not None and request == self._request:
            return
        self._request, self._loaded = request, None
        try:
            async with contextlib.aclosing(self._ask(request)) as messages:
                async for message in messages:
                    match message:
                        case Loading():
                            yield message
                        case Loaded(model):
                            self._loaded = model
                        case _:
                            raise EngineError(f"The engine sent {type(message).__name__} out of turn.")
        except EngineCrashed as error:
            raise self._load_crashed(Path(request.path).name, error) from error

    @staticmethod
    def _load_crashed(name: str, error: EngineCrashed) -> EngineError:
        """A crash in the middle of a load would come again: say what the model has to do with it."""
        if error.signal == signal.SIGKILL or "bad_alloc" in error.log_tail:
            return OutOfMemory(
                f"The engine ended while it loaded {name}: most likely memory ran out.",
                "Use a smaller model or context, or close other programs.",
            )
        if error.signal in {signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE}:
            return ModelLoadError(
                f"llama.cpp crashed while it loaded {name} ({error.signal.name}).",
                "The file is damaged or too new: fetch it again, or use another model.",
            )
        return error

    async def _ask(self, request: Downward) -> AsyncGenerator[Upward, None]:
        """Send a request and stream its messages up to Finished; Failed becomes its exception."""
        child = await self._started()
        self._send(child, request)
        if self._stop_asked:
            self._send(child, Stop())
        over = False
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
            if not over and self._child is child:
                await self._wind_down(child)

    def _send(self, child: Child, message: Downward) -> None:
        child.send(self._encoder.encode(message))

    async def _wind_down(self, child: Child) -> None:
        """The reader left early: stop the work and read to its end, so that the child is free again."""
        self._send(child, Stop())
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
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # the latter from a tag's bytes
            await self._forget(child)
            raise EngineCrashed(
                "The engine sent something that is no message; what it had written is kept.", "Ask again."
            ) from error
        return message

    async def _crash(self, child: Child) -> EngineCrashed:
        self._child = self._loaded = None
        end = await child.ended()
        if self._stop_asked and end.signal is signal.SIGKILL:
            return EngineCrashed(
                "The engine did not stop when asked and was ended; what it had written is kept.",
                "Ask again: it starts anew.",
                end.log_tail,
            )
        return EngineCrashed(
            f"The engine's process {end.cause}; what it had written is kept.",
            f"Ask again: it starts anew. {self._last_words(end)}",
            end.log_tail,
            end.signal,
        )

    def _last_words(self, end: Exit) -> str:
        """Where the log is, and how it ends: a failed assertion says most in its last words.

        A child that another program ended had no last words.
        """
        lines = [line for line in end.log_tail.splitlines() if not line.rstrip().endswith(_NO_CAUSE)]
        last = lines[-1].strip() if lines and end.signal not in _FROM_OUTSIDE else ""
        ends = f", and ends: {last[-_LAST_WORDS:]}" if last else "."
        return f"Its log is {self._log}{ends}"

    async def _forget(self, child: Child) -> None:
        self._child = self._loaded = None
        await child.kill()

    async def _started(self) -> Child:
        """The child, started where there is none."""
        if self._child is not None and self._child.running:
            return self._child
        self._loaded = None
        self._log = next_log(self._logs)
        try:
            child = await Child.spawn(self._worker, self._log, child_env())
        except OSError as error:
            raise EngineCrashed(
                f"The engine's process could not be started: {error.strerror or error}.",
                "Free memory, processes or open files, then ask again.",
            ) from error
        greeted = False
        try:
            hello = await self._next(child)
            greeted = isinstance(hello, Hello) and hello.version == VERSION and not self._closed
        finally:
            if not greeted:
                await asyncio.shield(child.kill())
        if not greeted:
            raise EngineCrashed("The engine's process is of another version.", "Install r1chat again.")
        self._child = child
        return child


def child_env() -> dict[str, str]:
    """What the child gets beside the parent's own: the way to this package, and no debugger on abort."""
    root = str(Path(r1chat.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return {"PYTHONPATH": path, "GGML_NO_BACKTRACE": "1", "PYTHONUNBUFFERED": "1"}
