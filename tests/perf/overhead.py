"""The engine's own cost a token: CPU time of the decode loop outside llama.cpp, early and late in a reply.

    python tests/perf/overhead.py [--model FILE] [--tokens 16500]

Runs the worker's real loop in this process, with every call into llama.cpp timed from outside; what the
thread used beyond them is ours (Python, ctypes, JSON, the pipe's write). Prints ms a token for every 1,000.
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
from r1chat.engine.worker.load import Loader
from r1chat.engine.worker.pipe import Pipe
from r1chat.paths import tiny_model

TARGET_MS = 0.1
CALLS = ("llama_decode", "llama_sampler_sample", "llama_token_to_piece", "llama_tokenize")


class Meter:
    """CPU seconds of this thread, and those of them spent in calls into llama.cpp."""

    def __init__(self) -> None:
        self.inside = 0.0
        self.marks: list[tuple[float, float]] = []
        """(thread CPU, of it inside llama.cpp) after each decode."""

    def wrap(self, name: str) -> None:
        """Time one function of the bindings."""
        function: Callable[..., object] = getattr(capi.lib, name)
        mark = name == "llama_decode"

        def timed(*args: object) -> object:
            start = time.thread_time()
            result = function(*args)
            end = time.thread_time()
            self.inside += end - start
            if mark:
                self.marks.append((end, self.inside))
            return result

        setattr(capi.lib, name, timed)

    def outside_ms(self, start: int, end: int) -> float:
        """Mean cost outside llama.cpp between two decodes, in ms a token."""
        (cpu0, in0), (cpu1, in1) = self.marks[start], self.marks[end]
        return 1000 * ((cpu1 - cpu0) - (in1 - in0)) / (end - start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--tokens", type=int, default=16_500)
    options = parser.parse_args()
    capi.start(lambda _level, _text: None)
    abort = capi.AbortFlag()
    reading, _keep_open = os.pipe()
    pipe = Pipe(reading, os.open(os.devnull, os.O_WRONLY), abort)
    request = LoadRequest(path=str(options.model), n_ctx=options.tokens + 512, n_threads=1)
    loaded = Loader(pipe, abort, deque(maxlen=400)).load(request)
    loaded.tokens.stop = frozenset()  # so that it goes on for as long as it is measured
    meter = Meter()
    for name in CALLS:
        meter.wrap(name)
    generate = GenerateRequest(
        turns=(Turn(Role.USER, "Compute 47 + 386."),),
        sampling=Sampling(seed=1),
        thinking=Thinking(reserve=0),
        max_tokens=options.tokens,
    )
    Generation(generate, loaded.tokens, loaded.kv, pipe).run()
    print(f"{options.model.name}: {len(meter.marks)} decodes, target {TARGET_MS} ms a token")
    rows = [
        (start, meter.outside_ms(start, start + 1000)) for start in range(10, len(meter.marks) - 1001, 1000)
    ]
    for start, cost in rows:
        print(f"tokens {start:>6} – {start + 1000:>6}: {cost:.4f} ms")
    early, late = rows[0][1], rows[-1][1]
    print(f"first {early:.4f} ms, last {late:.4f} ms, median {statistics.median(r[1] for r in rows):.4f} ms")
    print(f"late / early {late / early:.2f}; {'holds' if max(early, late) <= TARGET_MS else 'MISSES'}")


if __name__ == "__main__":
    main()
