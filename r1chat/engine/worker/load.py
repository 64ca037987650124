"""Loading a model: look at the file, plan, load with progress, explain a failure."""

import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path

from r1chat.core.events import Loading
from r1chat.engine.base import LoadCancelled, LoadRequest, ModelInfo, ModelLoadError, OutOfMemory
from r1chat.engine.worker import capi
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter
from r1chat.engine.worker.guess import DraftModel
from r1chat.engine.worker.inspect import ModelFile, inspect
from r1chat.engine.worker.keeper import Keeper, block_size, fingerprint
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.multiples import Multiples, measured
from r1chat.engine.worker.outbox import INTERVAL_S
from r1chat.engine.worker.pair import mismatch
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.plan import (
    SMALL_MODEL,
    available_memory,
    compute_bytes,
    plan_context,
    plan_layers,
    plan_threads,
)
from r1chat.engine.worker.state_files import StateFiles
from r1chat.engine.worker.threads import Threads
from r1chat.engine.worker.tokens import Tokens
from r1chat.engine.worker.wager import FULL, Wager
from r1chat.modelfile import ModelFileError, check_file
from r1chat.paths import default_paths

_MEMORY_WORDS = ("out of memory", "failed to allocate", "unable to allocate", "bad_alloc", "cannot allocate")


@dataclass(frozen=True)
class Loaded:
    """A model with its context, ready to generate."""

    info: ModelInfo
    model: capi.Model
    tokens: Tokens
    kv: KvCache
    keeper: Keeper | None = None
    """Saves chats that leave memory, where there is a place for them."""

    drafter: Drafter = NO_DRAFTS

    def keep(self, given_up: Callable[[], bool]) -> None:
        """Save the chats in memory until that is done or given up."""
        if self.keeper is not None:
            self.keeper.keep(given_up)

    def close(self) -> None:
        """Free contexts and models."""
        if self.keeper is not None:
            self.keeper.close()
        if self.drafter.guesser is not None:
            self.drafter.guesser.close()
        self.kv.context.close()
        self.model.close()


class Loader:
    """Loads models; `log` are the newest lines of llama.cpp's log."""

    def __init__(self, pipe: Pipe, abort: capi.AbortFlag, log: deque[str]) -> None:
        self._pipe, self._abort, self._log = pipe, abort, log

    def load(self, request: LoadRequest) -> Loaded:
        """Raises ModelLoadError, OutOfMemory, LoadCancelled; nothing stays behind then."""
        started = time.monotonic()
        file = inspect(Path(request.path))
        layers = request.n_gpu_layers
        memory = self._memory()
        plan = plan_context(file, request.n_ctx, memory)
        threads = request.n_threads or plan_threads(file.size)
        if layers is None:
            layers = self._layers(file, plan.n_ctx, threads)
        self._pipe.send(Loading(0.0))
        with contextlib.ExitStack() as undo:
            model = self._model(request.path, layers, self._progress())
            undo.callback(model.close)
            tokens = Tokens(model, file.user_defined)
            context = self._context(model, plan.n_ctx, threads)
            undo.callback(context.close)
            memory -= file.size + context.n_ctx * file.kv_bytes_per_token
            guesser, refusal = self._guesser(request, model, context.n_ctx, threads, memory)
            self._check_stopped()
            undo.pop_all()
        info = ModelInfo(
            path=request.path,
            fingerprint=file.fingerprint,
            architecture=file.header.architecture,
            n_ctx=context.n_ctx,
            n_ctx_train=model.n_ctx_train,
            n_layer=model.n_layer,
            n_gpu_layers=min(layers, model.n_layer + 1),
            n_threads=threads,
            device=_device(layers),
            size=file.size,
            load_s=time.monotonic() - started,
            note=f"{plan.note} {refusal}".strip(),
        )
        self._pipe.send(Loading(1.0))
        kv = KvCache(context)
        kv.multiples = _multiples(file, context, info)
        if request.n_threads is None and threads > 1 and not layers:
            kv.threads = Threads(threads, context.use_threads)
        drafter = _drafter(request, file, guesser)
        return Loaded(info, model, tokens, kv, self._keeper(request, file, tokens, kv), drafter)

    def _keeper(self, request: LoadRequest, file: ModelFile, tokens: Tokens, kv: KvCache) -> Keeper | None:
        if request.state_folder is None:
            return None
        size = block_size(file.kv_bytes_per_token)
        flash = any("Flash Attention enabled" in line for line in self._log)
        whose = fingerprint(
            file.fingerprint,
            file.size,
            size,
            "f16",
            flash,
            metadata.version("llama-cpp-python"),
            sys.byteorder,
        )
        files = StateFiles(Path(request.state_folder), whose, size, request.state_bytes)
        return Keeper(
            kv, files, think=tokens.think, bytes_per_token=file.kv_bytes_per_token, abort=self._abort,
            woken=self._pipe.woken,
        )  # fmt: skip

    def _guesser(
        self, request: LoadRequest, model: capi.Model, n_ctx: int, threads: int, memory: int
    ) -> tuple[DraftModel | None, str]:
        """The model that was asked to draft, with the context that it drafts for; or why it does not.

        `memory` are the bytes that the bigger model leaves. Raises LoadCancelled.
        """
        if request.draft is None:
            return None, ""
        path = Path(request.draft)
        try:
            reason = mismatch(check_file(Path(request.path)), check_file(path))
            if not reason:
                return self._draft_model(inspect(path), model, n_ctx, threads, memory), ""
        except (ModelFileError, ModelLoadError, OutOfMemory) as error:
            reason = error.message.rstrip(".")
        return None, f"The model goes on alone, without the drafts of {path.name}: {reason}."

    def _draft_model(
        self, file: ModelFile, model: capi.Model, n_ctx: int, threads: int, memory: int
    ) -> DraftModel:
        plan_context(file, n_ctx, memory)
        layers = self._layers(file, n_ctx, threads)
        with contextlib.ExitStack() as undo:
            draft = self._model(str(file.path), layers, self._progress())
            undo.callback(draft.close)
            context = self._context(draft, n_ctx, threads, n_seq=1)
            undo.pop_all()
        return DraftModel(draft, context, self._abort, model.n_vocab)

    def _memory(self) -> int:
        """Bytes that weights and KV cache may take; a Mac's GPU uses the machine's own memory."""
        gpus = () if sys.platform == "darwin" else capi.devices()
        return available_memory() + sum(device.free for device in gpus if device.gpu)

    def _layers(self, file: ModelFile, n_ctx: int, threads: int) -> int:
        gpus = [device for device in capi.devices() if device.gpu]
        if not gpus or not capi.gpu_build():
            return 0
        n_layer = file.header.shape("block_count")
        self._log.clear()
        model = self._model(str(file.path), n_layer + 1, lambda _fraction: True, dry_run=True)
        try:
            self._context(model, n_ctx, threads).close()
        finally:
            model.close()
        buffers = compute_bytes(self._log, [gpu.name for gpu in gpus])
        return plan_layers(file, n_ctx, buffers, sum(gpu.free for gpu in gpus), len(gpus))

    def _progress(self) -> Callable[[float], bool]:
        sent = time.monotonic()

        def progress(fraction: float) -> bool:
            nonlocal sent
            if (now := time.monotonic()) - sent >= INTERVAL_S:
                sent = now
                self._pipe.send(Loading(min(fraction, 1.0)))
            return not self._pipe.stopped

        return progress

    def _model(
        self, path: str, layers: int, progress: Callable[[float], bool], *, dry_run: bool = False
    ) -> capi.Model:
        try:
            return capi.Model(path, layers, progress, dry_run=dry_run)
        except capi.LoadFailed as error:
            self._check_stopped()
            raise self._failure(Path(path).name) from error

    def _context(self, model: capi.Model, n_ctx: int, threads: int, n_seq: int = 8) -> capi.Context:
        try:
            return capi.Context(model, n_ctx, threads, self._abort, n_seq=n_seq)
        except capi.LoadFailed as error:
            raise OutOfMemory(
                f"There is no memory for a context of {n_ctx:,} tokens.",
                "Ask for a smaller --ctx, or close other programs.",
            ) from error

    def _check_stopped(self) -> None:
        if self._pipe.stopped:
            raise LoadCancelled("Loading the model was stopped.", "Ask again to load it.")

    def _failure(self, name: str) -> ModelLoadError | OutOfMemory:
        reasons = [line for line in self._log if "error" in line.lower() or "fail" in line.lower()]
        if any(word in line.lower() for line in reasons for word in _MEMORY_WORDS):
            return OutOfMemory(
                f"There is not enough memory for {name}.",
                "Use a smaller model or quantisation, or close other programs.",
            )
        reason = reasons[0].split(": ", 1)[-1].strip() if reasons else "no reason was given"
        return ModelLoadError(
            f"llama.cpp could not load {name}: {reason}.", "Fetch it again, or use another model."
        )


def _drafter(request: LoadRequest, file: ModelFile, guesser: DraftModel | None) -> Drafter:
    """What drafts. For a small model only what was asked for: four rows cost it nearly four tokens."""
    if guesser is not None:
        return Drafter(Wager(FULL), guesser)
    return Drafter(Wager()) if request.draft_from_text and file.size >= SMALL_MODEL else NO_DRAFTS


def _multiples(file: ModelFile, context: capi.Context, info: ModelInfo) -> Callable[[], Multiples]:
    """What batches cost, measured when first asked for; a small model is not worth the trouble."""
    if file.size < SMALL_MODEL:
        return Multiples
    library = metadata.version("llama-cpp-python")
    name = f"{file.fingerprint}-{info.n_threads}-{info.n_gpu_layers}-{library}.json"
    return cache(partial(measured, default_paths().batch_costs / name, context.n_seq, context.rehearse))


def _device(layers: int) -> str:
    gpus = [device for device in capi.devices() if device.gpu]
    if layers and gpus:
        return ", ".join(f"{gpu.name} ({gpu.description})" for gpu in gpus)
    return "CPU"
