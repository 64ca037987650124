"""A model that goes round in circles: the embedded one with a part of its weights taken out."""

from pathlib import Path

from r1chat.core.gguf import read_header
from r1chat.paths import tiny_model


def looping_model(path: Path, without: str) -> Path:
    """Write the embedded model to `path`, tensors named like `without` being zero.

    Without `attn_output` the next word depends on the last one only, so that it goes round in circles for
    ever, and again after a cut.
    """
    data = bytearray(tiny_model().read_bytes())
    for tensor in read_header(memoryview(bytes(data))).tensors:
        if without in tensor.name:
            data[tensor.end - tensor.nbytes : tensor.end] = bytes(tensor.nbytes)
    path.write_bytes(data)
    return path
