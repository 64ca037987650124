"""FakeEngine: an engine that speaks from a script. It drives the tests of the UI, and `--engine fake`.

It keeps every promise of `engine.base`, thinks nothing, and gives the same figures each time: its clock is
the number of tokens. The suite that tests the real engine tests this one too.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from r1chat.core.events import Event, Loading, Prefill, Resumed, Shortened
from r1chat.core.ledger import Claim, Refusal, claim, make_room
from r1chat.core.prompt import Turn, history_pieces, prompt_pieces
from r1chat.engine.base import (
    ROOM_FOR_A_REPLY,
    Capability,
    Command,
    ContextFull,
    EngineCrashed,
    EngineError,
    GenerateRequest,
    LoadCancelled,
    LoadRequest,
    ModelInfo,
    Stop,
)
from r1chat.engine.fake_reply import Reply, Run, default_reply, prefix_ids, prompt_ids

Pace = Callable[[], Awaitable[None]]
"""Awaited before the next event comes: a real pause in the demo, a gate in tests."""

FINGERPRINT = "fake-1"
_CHUNK = 512
"""Prompt tokens from one `Prefill` to the next."""


@dataclass(frozen=True)
class Load:
    """One load, as scripted."""

    fractions: tuple[float, ...] = (0.0, 0.5, 1.0)
    """Progress to tell."""
    error: EngineError | None = None
    """Raised after the last of them."""
    note: str = ""
    """What the loaded model's `note` says."""


class FakeEngine:
    """Answers from `script`, then with a default reply; loads as in `loads`, then without trouble.

    `pace` is awaited before every delta, `prefill_pace` before every `Prefill`, `load_pace` before every
    `Loading`; `Stop` does not wait for them. Without them nothing waits but for the event loop's next round.
    """

    def __init__(
        self,
        script: Iterable[Reply] = (),
        *,
        loads: Iterable[Load] = (),
        n_ctx: int = 4096,
        pace: Pace | None = None,
        prefill_pace: Pace | None = None,
        load_pace: Pace | None = None,
    ) -> None:
        self._script = deque(script)
        self._loads = deque(loads)
        self._n_ctx = n_ctx
        self._pace, self._prefill_pace, self._load_pace = pace, prefill_pace, load_pace
        self._model: ModelInfo | None = None
        self._busy = False
        self._stopped = asyncio.Event()
        self._pending: deque[Command] = deque()
        self._cache: list[int] = []
        self.requests: list[GenerateRequest] = []
        """Every generation asked for."""
        self.load_requests: list[LoadRequest] = []
        """Every load that was carried out, those after a crash included."""
        self.commands: list[Command] = []
        """Every command given, also where nothing ran."""
        self.can = frozenset(Capability)
        self.closed = False
        """`aclose` was called."""

    @property
    def model(self) -> ModelInfo | None:
        """The loaded model; None before a load and after a crash."""
        return self._model

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All of them, unless a test took one away."""
        return self.can

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """Load as scripted; returns at once where `request` is loaded already."""
        if self._model is not None and self.load_requests[-1] == request:
            return
        self._begin()
        try:
            async with aclosing(self._load(request)) as events:
                async for event in events:
                    yield event
        finally:
            self._busy = False

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Stream the script's next reply. After a crash it brings the last model back first."""
        if self._model is None and not self.load_requests:
            raise EngineError("No model is loaded.", "Load one first.")
        self._begin()
        self.requests.append(request)
        try:
            if self._model is None:
                async with aclosing(self._load(self.load_requests[-1])) as loading:
                    async for step in loading:
                        yield step
            async with aclosing(self._reply(request)) as events:
                async for event in events:
                    yield event
        except EngineCrashed:
            self._model = None
            raise
        finally:
            self._busy = False

    def control(self, command: Command) -> None:
        """Act on what runs; does nothing but remember the command when nothing does."""
        self.commands.append(command)
        if not self._busy:
            return
        if isinstance(command, Stop):
            self._stopped.set()
        else:
            self._pending.append(command)

    async def aclose(self) -> None:
        """Unload."""
        self.control(Stop())
        self._model = None
        self.closed = True

    def _begin(self) -> None:
        if self._busy:
            raise RuntimeError("FakeEngine was asked for a second operation while one runs")
        self._busy = True
        self._stopped.clear()
        self._pending.clear()

    async def _load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        self._model = None
        self._cache.clear()
        self.load_requests.append(request)
        script = self._loads.popleft() if self._loads else Load()
        for fraction in script.fractions:
            if await self._stopped_before(self._load_pace):
                raise LoadCancelled("Loading the model was stopped.", "Ask again to load it.")
            yield Loading(fraction)
        if script.error is not None:
            raise script.error
        n_ctx = min(request.n_ctx or self._n_ctx, self._n_ctx)
        self._model = ModelInfo(
            path=request.path,
            fingerprint=FINGERPRINT,
            architecture="fake",
            n_ctx=n_ctx,
            n_ctx_train=self._n_ctx,
            n_layer=0,
            n_gpu_layers=0,
            n_threads=1,
            device="none",
            size=0,
            load_s=0.1,
            note=script.note,
        )

    async def _reply(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        reply = self._script.popleft() if self._script else default_reply(request.turns[-1].text)
        wanted = self._claim(request)
        found = make_room(request.turns, _tokens, wanted, request.overflow)
        if isinstance(found, Refusal):
            raise ContextFull(found.message, found.hint)
        if found.left_out:
            yield Shortened(found.left_out)
        if request.prefix is not None:
            yield Resumed(prefix_ids(request.prefix))
        prompt = prompt_ids(prompt_pieces(found.turns, request.thinking.mode, request.prefix))
        room = wanted.n_ctx - len(prompt)
        runs = [
            Run(request, reply, room=room, reserved=wanted.reserve, sample=sample)
            for sample in range(request.samples)
        ]
        cached = _common(self._cache, prompt)
        try:
            for done in (*range(cached, len(prompt), _CHUNK), len(prompt)):
                if await self._stopped_before(self._prefill_pace):
                    break
                yield Prefill(done, len(prompt), cached)
            going = list(runs)
            while going:
                stopped = self._stopped.is_set() or await self._stopped_before(self._pace)
                while self._pending:
                    command = self._pending.popleft()
                    for run in going:
                        run.obey(command)
                for run in tuple(going):
                    if stopped:
                        run.stop()
                    if (reason := run.reason()) is None:
                        yield run.step()
                    else:
                        going.remove(run)
                        yield run.done(reason, len(prompt), cached)
        finally:
            self._cache = [*prompt, *runs[0].made]

    def _claim(self, request: GenerateRequest) -> Claim:
        n_ctx = self._n_ctx if self._model is None else self._model.n_ctx
        begun = len(prompt_ids(prompt_pieces((), request.thinking.mode, request.prefix)))
        floor = ROOM_FOR_A_REPLY * request.samples
        return claim(n_ctx, begun, request.thinking, request.prefix, request.max_tokens, floor)

    async def _stopped_before(self, pace: Pace | None) -> bool:
        """Wait for `pace`, or for `Stop` should that come first."""
        if pace is None:
            await asyncio.sleep(0)
            return self._stopped.is_set()
        waits = asyncio.ensure_future(pace()), asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done():
                waits[0].result()
        finally:
            for wait in waits:
                wait.cancel()
        return self._stopped.is_set()


def _tokens(turns: Sequence[Turn]) -> int:
    return len(prompt_ids(history_pieces(turns))) - 1  # its first is the mark of a beginning


def _common(cache: list[int], prompt: tuple[int, ...]) -> int:
    """Length of the common beginning; the prompt's last token is always read anew."""
    limit = min(len(cache), len(prompt) - 1)
    return next((n for n in range(limit) if cache[n] != prompt[n]), limit)
