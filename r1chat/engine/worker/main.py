"""The child's main: one request after the other until stdin ends."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections import deque
from importlib import metadata

import msgspec

from r1chat.core.conversation import Mode
from r1chat.core.prompt import prompt_pieces
from r1chat.engine.base import EngineError, GenerateRequest, LoadRequest
from r1chat.engine.wire import VERSION, DeviceInfo, Finished, Hello, Leave, Probe, ProbeRequest, to_failed
from r1chat.engine.wire import Loaded as LoadedMessage
from r1chat.engine.worker import capi
from r1chat.engine.worker.decode import Generation
from r1chat.engine.worker.load import Loaded, Loader
from r1chat.engine.worker.pipe import Pipe, Request

LOG_LINES = 400

UNLOAD_S = 1.5
"""How long chats may be saved before another model is loaded."""


class Worker:
    """Holds the model between requests."""

    def __init__(self, pipe: Pipe, loader: Loader) -> None:
        self._pipe, self._loader = pipe, loader
        self._request: LoadRequest | None = None
        self._loaded: Loaded | None = None
        self._anchor: list[int] = []
        self._chat, self._since = "", 0.0

    def serve(self) -> None:
        """Answer requests; returns never, the pipe's reader ends the process."""
        self._pipe.send(Hello(VERSION, os.getpid()))
        while True:
            self._use_idle_time()
            request = self._pipe.next_request()
            try:
                self._handle(request)
            except EngineError as error:
                self._pipe.send(to_failed(error))
            else:
                self._pipe.send(Finished())

    def _handle(self, request: Request) -> None:
        match request:
            case LoadRequest():
                self._load(request)
            case GenerateRequest():
                if self._loaded is None:
                    raise EngineError("No model is loaded.", "Load one first.")
                self._generate(request, self._loaded)
            case Leave(seconds):
                self._leave(time.monotonic() + seconds)
            case ProbeRequest():
                self._pipe.send(self._probe(request))
            case msgspec.MsgspecError():
                raise EngineError(f"The engine could not read a request ({request}).", "Ask in another way.")

    def _generate(self, request: GenerateRequest, loaded: Loaded) -> None:
        generation = Generation(request, loaded.tokens, loaded.kv, self._pipe, loaded.drafter)
        generation.run()
        self._anchor, self._chat, self._since = generation.anchor, request.chat, generation.since

    def _use_idle_time(self) -> None:
        """Read the conversation as the next prompt will hold it, without its thought, and save it."""
        if self._loaded is not None:
            with self._pipe.idle() as idle:
                if idle:
                    anchor = self._anchor
                    self._read_anchor(self._loaded)
                    self._loaded.keep(lambda: bool(self._pipe.abort))
                    if anchor and self._loaded.drafter.guesser is not None:
                        with contextlib.suppress(capi.Aborted):
                            self._loaded.drafter.guesser.read(anchor)

    def _read_anchor(self, loaded: Loaded) -> None:
        anchor, kv = self._anchor, loaded.kv
        with contextlib.suppress(capi.Aborted):
            if anchor:
                with contextlib.suppress(capi.KvFull):
                    branch = kv.begin(anchor, self._chat, self._since)
                    kv.prefill(branch, anchor, lambda _done: None, self._pipe.abort)
                self._anchor = []

    def _leave(self, deadline: float) -> None:
        """Save what there is; what of the last answer is not read by then is read with the next question."""
        if self._loaded is not None:
            if self._loaded.kv.seconds_to_read(self._anchor) < (deadline - time.monotonic()) / 2:
                self._read_anchor(self._loaded)
            self._loaded.keep(lambda: time.monotonic() > deadline)

    def _load(self, request: LoadRequest) -> None:
        self._anchor = []
        if self._loaded is None or self._request != request:
            if self._loaded is not None:
                self._leave(time.monotonic() + UNLOAD_S)
                self._loaded.close()
                self._loaded = None
            self._loaded = self._loader.load(request)
            self._request = request
        self._pipe.send(LoadedMessage(self._loaded.info))

    def _probe(self, request: ProbeRequest) -> Probe:
        devices = tuple(DeviceInfo(d.name, d.description, d.gpu, d.free, d.total) for d in capi.devices())
        probe = Probe(metadata.version("llama-cpp-python"), capi.system_info(), capi.gpu_build(), devices)
        if self._loaded is None:
            return probe
        tokens = self._loaded.tokens
        return msgspec.structs.replace(
            probe,
            prompt_ids=tuple(tokens.encode(prompt_pieces(request.turns, Mode.FULL))),
            control_ids={str(markup): token for markup, token in tokens.ids.items()},
        )


def _die_with_parent() -> None:
    """On Linux the kernel ends this process with its parent, also where it was halted and reads no stdin."""
    if sys.platform.startswith("linux"):
        set_pdeathsig = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(set_pdeathsig, int(signal.SIGKILL))


def main() -> None:
    """Give the protocol a descriptor of its own before native code can write to stdout, then serve."""
    _die_with_parent()
    writing = os.dup(1)
    os.dup2(2, 1)
    log: deque[str] = deque(maxlen=LOG_LINES)

    def keep(level: int, text: str) -> None:
        if level >= capi.LOG_WARN:
            sys.stderr.write(text)
            sys.stderr.flush()
        if level >= capi.LOG_INFO:
            log.append(text.rstrip("\n"))

    abort = capi.AbortFlag()
    capi.start(keep)
    pipe = Pipe(os.dup(0), writing, abort)
    pipe.start()
    Worker(pipe, Loader(pipe, abort, log)).serve()
