"""What llama.cpp itself says a context would take, without weights and without memory for it."""

import contextlib
import re
from collections import deque
from collections.abc import Iterable

from r1chat.core.fit import KvType, Machine, compute_bytes, kv_bytes
from r1chat.engine.worker import capi
from r1chat.engine.worker.inspect import ModelFile

_BUFFER = re.compile(r"(?:compute|output) buffer size\s*=\s*([\d.]+) MiB")


ROOMY = 1.5
"""Where so many times what is needed is free, an estimate of the buffers will do."""


class DryRun:
    """Sizes of buffers for contexts of one model on one machine.

    `log` are the newest lines of llama.cpp's log. A dry run reads the vocabulary (up to a second) and no
    weights; none is made before one is needed, and where it fails an estimate takes its place.
    """

    def __init__(self, file: ModelFile, machine: Machine, log: deque[str]) -> None:
        self._file, self._machine, self._log = file, machine, log
        self._model: capi.Model | None = None
        self._known: dict[tuple[int, KvType], int] = {}

    def buffers(self, n_ctx: int, kv: KvType) -> int:
        """Bytes of compute and output buffers, on all devices."""
        if (n_ctx, kv) not in self._known:
            file = self._file
            size = compute_bytes(file.shape, n_ctx)
            needed = file.weights.total + kv_bytes(file.shape, n_ctx, kv) + size
            room = self._machine.gpu_room if self._machine.gpus else self._machine.ram_free
            if needed * ROOMY > room:
                with contextlib.suppress(capi.LoadFailed):
                    size = self._measure(n_ctx, kv)
            self._known[n_ctx, kv] = size
        return self._known[n_ctx, kv]

    def _measure(self, n_ctx: int, kv: KvType) -> int:
        if self._model is None:
            layers = len(self._file.weights.layers) + 1 if self._machine.gpus else 0
            self._model = capi.Model(str(self._file.path), layers, lambda _fraction: True, dry_run=True)
        self._log.clear()
        capi.Context(self._model, n_ctx, 1, capi.AbortFlag(), kv=kv).close()
        return buffer_bytes(self._log)

    def close(self) -> None:
        """Free what it made."""
        if self._model is not None:
            self._model.close()


def buffer_bytes(log: Iterable[str]) -> int:
    """Buffers on all devices, from what llama.cpp logs while it makes a context."""
    found = (_BUFFER.search(line) for line in log)
    return int(sum(float(match[1]) * (1 << 20) for match in found if match))
