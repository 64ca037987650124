"""The engine's own cost a token: CPU time of the decode loop outside llama.cpp.

`python -m r1chat.engine.worker.overhead FILE CONTEXT TOKENS` prints it in milliseconds, for `r1chat bench`.
It runs the worker's real loop in a process of its own, with every call into llama.cpp timed from outside;
what the thread used beyond them is ours (Python, ctypes, JSON, the pipe's write).
"""

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from r1chat.core.conversation import Role, Sampling, Thinking
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.worker import capi
from r1chat.engine.worker.bindings import lib
from r1chat.engine.worker.decode import Generation
from r1chat.engine.worker.load import Loaded, Loader
from r1chat.engine.worker.pipe import Pipe

CALLS = ("llama_sampler_sample", "llama_token_to_piece", "llama_tokenize")
SKIPPED = 10
"""First tokens of a reply, which are not counted."""


class Meter:
    """CPU seconds of this thread inside llama.cpp and outside. What metering costs counts as outside."""

    def __init__(self) -> None:
        self._calls: list[float] = []
        """CPU seconds of each call into llama.cpp."""
        self._decodes: list[tuple[float, int]] = []
        """This thread's CPU seconds after each decode, and the calls so far."""
        for name in CALLS:
            setattr(lib, name, self._timed(getattr(lib, name)))
        lib.llama_decode = self._marked(lib.llama_decode)

    def _timed(self, function: Callable[..., object]) -> Callable[..., object]:
        clock, calls = time.thread_time, self._calls

        def timed(*args: object) -> object:
            start = clock()
            result = function(*args)
            calls.append(clock() - start)
            return result

        return timed

    def _marked(self, function: Callable[..., object]) -> Callable[..., object]:
        clock, calls, decodes = time.thread_time, self._calls, self._decodes

        def timed(*args: object) -> object:
            start = clock()
            result = function(*args)
            end = clock()
            calls.append(end - start)
            decodes.append((end, len(calls)))
            return result

        return timed

    def last(self, count: int) -> tuple[float, float]:
        """Mean cost of the last decodes, of which there may be fewer: ms outside llama.cpp, and inside."""
        count = min(count, len(self._decodes) - 1)
        (start, first), (end, last) = self._decodes[-1 - count], self._decodes[-1]
        inside = sum(self._calls[first:last])
        return 1000 * (end - start - inside) / count, 1000 * inside / count


def begin(model: Path, n_ctx: int) -> tuple[Loaded, Pipe]:
    """The worker's parts around a model, the pipe's end being nowhere."""
    capi.start(lambda _level, _text: None)
    abort = capi.AbortFlag()
    reading, _keep_open = os.pipe()
    pipe = Pipe(reading, os.open(os.devnull, os.O_WRONLY), abort)
    loader = Loader(pipe, abort, deque(maxlen=400))
    loaded = loader.load(LoadRequest(path=str(model), n_ctx=n_ctx, n_threads=1))
    loaded.tokens.stop = frozenset()  # so that it goes on for as long as it is measured
    return loaded, pipe


def run(loaded: Loaded, pipe: Pipe, context: int, tokens: int) -> None:
    """Generate `tokens` behind a prompt of about `context` tokens."""
    sentence = "Compute 47 + 386. "
    each = len(loaded.tokens.text(sentence * 100)) / 100
    generate = GenerateRequest(
        turns=(Turn(Role.USER, sentence * max(1, int(context / each))),),
        sampling=Sampling(seed=1),
        thinking=Thinking(reserve=0),
        max_tokens=tokens + SKIPPED,
    )
    Generation(generate, loaded.tokens, loaded.kv, pipe).run()


def main() -> None:
    """Measure one model behind one context."""
    path, context, tokens = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # llama.cpp prints what it likes
    loaded, pipe = begin(path, context + tokens + 256)
    meter = Meter()
    run(loaded, pipe, context, tokens)
    out.write(f"{meter.last(tokens)[0]}\n")
    out.close()
    os._exit(0)  # nothing is left to be tidied up


if __name__ == "__main__":
    main()
