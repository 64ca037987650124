"""A model that goes round in circles: the embedded one with a part of its weights taken out."""

from pathlib import Path

from r1chat.core.gguf import read_header
from r1chat.paths import tiny_model


def looping_model(path: Path, without: str) -> Path:
    """Write the embedded model to `path`, tensors named like `without` being zero.

    Without `ffn_down` it says the same word for ever, and again after a cut; without `attn_output` the
    next word depends on the last one only, which is a circle that ends.
    """
    data = bytearray(tiny_model().read_bytes())
    for tensor in read_header(memoryview(bytes(data))).tensors:
        if without in tensor.name:
            data[tensor.end - tensor.nbytes : tensor.end] = bytes(tensor.nbytes)
    path.write_bytes(data)
    return path
