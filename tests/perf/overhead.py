"""The engine's own cost a token: CPU time of the decode loop outside llama.cpp, short and long context.

    python -m tests.perf.overhead [--model FILE] [--contexts 1000 16000] [--tokens 500] [--runs 3]

Runs the worker's real loop in this process behind a prompt of so many tokens, with every call into llama.cpp
timed from outside; what the thread used beyond them is ours (Python, ctypes, JSON, the pipe's write).
"""

import argparse
import os
import statistics
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from r1chat.core.conversation import Role, Sampling, Thinking
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.worker import capi
from r1chat.engine.worker.decode import Generation
from r1chat.engine.worker.load import Loaded, Loader
from r1chat.engine.worker.pipe import Pipe
from r1chat.paths import tiny_model

TARGET_MS = 0.1
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
            setattr(capi.lib, name, self._timed(getattr(capi.lib, name)))
        capi.lib.llama_decode = self._marked(capi.lib.llama_decode)

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
        """Mean cost of the last tokens in ms a token: outside llama.cpp, and inside."""
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
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--contexts", type=int, nargs="+", default=[1_000, 16_000])
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    loaded, pipe = begin(options.model, max(options.contexts) + options.tokens + 512)
    meter = Meter()
    worst = 0.0
    for context in options.contexts:
        costs = []
        for _ in range(options.runs):
            run(loaded, pipe, context, options.tokens)
            costs.append(meter.last(options.tokens))
        outside, inside = (statistics.median(column) for column in zip(*costs, strict=True))
        worst = max(worst, outside)
        print(
            f"{options.model.name} after {context:>6,} tokens: {outside:.4f} ms a token of our own "
            f"(runs {', '.join(f'{cost[0]:.4f}' for cost in costs)}), {inside:.2f} ms in llama.cpp"
        )
    print(f"target {TARGET_MS} ms: {'holds' if worst <= TARGET_MS else 'MISSES'}")


if __name__ == "__main__":
    main()
