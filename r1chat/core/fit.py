"""What a model takes in memory and where it fits: weights, KV cache and buffers against a machine.

Pure arithmetic; what is free, and how fast memory is read, is measured in `hardware.py`. The sizes are those
of llama.cpp as the engine drives it; `tests/perf/models.py` holds them against its dry run and against the
resident memory of a loaded model.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from r1chat.core.catalog import Shape
from r1chat.core.gguf import Header

BATCH = 512
"""Tokens of a prefill that are computed at once."""
SEQUENCES = 8
"""Rows of logits that the engine keeps room for."""
GPU_MARGIN = 1 << 30
"""Bytes left free on each GPU, for the desktop and for the driver's own."""
PROCESS = 48 << 20
"""Resident bytes of the engine's process before it loads anything; measured 49 MB."""
CELLS = 256
"""llama.cpp rounds a context up to a multiple of this many tokens."""

_BITS = {
    "Q3_K": 110 / 32,
    "IQ4_XS": 136 / 32,
    "Q4_K": 144 / 32,
    "Q5_K": 176 / 32,
    "Q6_K": 210 / 32,
    "Q8_0": 8.5,
}
"""Bits a weight, by ggml type."""


class KvType(StrEnum):
    """How keys and values are kept."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"

    @property
    def bits(self) -> float:
        """A value, its share of a block's scale included."""
        return {"f16": 16, "q8_0": 8.5, "q4_0": 4.5}[self.value]


class Weights(msgspec.Struct, frozen=True):
    """Bytes of the weights, by where they go."""

    layers: tuple[int, ...]
    """Each transformer block."""
    output: int
    """The output matrix and its norm; of tied weights the embedding once more, on the GPU."""
    embedding: int
    """The embedding table, which always stays in RAM."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.layers) + self.output + self.embedding


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that a model takes while it answers."""

    weights: int
    kv: int
    compute: int
    """Buffers for a batch of the prompt, and the logits."""
    process: int = PROCESS

    @property
    def total(self) -> int:
        """All together."""
        return self.weights + self.kv + self.compute + self.process


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU that the engine can put layers on."""

    name: str
    free: int
    total: int
    read: float = 0.0
    """Bytes a second at which it reads its memory; 0 where nobody knows."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a model can be put on."""

    ram_free: int
    """Bytes that can be had without swapping."""
    ram_read: float = 0.0
    """Bytes a second at which the CPU works through weights; 0 where nobody knows."""
    gpus: tuple[Device, ...] = ()
    unified: bool = False
    """The GPU's memory is the machine's own, as on a Mac."""

    @property
    def gpu_room(self) -> int:
        """Bytes on all GPUs, behind the margin of each."""
        free = sum(max(0, gpu.free - GPU_MARGIN) for gpu in self.gpus)
        return min(free, max(0, self.ram_free - PROCESS)) if self.unified else free


class Verdict(StrEnum):
    """Where a model runs."""

    GPU = "gpu"
    SPLIT = "split"
    CPU = "cpu"
    NO = "no"


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How one model with one context lies on a machine."""

    verdict: Verdict
    n_ctx: int
    need: Need
    gpu_layers: int
    """Of `n_layer` + 1, the output counted as one."""
    n_layer: int
    on_gpu: int
    in_ram: int
    missing: int
    """Bytes of RAM that lack where it does not fit."""
    tokens_per_s: float | None
    """Expected speed of a reply that begins; None where memory was not measured."""


def shape_of(header: Header) -> Shape:
    """The sizes in a GGUF header; `soundness.check_shape` has found them sane before."""
    shape, heads = header.shape, max(1, header.shape("attention.head_count", 1))
    tokens = header.count("tokenizer.ggml.tokens")
    return Shape(
        arch=header.architecture,
        n_layer=shape("block_count"),
        n_head=heads,
        n_head_kv=shape("attention.head_count_kv", heads),
        head_dim=shape("attention.key_length", shape("embedding_length") // heads),
        n_embd=shape("embedding_length"),
        n_ff=shape("feed_forward_length"),
        n_vocab=tokens or shape("vocab_size"),
        n_ctx=shape("context_length"),
    )


def weights_of(header: Header) -> Weights:
    """The weights of a file, by the tensors in its header."""
    layers = [0] * max(1, header.shape("block_count"))
    output = embedding = 0
    for tensor in header.tensors:
        if found := re.match(r"blk\.(\d+)\.", tensor.name):
            layers[min(int(found[1]), len(layers) - 1)] += tensor.nbytes
        elif tensor.name == "token_embd.weight":
            embedding = tensor.nbytes
        else:
            output += tensor.nbytes
    return Weights(tuple(layers), output, embedding)


def weights_by_quant(shape: Shape, quant: str, size: int) -> Weights:
    """The weights of a file of `size` bytes that is not here: what its quantisation's name tells.

    llama.cpp keeps the output at 6.6 bits a weight or more, and the embedding at the type it is named for.
    """
    base = next((bits for name, bits in _BITS.items() if quant.startswith(name)), 0.0)
    cells = shape.n_embd * shape.n_vocab
    embedding = int(cells * base / 8)
    output = int(cells * max(base, _BITS["Q6_K"]) / 8)
    rest = size - embedding - output
    if not base or rest <= 0:
        embedding = output = 0
        rest = size
    layer = rest // shape.n_layer
    return Weights((layer,) * shape.n_layer, output, embedding)


def kv_bytes(shape: Shape, n_ctx: int, kv: KvType = KvType.F16) -> int:
    """Bytes of keys and values for a context, which is rounded up as llama.cpp does."""
    cells = -(-n_ctx // CELLS) * CELLS
    return int(cells * shape.n_layer * shape.n_head_kv * shape.head_dim * 2 * kv.bits / 8)


def compute_bytes(shape: Shape, n_ctx: int) -> int:
    """Bytes of llama.cpp's compute and output buffers.

    Three rows of the feed-forward and four of the model's width for each token of a batch, a half-precision
    mask of batch × context, and the logits. Found from its dry runs on all shapes of the catalog.
    """
    activations = 4 * BATCH * (3 * shape.n_ff + 4 * shape.n_embd)
    return activations + 2 * BATCH * n_ctx + 4 * SEQUENCES * shape.n_vocab


def need(shape: Shape, weights: Weights, n_ctx: int, kv: KvType = KvType.F16) -> Need:
    """What it takes, wherever it lies."""
    return Need(weights=weights.total, kv=kv_bytes(shape, n_ctx, kv), compute=compute_bytes(shape, n_ctx))


def gpu_layers(weights: Weights, kv_per_layer: int, room: int) -> int:
    """How many layers fit into `room` bytes, counted from the last; the output is the first to go there."""
    room -= weights.output or weights.embedding
    fitting = 0
    for layer in reversed(weights.layers):
        room -= layer + kv_per_layer
        if room < 0:
            return fitting
        fitting += 1
    return fitting + 1


def fit(shape: Shape, weights: Weights, n_ctx: int, machine: Machine, kv: KvType = KvType.F16) -> Fit:
    """Where a model with a context lies on a machine."""
    wanted, n_layer = need(shape, weights, n_ctx, kv), len(weights.layers)
    per_layer = wanted.kv // n_layer
    layers = gpu_layers(weights, per_layer, machine.gpu_room - wanted.compute) if machine.gpus else 0
    moved = min(layers, n_layer)
    on_gpu = 0
    if layers:
        on_gpu = weights.output + sum(weights.layers[n_layer - moved :]) + moved * per_layer + wanted.compute
    in_ram = wanted.total - on_gpu
    lacking = (wanted.total if machine.unified else in_ram) - machine.ram_free
    match layers:
        case _ if lacking > 0:
            verdict = Verdict.NO
        case 0:
            verdict = Verdict.CPU
        case full if full > n_layer:
            verdict = Verdict.GPU
        case _:
            verdict = Verdict.SPLIT
    return Fit(
        verdict=verdict,
        n_ctx=n_ctx,
        need=wanted,
        gpu_layers=layers,
        n_layer=n_layer,
        on_gpu=on_gpu,
        in_ram=in_ram,
        missing=max(0, lacking),
        tokens_per_s=_speed(weights, moved, machine),
    )


def largest_context(
    shape: Shape,
    weights: Weights,
    machine: Machine,
    kv: KvType = KvType.F16,
    verdicts: Sequence[Verdict] = (Verdict.GPU, Verdict.SPLIT, Verdict.CPU),
) -> int:
    """The most tokens of context with one of `verdicts`, up to what it was trained for; 0 for none."""
    low, high = 0, shape.n_ctx // CELLS
    while low < high:
        middle = (low + high + 1) // 2
        if fit(shape, weights, middle * CELLS, machine, kv).verdict in verdicts:
            low = middle
        else:
            high = middle - 1
    return low * CELLS


def _speed(weights: Weights, moved: int, machine: Machine) -> float | None:
    """Tokens a second when every weight but the embedding's is read once a token, and the cache is empty."""
    split = len(weights.layers) - moved
    in_ram, on_gpu = sum(weights.layers[:split]), sum(weights.layers[split:])
    if moved:
        on_gpu += weights.output
    else:
        in_ram += weights.output
    reads = [gpu.read for gpu in machine.gpus]
    if (in_ram and not machine.ram_read) or (on_gpu and not all(reads)):
        return None
    seconds = in_ram / machine.ram_read if in_ram else 0.0
    seconds += on_gpu / (sum(reads) / len(reads)) if on_gpu else 0.0
    return 1 / seconds if seconds else None


class Pace(StrEnum):
    """Speed classes, by what they are like to sit before."""

    FAST = "fast"
    """30 tokens a second and more: a long thought is a minute."""
    FLUENT = "fluent"
    """From 10: faster than anyone reads."""
    READING = "reading speed"
    """From 4."""
    SLOW = "slow"
    """From 1: a thought of 2,000 tokens takes up to half an hour."""
    CRAWLING = "crawling"


def pace(tokens_per_s: float) -> Pace:
    """The class of a speed."""
    steps = ((30.0, Pace.FAST), (10.0, Pace.FLUENT), (4.0, Pace.READING), (1.0, Pace.SLOW))
    return next((name for least, name in steps if tokens_per_s >= least), Pace.CRAWLING)
