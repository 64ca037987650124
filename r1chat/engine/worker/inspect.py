"""Looks at a model file before llama.cpp does: some values in a header would abort the process."""

import hashlib
import mmap
from array import array
from dataclasses import dataclass
from pathlib import Path

from r1chat.core.gguf import Array, GgufError, Header, read_header, strings
from r1chat.engine.base import ModelLoadError

USER_DEFINED = 4
"""Token type USER_DEFINED in `tokenizer.ggml.token_type`."""

_BOUNDS = {
    "block_count": (1, 1024),
    "embedding_length": (1, 1 << 17),
    "context_length": (64, 1 << 24),
    "attention.head_count": (1, 1 << 12),
}


@dataclass(frozen=True)
class ModelFile:
    """A model file that is whole and sane as far as its header tells."""

    path: Path
    header: Header
    size: int
    """Bytes, all shards together."""
    fingerprint: str
    """Of the header, the size and samples of the weights: cheap even for 40 GB."""
    user_defined: tuple[int, ...]
    """Ids of the vocabulary's USER_DEFINED tokens."""

    @property
    def kv_bytes_per_token(self) -> int:
        """f16 keys and values: layers · 2 · KV heads · head size · 2 bytes."""
        shape = self.header.shape
        heads = shape("attention.head_count", 1)
        head_size = shape("attention.key_length", shape("embedding_length") // heads)
        return shape("block_count") * 2 * shape("attention.head_count_kv", heads) * head_size * 2


def inspect(path: Path) -> ModelFile:
    """Check a GGUF file, and its shards where it is split. Raises ModelLoadError."""
    try:
        header, size, digest, user_defined = _read(path)
        _check_shape(header)
        for shard in _shards(path, header)[1:]:
            size += _read(shard)[1]
    except GgufError as error:
        raise ModelLoadError(f"{path.name} cannot be used. {error.message}", error.hint) from error
    except OSError as error:
        raise ModelLoadError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error
    return ModelFile(path, header, size, digest, user_defined)


def _read(path: Path) -> tuple[Header, int, str, tuple[int, ...]]:
    if not path.exists():
        raise ModelLoadError(
            f"There is no model file {path}.", "Check the path, or see `r1chat models list`."
        )
    if not path.is_file():
        raise ModelLoadError(f"{path} is not a file.", "Name a .gguf file.")
    size = path.stat().st_size
    if size == 0:
        raise GgufError("The file is empty.", "Fetch it again.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        view = memoryview(data)
        try:
            header = read_header(view)
            digest = hashlib.sha256(view[: header.data_offset])
            for at in (header.data_offset, size // 2, max(0, size - 65_536)):
                digest.update(view[at : at + 65_536])
            digest.update(str(size).encode())
            _check_vocabulary(view, header)
            return header, size, digest.hexdigest()[:16], _user_defined(view, header)
        finally:
            view.release()


def _check_vocabulary(view: memoryview, header: Header) -> None:
    """Two tokens of one text abort the process."""
    tokens = header.values.get("tokenizer.ggml.tokens")
    if isinstance(tokens, Array) and len(set(strings(view, tokens))) != tokens.count:
        raise GgufError("Its vocabulary has a word twice.", "The file is damaged: fetch it again.")


def _user_defined(view: memoryview, header: Header) -> tuple[int, ...]:
    types = header.values.get("tokenizer.ggml.token_type")
    if not isinstance(types, Array) or types.kind != 5:
        return ()
    kinds = array("i")
    kinds.frombytes(view[types.start : types.end])
    return tuple(index for index, kind in enumerate(kinds) if kind == USER_DEFINED)


def _check_shape(header: Header) -> None:
    if not header.architecture or not header.tensors:
        raise GgufError("It holds no language model.", "Name a DeepSeek-R1 distill.")
    for key, (low, high) in _BOUNDS.items():
        value = header.shape(key, -1)
        if not low <= value <= high:
            raise GgufError(
                f"Its {key} is {value}, which no model has.",
                "The file is damaged or hostile: fetch it again.",
            )
    kv_heads = header.values.get(f"{header.architecture}.attention.head_count_kv", 1)
    heads = header.shape("attention.head_count")
    if isinstance(kv_heads, int) and not 1 <= kv_heads <= heads:
        raise GgufError(
            f"Its attention.head_count_kv is {kv_heads}, which no model has.",
            "The file is damaged or hostile: fetch it again.",
        )
    head_size = header.shape("attention.key_length", header.shape("embedding_length") // heads)
    if header.shape("rope.dimension_count", head_size) != head_size:
        raise GgufError("Its rope.dimension_count fits no head.", "The file is damaged: fetch it again.")
    epsilon = header.values.get(f"{header.architecture}.attention.layer_norm_rms_epsilon", 1e-6)
    if not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise GgufError(f"Its norm's epsilon is {epsilon}.", "The file is damaged: fetch it again.")
    if not isinstance(header.values.get("tokenizer.ggml.tokens"), Array):
        raise GgufError("It holds no vocabulary.", "Name a DeepSeek-R1 distill.")


def _shards(path: Path, header: Header) -> list[Path]:
    count = header.number("split.count", 1)
    if count <= 1:
        return [path]
    first = f"-00001-of-{count:05d}.gguf"
    if count > 999 or header.number("split.no", 0) != 0 or not path.name.endswith(first):
        raise GgufError(
            f"It is one part of a model in {count} files and not the first.",
            f"Name the file that ends in {first}; all parts must lie beside it.",
        )
    stem = path.name.removesuffix(first)
    return [path.with_name(f"{stem}-{index:05d}-of-{count:05d}.gguf") for index in range(1, count + 1)]
