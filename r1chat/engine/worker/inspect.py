"""What the engine asks of a model file before llama.cpp sees it."""

import hashlib
import os
from array import array
from dataclasses import dataclass
from pathlib import Path

from r1chat.core.catalog import Shape
from r1chat.core.fit import Weights, shape_of, weights_of
from r1chat.core.gguf import Array, Header
from r1chat.engine.base import ModelLoadError
from r1chat.modelfile import CheckedModel, ModelFileError, check_file

USER_DEFINED = 4
"""Token type USER_DEFINED in `tokenizer.ggml.token_type`."""


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
    def shape(self) -> Shape:
        """Its sizes."""
        return shape_of(self.header)

    @property
    def weights(self) -> Weights:
        """Bytes of its weights. Layers of a split file's later parts are taken to be alike."""
        known = weights_of(self.header)
        elsewhere = known.layers.count(0)
        if not elsewhere:
            return known
        layer = max(0, self.size - known.total) // elsewhere
        return Weights(tuple(size or layer for size in known.layers), known.output, known.embedding)


def inspect(path: Path) -> ModelFile:
    """Check a GGUF file, and its parts where it is split. Raises ModelLoadError."""
    try:
        model = check_file(path)
        digest = _fingerprint(model)
    except ModelFileError as error:
        raise ModelLoadError(error.message, error.hint) from error
    except OSError as error:
        raise ModelLoadError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error
    return ModelFile(path, model.header, model.size, digest, _user_defined(model))


def _fingerprint(model: CheckedModel) -> str:
    digest = hashlib.sha256(model.head)
    with model.path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        for at in (model.header.data_offset, size // 2, max(0, size - 65_536)):
            file.seek(at)
            digest.update(file.read(65_536))
    digest.update(str(size).encode())
    return digest.hexdigest()[:16]


def _user_defined(model: CheckedModel) -> tuple[int, ...]:
    types = model.header.values.get("tokenizer.ggml.token_type")
    if not isinstance(types, Array) or types.kind != 5:
        return ()
    kinds = array("i")
    kinds.frombytes(model.head[types.start : types.end])
    return tuple(index for index, kind in enumerate(kinds) if kind == USER_DEFINED)
