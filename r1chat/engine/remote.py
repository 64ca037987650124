"""RemoteEngine: an OpenAI-compatible server in the engine's place, such as llama-server, vLLM or Ollama.

What such a server offers is a reply to a whole conversation, word by word, and that it stops when the
connection is closed; so that is all that this engine can do. Tokens have no ids here.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec

from r1chat.core.address import Address, is_address, parse_address
from r1chat.core.conversation import Mode
from r1chat.core.events import Event, Loading
from r1chat.core.prompt import Markup
from r1chat.engine.base import (
    Capability,
    Command,
    EndpointError,
    EngineError,
    GenerateRequest,
    LoadCancelled,
    LoadRequest,
    ModelInfo,
    ModelLoadError,
    Stop,
)
from r1chat.engine.endpoint import SILENCE_S, Endpoint
from r1chat.engine.refusals import one_line
from r1chat.engine.remote_reply import RemoteReply

T = TypeVar("T")

LLAMA_SERVER, VLLM = "llamacpp", "vllm"
"""How these servers sign their lists of models; each takes fields that are not in OpenAI's API."""
TOP_K = 1024
"""What r1chat's own engine draws from; llama-server would take 40."""

_THINKS_IN_TEXT = re.compile(r"r1|qwq|reason|think", re.IGNORECASE)
"""Names of models whose template opens the thought, for servers that do not tell what theirs does."""


class _Figures(msgspec.Struct):
    n_ctx: int = 0
    n_ctx_train: int = 0
    size: int = 0


class _Model(msgspec.Struct):
    id: str
    owned_by: str = ""
    max_model_len: int | None = None
    meta: _Figures | None = None


class _Models(msgspec.Struct):
    data: list[_Model] | None = None


class _Prompt(msgspec.Struct):
    prompt: str = ""


class _Server(NamedTuple):
    endpoint: Endpoint
    model: str
    """As the server calls it."""
    kind: str
    """How it signs."""
    opened: bool
    """Its template opens the thought."""


class _Stopped(Exception):
    """The person ended what ran."""


class RemoteEngine:
    """An Engine over a server that a person named; `environ` may hold the key for it."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        silence_s: float = SILENCE_S,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environ, self._silence_s, self._steady = environ, silence_s, steady
        self._request: LoadRequest | None = None
        self._server: _Server | None = None
        self._model: ModelInfo | None = None
        self._lock = asyncio.Lock()
        self._stop: asyncio.Event | None = None
        """Set by `Stop`; there while an operation runs."""

    @property
    def model(self) -> ModelInfo | None:
        """The server's model; None before a load."""
        return self._model

    @property
    def capabilities(self) -> frozenset[Capability]:
        """None: thoughts and prompts are in the server's hands."""
        return frozenset()

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        """Ask the server what it has. Raises EndpointError and UsageError; LoadCancelled after `Stop`."""
        async with self._operation():
            if self._model is not None and request == self._request:
                return
            if not is_address(request.path):
                raise ModelLoadError("That is a file, and no address of a server.", "Give http://host:port.")
            yield Loading(0.0)
            await self._forget()
            begun = self._steady()
            try:
                server, model = await self._unless_stopped(self._meet(parse_address(request.path)))
            except _Stopped as error:
                raise LoadCancelled("The server was not waited for.", "Ask again.") from error
            self._request, self._server = request, server
            self._model = _info(request.path, server, model, self._steady() - begun)
            yield Loading(1.0)

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """See Engine.generate. Raises EndpointError and ContextFull."""
        async with self._operation():
            if (server := self._server) is None:
                raise EngineError("No model is loaded.", "Load one first.")
            host = server.endpoint.address.host
            _refuse(request, host, server.kind)
            reply = RemoteReply(
                host,
                opened=server.opened,
                bounded=request.max_tokens is not None or self._model is None or not self._model.n_ctx,
                steady=self._steady,
                without_key=server.endpoint.without_key,
            )
            url = server.endpoint.address.base + "/chat/completions"
            async with aclosing(server.endpoint.stream(url, _body(request, server))) as stream:
                try:
                    while not reply.over:
                        data = await self._unless_stopped(anext(stream, None))
                        if data is None:
                            break
                        for event in reply.feed(data):
                            yield event
                except _Stopped:
                    for event in reply.stop():
                        yield event
                    return
            for event in reply.end():
                yield event

    def control(self, command: Command) -> None:
        """Stop what runs; a server knows no other command."""
        if isinstance(command, Stop) and self._stop is not None:
            self._stop.set()

    async def aclose(self) -> None:
        """Close the connection."""
        self.control(Stop())
        await self._forget()

    async def _forget(self) -> None:
        server, self._server, self._model = self._server, None, None
        if server is not None:
            await server.endpoint.aclose()

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[None]:
        """One at a time; `control` acts on it."""
        async with self._lock:
            self._stop = asyncio.Event()
            try:
                yield
            finally:
                self._stop = None

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        """The outcome of `work`, which `Stop` breaks off; not begun after `Stop`. Raises _Stopped."""
        stopped = self._stop or asyncio.Event()
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(stopped.wait())
        try:
            if not stopped.is_set():
                await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise _Stopped
            return task.result()
        finally:
            stop.cancel()
            task.cancel()
            await asyncio.wait({task})

    async def _meet(self, address: Address) -> tuple[_Server, _Model]:
        """Which model is meant, and what kind of server has it."""
        endpoint = await Endpoint.open(address, self._environ, self._silence_s)
        async with AsyncExitStack() as unless_met:
            unless_met.push_async_callback(endpoint.aclose)
            listed = await endpoint.get(address.base + "/models", _Models)
            models = (listed.data or []) if listed else []
            named = [model for model in models if model.id == address.model] or models[:1]
            if not (address.model or named):
                raise EndpointError(
                    f"{address.host} names no model.", "Load one there, or give its name behind a #."
                )
            found = named[0] if named else _Model(address.model)
            name = address.model or found.id
            if found.owned_by == LLAMA_SERVER:
                opened = await _template_opens(endpoint)
            else:
                opened = bool(_THINKS_IN_TEXT.search(name))
            unless_met.pop_all()
        return _Server(endpoint, name, found.owned_by, opened), found


async def _template_opens(endpoint: Endpoint) -> bool:
    """llama-server shows the prompt that it would make: it may end in an open thought."""
    url = endpoint.address.base.removesuffix("/v1") + "/apply-template"
    prompt = await endpoint.get(url, _Prompt, json={"messages": [{"role": "user", "content": "?"}]})
    return prompt is not None and prompt.prompt.rstrip().endswith(Markup.THINK)


def _info(path: str, server: _Server, model: _Model, load_s: float) -> ModelInfo:
    figures = model.meta or _Figures()
    n_ctx = max(0, figures.n_ctx or model.max_model_len or 0)
    address = server.endpoint.address
    open_way = "" if address.encrypted else ", and anybody on the way can read it"
    return ModelInfo(
        path=path,
        fingerprint=f"{address.base}#{server.model}",
        architecture="",
        n_ctx=n_ctx,
        n_ctx_train=max(n_ctx, figures.n_ctx_train),
        n_layer=0,
        n_gpu_layers=0,
        n_threads=0,
        device="",
        size=max(0, figures.size),
        load_s=load_s,
        note="" if address.loopback else f"What you type goes to {address.host}{open_way}.",
        host=address.host,
        served=one_line(server.model),
    )


def _refuse(request: GenerateRequest, host: str, kind: str) -> None:
    """Raise EngineError for what is asked and no server can be told."""
    if request.thinking.mode is not Mode.FULL:
        raise EngineError(
            f"How much is thought is up to {host}.", "Ask again without a mode: it thinks in full."
        )
    if request.prefix is not None:
        raise EngineError(f"{host} cannot go on with a reply.", "Ask again, or use a model of this machine.")
    if request.samples > 1 or request.stop:
        raise EngineError(f"{host} gives one whole reply.", "Ask for one, or use a model of this machine.")
    extras = request.sampling.extras
    takes = {LLAMA_SERVER: {"min-p", "DRY", "XTC"}, VLLM: {"min-p"}}.get(kind, set())
    wanted = {"min-p": request.sampling.min_p, "DRY": extras.dry, "XTC": extras.xtc}
    for name, value in wanted.items():
        if value and name not in takes:
            raise EngineError(
                f"{host} is not known to draw with {name}.",
                f"Set {name} to 0 in the settings or on the command line.",
            )


def _body(request: GenerateRequest, server: _Server) -> dict[str, Any]:
    """The request as OpenAI's API has it, and more only for who is known to take it."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": server.model,
        "messages": [{"role": turn.role, "content": turn.text} for turn in request.turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
    }
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    match server.kind:
        case "llamacpp":
            body |= {"min_p": sampling.min_p, "top_k": TOP_K, "return_progress": True}
            extras = sampling.extras
            if extras.dry:
                body |= {"dry_multiplier": extras.dry, "dry_allowed_length": extras.dry_length}
            if extras.xtc:
                body |= {"xtc_probability": extras.xtc, "xtc_threshold": extras.xtc_threshold}
        case "vllm" if sampling.min_p:
            body["min_p"] = sampling.min_p
        case _:
            pass
    return body
