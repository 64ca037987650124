"""GGUF headers that have been tampered with, for the checks that stand before llama.cpp.

Seeds are small models of the three architectures; each mutation is drawn from a seeded generator, so that a
finding can be drawn again by its number.
"""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from r1chat.core.catalog import catalog
from tests.gguf_files import Tensor, entry, metadata, nbytes, tensors, text

ODD = (
    0,
    1,
    2,
    3,
    7,
    31,
    63,
    64,
    255,
    256,
    1023,
    1024,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**63,
    2**64 - 1,
)
"""Numbers at the edges of types and of what a model may have."""
WORDS = (
    "",
    "x",
    "llama",
    "qwen2",
    "qwen3",
    "gpt2",
    "bert",
    "yarn",
    "none",
    "\u0000",
    "a" * 100,
    "é€😀",
    "Ċ",
    "<think>",
)
ALIGNMENT = 32

_GENERAL_KEYS = (
    "general.alignment", "general.type", "split.count", "split.no", "split.tensors.count",
    "tokenizer.ggml.newline_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.add_space_prefix",
    "tokenizer.ggml.precompiled_charsmap", "tokenizer.ggml.scores", "tokenizer.ggml.fim_pre_token_id",
)  # fmt: skip
_SHAPE_KEYS = (
    "expert_count", "expert_used_count", "rope.scaling.type", "rope.scaling.factor", "vocab_size",
    "attention.sliding_window", "attention.causal", "rope.dimension_sections", "attention.key_length",
    "attention.head_count_kv", "pooling_type", "attention.value_length_mla", "attention.key_length_mla",
    "tensor_data_layout", "leading_dense_block_count", "nextn_predict_layers", "embedding_length_out",
    "classifier.output_labels", "attention.key_length_swa", "rope.dimension_count_swa", "attention.scale",
    "logit_scale", "rope.scaling.original_context_length", "attention.max_alibi_bias", "posnet.block_count",
    "convnext.block_count", "expert_group_count", "attention.indexer.head_count", "ssm.state_size",
    "use_parallel_residual", "attention.clamp_kqv", "rope.freq_base_swa", "attention.group_norm_groups",
)  # fmt: skip


@dataclass
class Parts:
    """A header in pieces that can be changed one by one."""

    entries: dict[str, bytes]
    tensors: list[Tensor]
    n_entries: int | None = None
    """Claimed counts, where they are not the true ones."""
    n_tensors: int | None = None
    version: int = 3

    def build(self) -> tuple[bytes, int]:
        """The bytes of the header, and the size of the file."""
        out = [b"GGUF", struct.pack(
            "<IQQ", self.version,
            len(self.tensors) if self.n_tensors is None else self.n_tensors,
            len(self.entries) if self.n_entries is None else self.n_entries,
        )]  # fmt: skip
        out += self.entries.values()
        offset = 0
        for name, shape, kind in self.tensors:
            out.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
            offset += -(-_bytes(shape, kind) // ALIGNMENT) * ALIGNMENT
        data = b"".join(out)
        data += bytes(-len(data) % ALIGNMENT)
        return data, len(data) + offset


def seed(index: int) -> Parts:
    """A small sound model; 0 to 2 are qwen2, llama and qwen3."""
    arch = ("qwen2", "llama", "qwen3")[index]
    shape = next(model.shape for model in catalog().models if model.shape.arch == arch)
    small = msgspec.structs.replace(
        shape, n_embd=256, n_ff=256, n_head=4, n_head_kv=2, head_dim=64, n_vocab=300, n_ctx=2048
    )
    values = metadata(small, 2, **{f"{arch}.rope.scaling.type": "none"})
    return Parts({key: entry(key, value) for key, value in values.items()}, list(tensors(small, 2, "Q8_0")))


def mutate(number: int) -> tuple[bytes, int]:
    """The header of that number, and the size of its file."""
    draw = random.Random(number)
    parts = seed(draw.randrange(3))
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        draw.choice(_STRUCTURED)(draw, parts)
    data, size = parts.build()
    if draw.random() < 0.35:
        data = draw.choice(_RAW)(draw, bytearray(data))
    return bytes(data), max(size, 0)


def _bytes(shape: tuple[int, ...], kind: int) -> int:
    try:
        return min(nbytes(shape, kind), 1 << 40)
    except KeyError:
        return 64


def _drop_key(draw: random.Random, parts: Parts) -> None:
    if parts.entries:
        del parts.entries[draw.choice(list(parts.entries))]


def _odd_number(draw: random.Random, parts: Parts, key: str | None = None) -> None:
    key = key or _some_key(draw, parts)
    kind, code = draw.choice(
        ((4, "I"), (4, "I"), (4, "I"), (5, "i"), (10, "Q"), (11, "q"), (0, "B"), (2, "H"), (7, "B"))
    )
    width = struct.calcsize(code)
    value = (draw.choice(ODD) + draw.choice((0, 0, 0, 1, -1))) % (1 << 8 * width)
    parts.entries[key] = text(key) + struct.pack("<I", kind) + value.to_bytes(width, "little")


def _odd_float(draw: random.Random, parts: Parts, key: str | None = None) -> None:
    key = key or _some_key(draw, parts)
    value = draw.choice((0.0, -1.0, 1e-30, 1e30, float("nan"), float("inf"), 2.0))
    parts.entries[key] = text(key) + struct.pack("<If", 6, value)


def _odd_text(draw: random.Random, parts: Parts, key: str | None = None) -> None:
    key = key or _some_key(draw, parts)
    word = draw.choice(WORDS).encode() if draw.random() < 0.8 else draw.randbytes(draw.randrange(40))
    parts.entries[key] = text(key) + struct.pack("<I", 8) + text(word)


def _odd_array(draw: random.Random, parts: Parts, key: str | None = None) -> None:
    key = key or _some_key(draw, parts)
    count = draw.choice((0, 1, 2, 3, 300, 2**20, 2**40, 2**64 - 1))
    kind, body = draw.choice(
        ((8, text("x")), (5, b"\0\0\0\1"), (4, b"\4\0\0\0"), (6, b"\0\0\0\0"), (9, b""), (77, b""))
    )
    parts.entries[key] = text(key) + struct.pack("<IIQ", 9, kind, count) + body * min(count, 300)


def _odd_vocabulary(draw: random.Random, parts: Parts) -> None:
    key = draw.choice(("tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.scores"))
    words = [f"w{index}" for index in range(draw.choice((1, 299, 300, 301)))]
    words[: len(WORDS)] = WORDS[: len(words)]
    parts.entries[key] = entry(key, [*words, *draw.choices(words, k=draw.randrange(2))])


def _new_key(draw: random.Random, parts: Parts) -> None:
    arch = draw.choice(("qwen2", "llama", "qwen3"))
    key = draw.choice((*_GENERAL_KEYS, *(f"{arch}.{key}" for key in _SHAPE_KEYS)))
    parts.entries.setdefault(key, text(key) + struct.pack("<II", 4, draw.choice(ODD) % 2**32))
    for change in draw.choices((_odd_number, _odd_text, _odd_float, _odd_array), k=draw.randrange(2)):
        change(draw, parts, key)


def _twice(draw: random.Random, parts: Parts) -> None:
    key = _some_key(draw, parts)
    parts.entries[f"{key}#"] = parts.entries[key]


def _odd_tensor(draw: random.Random, parts: Parts) -> None:
    if not parts.tensors:
        return
    index = draw.randrange(len(parts.tensors))
    name, shape, kind = parts.tensors[index]
    match draw.randrange(7):
        case 0:
            del parts.tensors[index]
        case 1:
            parts.tensors.append(parts.tensors[index])
        case 2:
            parts.tensors[index] = (name, shape, draw.choice((*range(45), 255, 2**31)))
        case 3:
            parts.tensors[index] = (name, tuple(draw.choice(ODD) for _ in shape), kind)
        case 4:
            parts.tensors[index] = (name, shape * draw.choice((0, 2, 3)), kind)
        case 5:
            parts.tensors[index] = (
                draw.choice(("", name[:-1], name * 9, "blk.999.x", "output.weight")),
                shape,
                kind,
            )
        case _:
            parts.tensors[index] = (name, tuple(size * draw.choice((1, 2)) for size in shape), kind)


def _odd_counts(draw: random.Random, parts: Parts) -> None:
    match draw.randrange(3):
        case 0:
            parts.n_entries = draw.choice((*ODD, len(parts.entries) - 1, len(parts.entries) + 1))
        case 1:
            parts.n_tensors = draw.choice((*ODD, len(parts.tensors) - 1, len(parts.tensors) + 1))
        case _:
            parts.version = draw.choice((0, 1, 2, 4, 2**24 * 3, 2**32 - 1))


def _flip(draw: random.Random, data: bytearray) -> bytearray:
    for _ in range(draw.randrange(1, 9)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return data


def _cut(draw: random.Random, data: bytearray) -> bytearray:
    return data[: draw.randrange(len(data))]


def _number_in_place(draw: random.Random, data: bytearray) -> bytearray:
    at, width = draw.randrange(max(1, len(data) - 8)), draw.choice((4, 8))
    data[at : at + width] = (draw.choice(ODD) % (1 << 8 * width)).to_bytes(width, "little")
    return data


def _insert(draw: random.Random, data: bytearray) -> bytearray:
    at = draw.randrange(len(data))
    data[at:at] = draw.randbytes(draw.randrange(1, 64))
    return data


def _some_key(draw: random.Random, parts: Parts) -> str:
    return draw.choice(list(parts.entries) or ["general.name"])


_STRUCTURED: tuple[Callable[[random.Random, Parts], None], ...] = (
    _drop_key, _odd_number, _odd_number, _odd_number, _odd_float, _odd_text, _odd_text, _odd_array,
    _odd_vocabulary, _new_key, _new_key, _twice, _odd_tensor, _odd_tensor, _odd_counts,
)  # fmt: skip
_RAW: tuple[Callable[[random.Random, bytearray], bytearray], ...] = (
    _flip,
    _flip,
    _cut,
    _number_in_place,
    _insert,
)
