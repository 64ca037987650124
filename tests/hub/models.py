"""Models for tests of the Hub: a sound header, then noise up to the size that is wanted."""

import random

from r1chat.core.catalog import Shape
from tests.gguf_files import header, metadata

_SHAPE = Shape(
    arch="qwen2", n_layer=1, n_head=2, n_head_kv=1, head_dim=32, n_embd=64, n_ff=128, n_vocab=300, n_ctx=4096
)
_BYTES = 24
"""ggml's type of whole numbers of eight bits."""


def gguf(size: int, seed: int = 0, **more: object) -> bytes:
    """A GGUF file of exactly `size` bytes with one tensor of noise; `more` goes into its metadata."""
    values = metadata(_SHAPE, 1, **more)
    room = size - len(header(values, [("noise.weight", (1,), _BYTES)])[0])
    noise = random.Random(seed).randbytes(min(room, 1_000_003))
    return header(values, [("noise.weight", (room,), _BYTES)])[0] + (noise * (room // len(noise) + 1))[:room]
