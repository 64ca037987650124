"""Writes GGUF files of a model's real shape and quantisation whose weights are a hole in the file.

llama.cpp loads them like the published ones (all weights are zero), and they take a few megabytes of disk:
good for sizes, memory and speed, not for words. The mix of types is that of llama.cpp's own quantiser.
"""

import struct
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path

from r1chat.core.catalog import Shape
from r1chat.core.gguf import BLOCKS

F32, F16, Q8_0, Q4_K, Q5_K, Q6_K = 0, 1, 8, 12, 13, 14
MARKUP = {
    "<｜begin▁of▁sentence｜>": 3, "<｜end▁of▁sentence｜>": 3, "<｜User｜>": 3, "<｜Assistant｜>": 3,
    "<think>": 4, "</think>": 4,
}  # fmt: skip
"""R1's own tokens and their types; both that open and close a thought are USER_DEFINED in published files."""

Tensor = tuple[str, tuple[int, ...], int]
"""Name, dimensions (the fastest first) and ggml type."""


def text(value: str | bytes) -> bytes:
    """A string as GGUF writes it."""
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, value: object) -> bytes:
    """One metadata entry; the type follows from the value."""
    head = text(key)
    match value:
        case bool():
            return head + struct.pack("<I?", 7, value)
        case int():
            return head + struct.pack("<II", 4, value)
        case float():
            return head + struct.pack("<If", 6, value)
        case str():
            return head + struct.pack("<I", 8) + text(value)
        case [int(), *_]:
            return head + struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
        case [*items]:
            return head + struct.pack("<IIQ", 9, 8, len(items)) + b"".join(map(text, items))
        case _:
            raise TypeError(value)


def header(values: dict[str, object], tensors: Sequence[Tensor], alignment: int = 32) -> tuple[bytes, int]:
    """The bytes up to the weights, and the size of the whole file."""
    out = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(values))]
    out += [entry(key, value) for key, value in values.items()]
    offset = 0
    for name, shape, kind in tensors:
        out.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
        offset += -(-nbytes(shape, kind) // alignment) * alignment
    data = b"".join(out)
    return data + bytes(-len(data) % alignment), len(data) + -len(data) % alignment + offset


def nbytes(shape: tuple[int, ...], kind: int) -> int:
    """Bytes of a tensor."""
    elements, size = BLOCKS[kind]
    return prod(shape) // elements * size


def vocabulary(n_vocab: int) -> dict[str, object]:
    """A byte-level vocabulary with R1's tokens, filled up with unused ones; entries of the metadata."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    tokens = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(rest))]
    kinds = [1] * 256 + list(MARKUP.values())
    tokens += MARKUP
    tokens += [f"[PAD{index}]" for index in range(len(tokens), n_vocab)]
    kinds += [5] * (n_vocab - len(kinds))
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "deepseek-r1-qwen",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": ["Ġ t", "h e"],
        "tokenizer.ggml.bos_token_id": 256,
        "tokenizer.ggml.eos_token_id": 257,
        "tokenizer.ggml.add_bos_token": True,
    }


def metadata(shape: Shape, n_layer: int, **more: object) -> dict[str, object]:
    """Metadata of a model of that shape, its vocabulary included."""
    arch = shape.arch
    return {
        "general.architecture": arch,
        "general.name": f"{arch} of zeros",
        "general.file_type": 15,
        f"{arch}.block_count": n_layer,
        f"{arch}.context_length": shape.n_ctx,
        f"{arch}.embedding_length": shape.n_embd,
        f"{arch}.feed_forward_length": shape.n_ff,
        f"{arch}.attention.head_count": shape.n_head,
        f"{arch}.attention.head_count_kv": shape.n_head_kv,
        f"{arch}.attention.key_length": shape.head_dim,
        f"{arch}.attention.value_length": shape.head_dim,
        f"{arch}.rope.freq_base": 10000.0,
        f"{arch}.rope.dimension_count": shape.head_dim,
        f"{arch}.attention.layer_norm_rms_epsilon": 1e-6,
        f"{arch}.vocab_size": shape.n_vocab,
        **vocabulary(shape.n_vocab),
        **more,
    }


def tensors(shape: Shape, n_layer: int, quant: str) -> Iterator[Tensor]:
    """Every tensor of the model, typed as llama.cpp's quantiser does for Q4_K_M, Q6_K, Q8_0 and F16."""
    base = {"Q4_K_M": Q4_K, "Q6_K": Q6_K, "Q8_0": Q8_0, "F16": F16}[quant]
    embd, ff, heads, kv = (
        shape.n_embd,
        shape.n_ff,
        shape.n_head * shape.head_dim,
        shape.n_head_kv * shape.head_dim,
    )
    yield "token_embd.weight", (embd, shape.n_vocab), base
    for layer in range(n_layer):
        more = layer < n_layer // 8 or layer >= 7 * n_layer // 8 or (layer - n_layer // 8) % 3 == 2
        big = Q6_K if quant == "Q4_K_M" and more else base
        value = Q5_K if big == Q4_K and shape.n_layer == 80 else big  # the 70B's few values get more bits
        blk = f"blk.{layer}"
        yield f"{blk}.attn_norm.weight", (embd,), F32
        yield f"{blk}.ffn_norm.weight", (embd,), F32
        for name, rows, kind in (("attn_q", heads, base), ("attn_k", kv, base), ("attn_v", kv, value)):
            yield f"{blk}.{name}.weight", (embd, rows), kind
            if shape.arch == "qwen2":
                yield f"{blk}.{name}.bias", (rows,), F32
        if shape.arch == "qwen3":
            yield f"{blk}.attn_q_norm.weight", (shape.head_dim,), F32
            yield f"{blk}.attn_k_norm.weight", (shape.head_dim,), F32
        yield f"{blk}.attn_output.weight", (heads, embd), base
        yield f"{blk}.ffn_gate.weight", (embd, ff), base
        yield f"{blk}.ffn_up.weight", (embd, ff), base
        yield f"{blk}.ffn_down.weight", (ff, embd), big
    if shape.arch == "llama":
        yield "rope_freqs.weight", (shape.head_dim // 2,), F32
    yield "output_norm.weight", (embd,), F32
    yield "output.weight", (embd, shape.n_vocab), Q8_0 if quant == "Q8_0" else F16 if quant == "F16" else Q6_K


def write_model(
    path: Path, shape: Shape, quant: str = "Q4_K_M", n_layer: int | None = None, **more: object
) -> int:
    """Write such a file, sparse; returns its size in bytes."""
    layers = shape.n_layer if n_layer is None else n_layer
    data, size = header(metadata(shape, layers, **more), list(tensors(shape, layers, quant)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.truncate(size)
    return size
