"""How a model is laid out on this machine: context, layers on the GPU, threads."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from r1chat.engine.base import OutOfMemory
from r1chat.engine.worker.inspect import ModelFile

MAX_DEFAULT_CTX = 16_384
MIN_DEFAULT_CTX = 2_048
SMALL_MODEL = 64 << 20
"""Bytes below which one thread is fastest."""
GPU_MARGIN = 1 << 30
"""Bytes left free on each GPU, for the desktop and for the driver's own; upstream's default too."""
_BUFFER = re.compile(r"(\S+) compute buffer size\s*=\s*([\d.]+) MiB")


@dataclass(frozen=True)
class ContextPlan:
    """A context, and what to tell the person of it."""

    n_ctx: int
    note: str


def plan_context(file: ModelFile, asked: int | None, available: int) -> ContextPlan:
    """The context that `available` bytes of memory allow beside the weights.

    Asked for by the person: that or OutOfMemory. Otherwise what the model was trained for, at most 16,384,
    halved until it fits.
    """
    trained = file.header.shape("context_length")
    per_token = file.kv_bytes_per_token
    free = available - file.size
    if asked is not None:
        if asked * per_token > free:
            raise OutOfMemory(
                f"A context of {asked:,} tokens needs {_gib(asked * per_token)} beside {_gib(file.size)} of "
                f"weights, and {_gib(available)} are free.",
                "Ask for a smaller --ctx, or close other programs.",
            )
        note = f"The model was trained for {trained:,} tokens." if asked > trained else ""
        return ContextPlan(asked, note)
    wanted = n_ctx = min(trained, MAX_DEFAULT_CTX)
    while n_ctx > MIN_DEFAULT_CTX and n_ctx * per_token > free:
        n_ctx //= 2
    if n_ctx * per_token > free:
        raise OutOfMemory(
            f"The model needs {_gib(file.size + n_ctx * per_token)} and {_gib(available)} are free.",
            "Use a smaller model or quantisation, or close other programs.",
        )
    note = "" if n_ctx == wanted else f"The context is {n_ctx:,} tokens, since no more fits into memory."
    return ContextPlan(n_ctx, note)


def available_memory() -> int:
    """Bytes of RAM that can be had without swapping, within the cgroup's limit."""
    free = int(psutil.virtual_memory().available)
    limit, used = _number("/sys/fs/cgroup/memory.max"), _number("/sys/fs/cgroup/memory.current")
    if limit is None or used is None:
        return free
    return min(free, limit - used + _page_cache())


def plan_layers(file: ModelFile, n_ctx: int, compute_bytes: int, free: int, n_gpus: int) -> int:
    """How many layers fit on GPUs with `free` bytes together, counted from the last; the output is one more.

    `compute_bytes` are the buffers that a dry run reported. The embedding table always stays with the CPU.
    """
    room = free - n_gpus * GPU_MARGIN - compute_bytes
    n_layer = file.header.shape("block_count")
    kv_per_layer = file.kv_bytes_per_token // n_layer * n_ctx
    weights = [0] * n_layer
    output = embedding = 0
    for tensor in file.header.tensors:
        if found := re.match(r"blk\.(\d+)\.", tensor.name):
            weights[min(int(found[1]), n_layer - 1)] += tensor.nbytes
        elif tensor.name.startswith("output"):
            output += tensor.nbytes
        elif tensor.name == "token_embd.weight":
            embedding = tensor.nbytes
    room -= output or embedding  # a tied embedding is copied to where the output is computed
    fitting = 0
    for layer in reversed(weights):
        room -= layer + kv_per_layer
        if room < 0:
            return fitting
        fitting += 1
    return fitting + 1


def compute_bytes(log: Iterable[str], gpus: Sequence[str]) -> int:
    """Compute buffers on the named devices, from the lines that llama.cpp logs while it makes a context."""
    found = (_BUFFER.search(line) for line in log)
    return int(sum(float(m[2]) * (1 << 20) for m in found if m and any(m[1].startswith(g) for g in gpus)))


def plan_threads(model_size: int) -> int:
    """Physical cores within affinity and cgroup quota; one is left free from four up.

    A decode waits for its slowest thread, so a busy core costs more than it brings. A model of a few
    megabytes is done with a layer before a second thread has woken up.
    """
    if model_size < SMALL_MODEL:
        return 1
    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = min(cores, len(os.sched_getaffinity(0)))
    cores = min(cores, _cpu_quota() or cores)
    return max(1, cores - 1 if cores >= 4 else cores)


def _cpu_quota() -> int | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return None if quota == "max" else max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None


def _page_cache() -> int:
    """Bytes that the cgroup would give up when asked: pages of files, of models read before above all."""
    try:
        rows = Path("/sys/fs/cgroup/memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith("inactive_file ")), 0)


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _gib(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 29 else f"{count / (1 << 20):.0f} MiB"
