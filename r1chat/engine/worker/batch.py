"""The arrays behind a llama_batch, made once and written in place."""

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from r1chat.engine.worker.bindings import lib


class Row(NamedTuple):
    """One token of a batch."""

    token: int
    position: int
    sequence: int
    output: bool
    """Its logits are wanted."""


class Batch:
    """Room for `n_batch` rows. What is handed in must have been checked: llama.cpp aborts on misuse.

    Row `i` names its sequence through pointer `i`, which is set once; so filling it writes plain integers.
    """

    def __init__(self, n_batch: int) -> None:
        self.tokens = (lib.llama_token * n_batch)()
        self.positions = (lib.llama_pos * n_batch)()
        self._counts = (ctypes.c_int32 * n_batch)(*([1] * n_batch))
        self._outputs = (ctypes.c_int8 * n_batch)()
        self.sequences = (lib.llama_seq_id * n_batch)()
        size, start = ctypes.sizeof(lib.llama_seq_id), ctypes.addressof(self.sequences)
        name = ctypes.POINTER(lib.llama_seq_id)
        self._names = (name * n_batch)(*(ctypes.cast(start + size * row, name) for row in range(n_batch)))
        self.struct = lib.llama_batch(
            token=self.tokens,
            pos=self.positions,
            n_seq_id=self._counts,
            seq_id=self._names,
            logits=self._outputs,
        )

    def fill(self, rows: Sequence[Row]) -> object:
        """The batch of these rows."""
        for index, (token, position, sequence, output) in enumerate(rows):
            self.tokens[index] = token
            self.positions[index] = position
            self.sequences[index] = sequence
            self._outputs[index] = output
        self.struct.n_tokens = len(rows)
        return self.struct

    def fill_run(self, tokens: Sequence[int], position: int, sequence: int) -> object:
        """The batch of a stretch of one sequence, with output for its last row."""
        count = len(tokens)
        self.tokens[:count] = tokens
        self.positions[:count] = range(position, position + count)
        self.sequences[:count] = [sequence] * count
        self._outputs[:count] = [*[0] * (count - 1), 1]
        self.struct.n_tokens = count
        return self.struct
