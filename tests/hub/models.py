"""Models for tests of the Hub: a sound header, then noise up to the size that is wanted."""

import random

from r1chat.core.catalog import Shape
from tests.gguf_files import F32, header, metadata

_SHAPE = Shape(
    arch="qwen2", n_layer=1, n_head=2, n_head_kv=1, head_dim=32, n_embd=64, n_ff=128, n_vocab=300, n_ctx=4096
)


def gguf(size: int, seed: int = 0, **more: object) -> bytes:
    """A GGUF file of `size` bytes, a multiple of 4, most of them noise; `more` goes into its metadata."""
    values = metadata(_SHAPE, 1, **more)

    def head(elements: int) -> bytes:
        return header(values, [("blk.0.ffn_norm.weight", (elements,), F32)])[0]

    room = size - len(head(1))
    noise = random.Random(seed).randbytes(min(room, 1_000_003))
    return head(room // 4) + (noise * (room // len(noise) + 1))[:room]
