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
from typing import NamedTuple

from r1chat.core.events import Loading
from r1chat.core.fit import CELLS, Device, Machine, kv_bytes
from r1chat.engine.base import LoadCancelled, LoadRequest, ModelInfo, ModelLoadError, OutOfMemory
from r1chat.engine.worker import capi
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter
from r1chat.engine.worker.dryrun import DryRun
from r1chat.engine.worker.guess import DraftModel
from r1chat.engine.worker.inspect import ModelFile, inspect
from r1chat.engine.worker.keeper import Keeper, block_size, fingerprint
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.multiples import Multiples, measured
from r1chat.engine.worker.outbox import INTERVAL_S
from r1chat.engine.worker.pair import mismatch
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.placement import Placement, Plan, Wish
from r1chat.engine.worker.plan import SMALL_MODEL, plan_threads
from r1chat.engine.worker.state_files import StateFiles
from r1chat.engine.worker.threads import Threads
from r1chat.engine.worker.tokens import Tokens
from r1chat.engine.worker.wager import FULL, Wager
from r1chat.limits import free_memory
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


class Put(NamedTuple):
    """A model on this machine."""

    model: capi.Model
    context: capi.Context
    plan: Plan
    placement: Placement
    failed: bool
    """A better plan fitted by its figures and failed."""
    flash: bool
    """It computes with flash attention."""

    @property
    def device(self) -> str:
        """Where it computes."""
        if not self.plan.layers:
            return "CPU"
        return ", ".join(f"{gpu.name} ({gpu.description})" for gpu in _gpus())

    @property
    def sentence(self) -> str:
        """Why it lies there."""
        return self.placement.explain(self.plan, self.device, failed=self.failed)

    def close(self) -> None:
        """Free it."""
        self.context.close()
        self.model.close()


class Loader:
    """Loads models; `log` are the newest lines of llama.cpp's log."""

    def __init__(self, pipe: Pipe, abort: capi.AbortFlag, log: deque[str]) -> None:
        self._pipe, self._abort, self._log = pipe, abort, log

    def load(self, request: LoadRequest) -> Loaded:
        """Raises ModelLoadError, OutOfMemory, LoadCancelled; nothing stays behind then."""
        started = time.monotonic()
        file = inspect(Path(request.path))
        threads = request.n_threads or plan_threads(file.size)
        wish = Wish(request.n_ctx, request.kv, request.n_gpu_layers)
        self._pipe.send(Loading(0.0))
        with contextlib.ExitStack() as undo:
            put = self._put(file, wish, _machine(free_memory()), threads)
            undo.callback(put.close)
            guesser, refusal = self._guesser(request, put, threads)
            if guesser is not None:
                undo.callback(guesser.close)
            tokens = Tokens(put.model, file.user_defined)
            self._check_stopped()
            undo.pop_all()
        model, plan, kv = put.model, put.plan, KvCache(put.context)
        info = ModelInfo(
            path=request.path,
            fingerprint=file.fingerprint,
            architecture=file.header.architecture,
            n_ctx=put.context.n_ctx,
            n_ctx_train=model.n_ctx_train,
            n_layer=model.n_layer,
            n_gpu_layers=plan.layers,
            n_threads=threads,
            device=put.device,
            size=file.size,
            load_s=time.monotonic() - started,
            kv=plan.kv,
            characters_per_token=tokens.characters_per_token(),
            plan=put.sentence,
            note=f"{_note(put, model.n_ctx_train)} {refusal}".strip(),
        )
        self._pipe.send(Loading(1.0))
        kv.multiples = _multiples(file, put.context, info)
        if request.n_threads is None and threads > 1 and not plan.layers:
            kv.threads = Threads(threads, put.context.use_threads)
        keeper = self._keeper(request, file, put, tokens, kv)
        return Loaded(info, model, tokens, kv, keeper, _drafter(request, file, guesser))

    def _put(self, file: ModelFile, wish: Wish, machine: Machine, threads: int, n_seq: int = 8) -> Put:
        """The model by the best plan that loads. Raises as `load`."""
        failed: Plan | None = None
        refusal: OutOfMemory | None = None
        with contextlib.closing(DryRun(file, machine, self._log)) as dry_run:
            placement = Placement(file.shape, file.weights, machine, dry_run.buffers, wish)
            for plan in placement.plans():
                if failed is not None and not placement.smaller(plan, failed):
                    continue
                try:
                    model, context = self._make(file, plan, threads, n_seq)
                except OutOfMemory as error:
                    failed, refusal = plan, refusal or error
                else:
                    flash = any("Flash Attention enabled" in line for line in self._log)
                    return Put(model, context, plan, placement, failed is not None, flash)
            raise refusal or placement.refusal()

    def _make(self, file: ModelFile, plan: Plan, threads: int, n_seq: int) -> tuple[capi.Model, capi.Context]:
        with contextlib.ExitStack() as undo:
            self._log.clear()
            model = self._model(str(file.path), plan.layers)
            undo.callback(model.close)
            context = self._context(model, plan, threads, n_seq)
            undo.callback(context.close)
            self._check_stopped()
            undo.pop_all()
        return model, context

    def _keeper(
        self, request: LoadRequest, file: ModelFile, put: Put, tokens: Tokens, kv: KvCache
    ) -> Keeper | None:
        if request.state_folder is None:
            return None
        per_token = kv_bytes(file.shape, CELLS, put.plan.kv) // CELLS
        size = block_size(per_token)
        library = metadata.version("llama-cpp-python")
        whose = fingerprint(file.fingerprint, file.size, size, put.plan.kv, put.flash, library, sys.byteorder)
        files = StateFiles(Path(request.state_folder), whose, size, request.state_bytes)
        if request.state_bytes == 0:
            with contextlib.suppress(OSError):
                files.sweep()
                files.shrink()
            return None
        return Keeper(
            kv,
            files,
            think=tokens.think,
            bytes_per_token=per_token,
            abort=self._abort,
            woken=self._pipe.woken,
        )

    def _guesser(self, request: LoadRequest, target: Put, threads: int) -> tuple[DraftModel | None, str]:
        """The model that was asked to draft for `target`, with as large a context; or why it does not.

        Raises LoadCancelled.
        """
        if request.draft is None:
            return None, ""
        path = Path(request.draft)
        try:
            reason = mismatch(check_file(Path(request.path)), check_file(path))
            if not reason:
                return self._draft_model(inspect(path), target, threads), ""
        except (ModelFileError, ModelLoadError, OutOfMemory) as error:
            reason = error.message.rstrip(".")
        return None, f"The model goes on alone, without the drafts of {path.name}: {reason}."

    def _draft_model(self, file: ModelFile, target: Put, threads: int) -> DraftModel:
        wish = Wish(target.plan.n_ctx, target.plan.kv)
        draft = self._put(file, wish, _machine(target.placement.ram_left(target.plan)), threads, n_seq=1)
        return DraftModel(draft.model, draft.context, self._abort, target.model.n_vocab)

    def _progress(self) -> Callable[[float], bool]:
        sent = time.monotonic()

        def progress(fraction: float) -> bool:
            nonlocal sent
            if (now := time.monotonic()) - sent >= INTERVAL_S:
                sent = now
                self._pipe.send(Loading(min(fraction, 1.0)))
            return not self._pipe.stopped

        return progress

    def _model(self, path: str, layers: int) -> capi.Model:
        try:
            return capi.Model(path, layers, self._progress())
        except capi.LoadFailed as error:
            self._check_stopped()
            raise self._failure(Path(path).name) from error

    def _context(self, model: capi.Model, plan: Plan, threads: int, n_seq: int) -> capi.Context:
        try:
            return capi.Context(model, plan.n_ctx, threads, self._abort, n_seq=n_seq, kv=plan.kv)
        except capi.LoadFailed as error:
            raise OutOfMemory(
                f"There is no memory for a context of {plan.n_ctx:,} tokens.",
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


def _gpus() -> tuple[capi.Device, ...]:
    return tuple(device for device in capi.devices() if device.gpu) if capi.gpu_build() else ()


def _machine(ram_free: int) -> Machine:
    gpus = tuple(Device(name=gpu.name, free=gpu.free, total=gpu.total) for gpu in _gpus())
    return Machine(ram_free=ram_free, gpus=gpus, unified=sys.platform == "darwin")


def _note(put: Put, trained: int) -> str:
    """What the person should know without asking."""
    if put.placement.falls_short(put.plan):
        return put.sentence
    return f"The model was trained for {trained:,} tokens." if put.plan.n_ctx > trained else ""
