"""GGUF files of any size for tests of the Hub: a sound header, then noise."""

import random
import struct


def gguf(size: int, seed: int = 0) -> bytes:
    """A GGUF file of exactly `size` bytes with one tensor of noise."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def header(elements: int) -> bytes:
        values = text("general.architecture") + struct.pack("<I", 8) + text("llama")
        tensor = text("noise.weight") + struct.pack("<IQIQ", 1, elements, 24, 0)
        made = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + values + tensor
        return made + b"\0" * (-len(made) % 32)

    room = size - len(header(0))
    noise = random.Random(seed).randbytes(min(room, 1_000_003))
    return header(room) + (noise * (room // len(noise) + 1))[:room]
