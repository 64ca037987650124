"""Whether a GGUF file holds a model that r1chat can think with, before llama.cpp sees it.

llama.cpp aborts its process on some values of a header and takes others for granted. What passes here has
been shown to it in the tens of thousands (`tests/perf/headers.py`).
"""

import math
import re

from r1chat.core.gguf import Array, Buffer, GgufError, Header, strings

ARCHITECTURES = ("qwen2", "qwen3", "llama")
"""What DeepSeek distilled R1 into."""
MAX_PARTS = 999
MAX_WORDS = 300_000
"""Of a vocabulary; the distills have 128,256 to 152,064."""

_MARKUP = {
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<think>",
    "</think>",
}
_BOUNDS = {
    "block_count": (1, 512),
    "embedding_length": (1, 1 << 17),
    "context_length": (64, 1 << 24),
    "attention.head_count": (1, 1 << 12),
}
_SCALING = {"none", "linear", "yarn", "longrope"}
_KEYS = {
    "vocab_size", "context_length", "embedding_length", "block_count", "feed_forward_length",
    "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
    "attention.layer_norm_rms_epsilon", "rope.dimension_count", "rope.freq_base", "rope.scaling.type",
    "rope.scaling.factor", "rope.scaling.original_context_length", "rope.scaling.attn_factor",
    "rope.scaling.finetuned", "rope.scale_linear",
}  # fmt: skip
"""What the metadata of a dense R1 distill may say of its shape; llama.cpp knows a hundred more."""
_TENSOR = re.compile(
    r"(?:token_embd|output|output_norm|rope_freqs"
    r"|blk\.\d{1,3}\.(?:attn_(?:q|k|v|output|norm|q_norm|k_norm)|ffn_(?:gate|up|down|norm)))\.(?:weight|bias)"
)
_F32 = 0
_WEIGHT_TYPES = {0, 1, 2, 3, 6, 7, 8, *range(10, 15), *range(16, 24), 29, 30, 34, 35, 39}
"""ggml types that matrices are kept in; others are of integers, or of results on their way."""
_DAMAGED = "The file is damaged or hostile: fetch it again."
_FOREIGN = "Name a DeepSeek-R1 distill."
_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf")


def check_model(buffer: Buffer, header: Header) -> None:
    """Shape and vocabulary of a model, `buffer` holding its header. Raises GgufError, one sentence."""
    if not header.architecture or (not header.tensors and header.number("split.count") <= 1):
        raise GgufError("It holds no language model.", _FOREIGN)
    if header.architecture not in ARCHITECTURES:
        raise GgufError(f"It is a model of kind {header.architecture!r}, which is no R1 distill.", _FOREIGN)
    _check_shape(header)
    _check_keys(header)
    _check_vocabulary(buffer, header)
    check_tensors(header, header)


def check_tensors(part: Header, first: Header) -> None:
    """The tensors of a part are those of a dense transformer of the shape that the first part tells."""
    heads, width = first.shape("attention.head_count"), first.shape("embedding_length")
    head_size = first.shape("attention.key_length", width // heads)
    rows = {
        "attn_q.weight": heads * head_size,
        "attn_k.weight": first.shape("attention.head_count_kv", heads) * head_size,
        "attn_v.weight": first.shape("attention.head_count_kv", heads) * head_size,
    }
    for tensor in part.tensors:
        if _TENSOR.fullmatch(tensor.name) is None:
            raise GgufError(f"It holds a tensor {tensor.name[:60]!r}, which no R1 distill has.", _FOREIGN)
        wanted = rows.get(tensor.name.partition(".")[2].partition(".")[2], tensor.shape[-1])
        vector = len(tensor.shape) == 1
        if tensor.kind not in ({_F32} if vector else _WEIGHT_TYPES) or tensor.shape[-1] != wanted:
            raise GgufError(f"Its tensor {tensor.name!r} has a type or shape that cannot be.", _DAMAGED)


def part_names(name: str, header: Header) -> tuple[str, ...]:
    """The file names of a model in several parts, of which `name` must be the first; else `name` alone."""
    count = header.number("split.count", 1)
    if count <= 1:
        return (name,)
    found = _PART.fullmatch(name)
    first = f"-00001-of-{count:05d}.gguf"
    if count > MAX_PARTS or header.number("split.no", 0) != 0 or found is None or not name.endswith(first):
        raise GgufError(
            f"It is one part of a model in {count} files and not the first.",
            f"Name the file that ends in {first}; all parts must lie beside it.",
        )
    return tuple(f"{found[1]}-{index:05d}-of-{count:05d}.gguf" for index in range(1, count + 1))


def check_part(header: Header, index: int, count: int) -> None:
    """A later part is the one that its name says, of a set of `count`."""
    if header.number("split.no", -1) != index or header.number("split.count", -1) != count:
        raise GgufError(
            f"Part {index + 1} of {count} is a part of another set, or the same part twice.",
            "Fetch all parts again.",
        )


def _check_shape(header: Header) -> None:
    for key, (low, high) in _BOUNDS.items():
        value = header.shape(key, -1)
        if not low <= value <= high:
            raise GgufError(f"Its {key} is {value}, which no model has.", _DAMAGED)
    heads, arch = header.shape("attention.head_count"), header.architecture
    kv_heads = header.values.get(f"{arch}.attention.head_count_kv", heads)
    if not isinstance(kv_heads, int) or not 1 <= kv_heads <= heads or heads % kv_heads:
        raise GgufError(f"Its attention.head_count_kv is {_shown(kv_heads)}, which no model has.", _DAMAGED)
    head_size = header.shape("embedding_length") // heads
    for key in ("attention.key_length", "attention.value_length", "rope.dimension_count"):
        head_size = header.shape("attention.key_length", head_size)
        if header.shape(key, head_size) != head_size or not 0 < head_size <= 1 << 10 or head_size % 2:
            raise GgufError(f"Its {key} fits no head.", _DAMAGED)
    epsilon = header.values.get(f"{arch}.attention.layer_norm_rms_epsilon")
    if not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise GgufError(f"Its norm's epsilon is {_shown(epsilon)}.", _DAMAGED)
    _check_rope(header)


def _check_keys(header: Header) -> None:
    """Each key of the architecture's own is known, or says nothing."""
    own = f"{header.architecture}."
    for key, value in header.values.items():
        if key.startswith(own) and key.removeprefix(own) not in _KEYS and value:
            raise GgufError(f"Its metadata has {key[:60]!r}, which no R1 distill has.", _FOREIGN)


def _check_rope(header: Header) -> None:
    arch = header.architecture
    scaling = header.values.get(f"{arch}.rope.scaling.type", "none")
    base = header.values.get(f"{arch}.rope.freq_base", 10_000.0)
    if scaling not in _SCALING:
        raise GgufError(f"Its rope.scaling.type is {_shown(scaling)}.", _DAMAGED)
    if not isinstance(base, float) or not math.isfinite(base) or base <= 0:
        raise GgufError(f"Its rope.freq_base is {_shown(base)}.", _DAMAGED)


def _check_vocabulary(buffer: Buffer, header: Header) -> None:
    """Two tokens of one text abort llama.cpp; R1's own tokens are what r1chat thinks with."""
    tokens = header.values.get("tokenizer.ggml.tokens")
    if not isinstance(tokens, Array) or tokens.kind != 8 or not 0 < tokens.count <= MAX_WORDS:
        raise GgufError("It holds no vocabulary.", _FOREIGN)
    if header.text("tokenizer.ggml.model") != "gpt2":
        raise GgufError(f"Its tokenizer is {_shown(header.values.get('tokenizer.ggml.model'))}.", _FOREIGN)
    words = set(strings(buffer, tokens))
    if len(words) != tokens.count:
        raise GgufError("Its vocabulary has a word twice.", "The file is damaged: fetch it again.")
    if lacking := sorted(word for word in _MARKUP if word.encode() not in words):
        raise GgufError(f"Its vocabulary lacks {lacking[0]}, so it cannot think as R1 does.", _FOREIGN)
    types = header.values.get("tokenizer.ggml.token_type")
    if types is not None and (not isinstance(types, Array) or types.count != tokens.count):
        raise GgufError("Its vocabulary and the types of its words differ in length.", _DAMAGED)
    for key in ("bos_token_id", "eos_token_id", "eot_token_id", "padding_token_id", "unknown_token_id"):
        token = header.values.get(f"tokenizer.ggml.{key}", 0)
        if not isinstance(token, int) or not 0 <= token < tokens.count:
            raise GgufError(f"Its {key} is {_shown(token)}, which no word has.", _DAMAGED)


def _shown(value: object) -> str:
    """A value of a header as part of a sentence; it may be long."""
    return "an array" if isinstance(value, Array) else repr(value)[:60]
