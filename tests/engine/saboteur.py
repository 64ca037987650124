"""The engine's child, and one question that makes it misuse llama.cpp as no caller here ever should.

Run as a program in place of the worker. The last turn's text names what shall go wrong; any other question is
answered as usual. Each of these ends the process, which is what is tested: that the parent survives it.
"""

import ctypes
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

from llama_cpp import llama_cpp as lib

from r1chat.engine.base import GenerateRequest
from r1chat.engine.worker import main as worker
from r1chat.engine.worker.batch import Batch, Row
from r1chat.engine.worker.load import Loaded

ORDER = "go wrong: "
_keep_alive: list[Batch] = []


def batch(size: int, rows: list[Row]) -> object:
    """Rows that nothing checks."""
    _keep_alive.append(Batch(size))
    return _keep_alive[-1].fill(rows)


def too_many_tokens(loaded: Loaded) -> None:
    """n_tokens > n_batch."""
    context = loaded.kv.context
    size = context.n_batch + 1
    rows = [Row(1, at, 0, at == size - 1) for at in range(size)]
    lib.llama_decode(context.pointer, batch(size, rows))


def too_many_outputs(loaded: Loaded) -> None:
    """More logits wanted than n_outputs_max."""
    context = loaded.kv.context
    rows = [Row(1, at, 0, True) for at in range(64)]
    lib.llama_decode(context.pointer, batch(64, rows))


def no_logits(loaded: Loaded) -> None:
    """Sampling an index without logits."""
    context = loaded.kv.context
    context.truncate(0, 0)
    lib.llama_decode(context.pointer, batch(8, [Row(1, 0, 0, False), Row(1, 1, 0, True)]))
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
    lib.llama_sampler_sample(chain, context.pointer, 0)


def truncated_state(loaded: Loaded) -> None:
    """A state file that lacks its end."""
    context = loaded.kv.context
    context.truncate(0, 0)
    lib.llama_decode(context.pointer, batch(512, [Row(1, at, 0, at == 99) for at in range(100)]))
    path = Path(os.environ["R1CHAT_HOME"]).parent / "state.bin"
    tokens = (lib.llama_token * 100)(*([1] * 100))
    lib.llama_state_seq_save_file(context.pointer, str(path).encode(), 0, tokens, 100)
    os.truncate(path, path.stat().st_size // 2)
    count = ctypes.c_size_t()
    lib.llama_state_seq_load_file(context.pointer, str(path).encode(), 1, tokens, 100, ctypes.byref(count))


def null_sampler(loaded: Loaded) -> None:
    """A NULL sampler in a chain."""
    context = loaded.kv.context
    context.truncate(0, 0)
    lib.llama_decode(context.pointer, batch(8, [Row(1, 0, 0, True)]))
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    lib.llama_sampler_chain_add(chain, None)
    lib.llama_sampler_sample(chain, context.pointer, -1)


def cross_stream_copy(loaded: Loaded) -> None:
    """A part of a sequence, copied into another stream."""
    params = lib.llama_context_default_params()
    params.n_ctx, params.n_seq_max, params.kv_unified = 1024, 2, False
    pointer = lib.llama_init_from_model(loaded.model.pointer, params)
    lib.llama_decode(pointer, batch(8, [Row(1, at, 0, at == 7) for at in range(8)]))
    lib.llama_memory_seq_cp(lib.llama_get_memory(pointer), 0, 1, 2, 5)


def no_memory(loaded: Loaded) -> None:
    """std::bad_alloc within llama.cpp."""
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held, held))
    while True:
        lib.llama_sampler_init_top_k(1)


def ended_by(number: signal.Signals) -> Callable[[Loaded], None]:
    """A signal from outside, such as the kernel's when memory runs out."""

    def end(_loaded: Loaded) -> None:
        os.kill(os.getpid(), number)

    return end


FATAL: dict[str, Callable[[Loaded], None]] = {
    "tokens": too_many_tokens,
    "outputs": too_many_outputs,
    "logits": no_logits,
    "state": truncated_state,
    "sampler": null_sampler,
    "copy": cross_stream_copy,
    "memory": no_memory,
    "abort": ended_by(signal.SIGABRT),
    "segv": ended_by(signal.SIGSEGV),
    "kill": ended_by(signal.SIGKILL),
}


class Saboteur(worker.Worker):
    """Goes wrong where the question says so."""

    def _generate(self, request: GenerateRequest, loaded: Loaded) -> None:
        word = request.turns[-1].text
        if word.startswith(ORDER):
            FATAL[word.removeprefix(ORDER)](loaded)
        super()._generate(request, loaded)


if __name__ == "__main__":
    worker.Worker = Saboteur
    worker.main()
