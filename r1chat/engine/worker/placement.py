"""Where a model is put on the devices that were found: layers on the GPU, context, type of the KV cache.

Pure arithmetic over sizes that are measured elsewhere: weights by the header's table of tensors, buffers by a
dry run of llama.cpp, free memory by the system.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from r1chat.core.catalog import Shape
from r1chat.core.fit import PROCESS, KvType, Machine, Weights, gpu_layers, kv_bytes
from r1chat.engine.base import OutOfMemory

MAX_DEFAULT_CTX = 16_384
MIN_DEFAULT_CTX = 2_048
MIN_F16_CTX = 4_096
"""Below it a KV cache of half the size is better than a shorter context: thoughts are thousands long."""

Buffers = Callable[[int, KvType], int]
"""Bytes of compute buffers for a context of so many tokens and a type of KV cache."""


class Wish(NamedTuple):
    """What the person asked for; None leaves it to the engine."""

    n_ctx: int | None = None
    kv: KvType | None = None
    layers: int | None = None


ANY = Wish()
"""The engine chooses everything."""


class Plan(NamedTuple):
    """One way to put a model onto a machine."""

    n_ctx: int
    kv: KvType
    layers: int
    """On the GPU, counted from the last; the output is one more."""


class Placement:
    """A model's plans on a machine."""

    def __init__(
        self, shape: Shape, weights: Weights, machine: Machine, buffers: Buffers, wish: Wish = ANY
    ) -> None:
        self.shape, self.weights, self.machine, self.wish = shape, weights, machine, wish
        self._buffers = buffers
        self.all_layers = len(weights.layers) + 1 if machine.gpus else 0

    @property
    def best(self) -> Plan:
        """What would be taken with memory without end."""
        wish = self.wish
        n_ctx = min(self.shape.n_ctx, MAX_DEFAULT_CTX) if wish.n_ctx is None else wish.n_ctx
        layers = self.all_layers if wish.layers is None else min(wish.layers, self.all_layers)
        return Plan(n_ctx, wish.kv or KvType.F16, layers)

    def plans(self) -> Iterator[Plan]:
        """The plans that fit, the best first; the next is for when one fails after all.

        With all layers where they are wanted: first a smaller context, then a q8_0 KV cache. Where no context
        makes all layers fit, fewer of them, and the context is as large as it would be without a GPU.
        """
        sizes = list(self._sizes())
        for n_ctx, kv in sizes:
            plan = Plan(n_ctx, kv, self.best.layers)
            if self.holds(plan):
                yield plan
        if self.wish.layers is None and self.all_layers:
            for n_ctx, kv in sizes:
                yield from self._with_fewer_layers(n_ctx, kv)

    def refusal(self) -> OutOfMemory:
        """Why there is no plan."""
        free, wish, weights = self.memory, self.wish.n_ctx, self.weights.total
        if wish is None:
            *_, (n_ctx, kv) = self._sizes()
            least = self._total(Plan(n_ctx, kv, 0))
            return OutOfMemory(
                f"The model needs {gib(least)} and {gib(free)} are free.",
                "Use a smaller model or quantisation, or close other programs.",
            )
        *_, kv = self._kinds()
        return OutOfMemory(
            f"A context of {wish:,} tokens needs {gib(kv_bytes(self.shape, wish, kv))} of {kv} KV beside "
            f"{gib(weights)} of weights, and {gib(free)} are free.",
            "Ask for a smaller --ctx, or close other programs.",
        )

    def explain(self, plan: Plan, device: str, *, failed: bool = False) -> str:
        """The choice in one sentence. `failed`: a better plan fitted by its figures and failed."""
        best, sizes = self.best, f"{gib(self.weights.total)} of weights"
        parts = [f"{plan.n_ctx:,} tokens of context"]
        if plan.n_ctx < best.n_ctx:
            parts[0] += f" instead of {best.n_ctx:,}"
        parts.append(f"{plan.kv} KV ({gib(kv_bytes(self.shape, plan.n_ctx, plan.kv))})")
        count = len(self.weights.layers) + 1
        if not plan.layers:
            parts.append(f"on the {device}")
        elif plan.layers >= count:
            parts.append(f"all {count} layers on {device}")
        else:
            parts.append(f"{plan.layers} of {count} layers on {device}")
        why = "a larger plan ran out of memory" if failed else f"{self._free()} free for {sizes}"
        return f"{', '.join(parts)}: {why}."

    def smaller(self, plan: Plan, other: Plan) -> bool:
        """A plan takes less than another, altogether or of the GPU."""
        return self._total(plan) < self._total(other) or self._on_gpu(plan) < self._on_gpu(other)

    def falls_short(self, plan: Plan) -> bool:
        """The plan is less than would have been taken with memory without end."""
        return plan != self.best

    @property
    def memory(self) -> int:
        """Bytes that weights, cache and buffers may take, on all devices together."""
        machine = self.machine
        return machine.ram_free if machine.unified else machine.ram_free + machine.gpu_room

    def ram_left(self, plan: Plan) -> int:
        """Bytes of RAM that a plan leaves; on a machine with one memory for all, of that."""
        return max(0, self.machine.ram_free - self._in_ram(plan))

    def holds(self, plan: Plan) -> bool:
        """The machine has room for a plan. Layers that the person asked for are not doubted."""
        machine = self.machine
        if self.weights.total + kv_bytes(self.shape, plan.n_ctx, plan.kv) > self.memory:
            return False  # llama.cpp need not be asked, and cannot count to every context
        asked = self.wish.layers is not None
        fits_gpu = asked or self._on_gpu(plan) <= machine.gpu_room
        return fits_gpu and self._in_ram(plan) <= machine.ram_free

    def _sizes(self) -> Iterator[tuple[int, KvType]]:
        """Contexts and types of KV cache, the best first."""
        wanted = self.best.n_ctx
        for kv in self._kinds():
            n_ctx = wanted
            yield n_ctx, kv
            least = MIN_F16_CTX if kv is KvType.F16 and self.wish.kv is None else MIN_DEFAULT_CTX
            while self.wish.n_ctx is None and n_ctx // 2 >= least:
                n_ctx //= 2
                yield n_ctx, kv

    def _kinds(self) -> tuple[KvType, ...]:
        return (KvType.F16, KvType.Q8_0) if self.wish.kv is None else (self.wish.kv,)

    def _with_fewer_layers(self, n_ctx: int, kv: KvType) -> Iterator[Plan]:
        """As many layers as fit; behind it, for when that fails, half of them and none."""
        per_layer = kv_bytes(self.shape, n_ctx, kv) // len(self.weights.layers)
        room = self.machine.gpu_room - self._buffers(n_ctx, kv)
        most = min(gpu_layers(self.weights, per_layer, room), self.all_layers - 1)
        for layers in dict.fromkeys((most, most // 2, 0)):
            if self.holds(plan := Plan(n_ctx, kv, layers)):
                yield plan

    def _on_gpu(self, plan: Plan) -> int:
        if not plan.layers:
            return 0
        weights, n_layer = self.weights, len(self.weights.layers)
        moved = min(plan.layers, n_layer)
        cells = kv_bytes(self.shape, plan.n_ctx, plan.kv) // n_layer * moved
        output = weights.output or weights.embedding  # a tied embedding is copied to where the output is
        buffers = self._buffers(plan.n_ctx, plan.kv)
        return output + sum(weights.layers[n_layer - moved :]) + cells + buffers

    def _in_ram(self, plan: Plan) -> int:
        total = self._total(plan)
        return total if self.machine.unified else total - min(self._on_gpu(plan), total)

    def _total(self, plan: Plan) -> int:
        cells = kv_bytes(self.shape, plan.n_ctx, plan.kv)
        return self.weights.total + cells + self._buffers(plan.n_ctx, plan.kv) + PROCESS

    def _free(self) -> str:
        machine = self.machine
        if not machine.gpus or machine.unified:
            return f"{gib(machine.ram_free)} are"
        gpu = sum(gpu.free for gpu in machine.gpus)
        return f"{gib(gpu)} of the GPU's memory and {gib(machine.ram_free)} of RAM are"


def gib(count: int) -> str:
    """A number of bytes in words."""
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 29 else f"{count / (1 << 20):.0f} MiB"
