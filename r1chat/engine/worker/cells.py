"""Cells of the KV cache as bytes: the part of llama.cpp's C API that `capi` leaves to saved states.

llama.cpp writes and reads a whole sequence, so the run of tokens that is wanted is put into a sequence of its
own first; cells are shared, and nothing is copied by that.
"""

import ctypes

from r1chat.engine.worker.bindings import lib
from r1chat.engine.worker.capi import Context, DecodeError


class Cells:
    """Copies cells out of a context and into it. The context's last sequence is its own, for scratch."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._memory = lib.llama_get_memory(context.pointer)
        self._scratch = context.n_seq
        self.room = bytearray()
        """What was saved last, and where what is to be loaded must lie."""

    def save(self, sequence: int, start: int, end: int) -> int:
        """Bring the cells of positions `start` to `end` into `room`; returns the bytes, 0 where it failed."""
        self._check(sequence, start, end)
        lib.llama_memory_seq_cp(self._memory, sequence, self._scratch, start, end)
        try:
            size = lib.llama_state_seq_get_size(self._context.pointer, self._scratch)
            self.grow(size)
            pointer = self._context.pointer
            written: int = lib.llama_state_seq_get_data(pointer, self._array(size), size, self._scratch)
            return written if written == size else 0
        finally:
            self._clear()

    def load(self, sequence: int, start: int, end: int, size: int) -> bool:
        """Give a sequence the positions `start` to `end` of what lies in the first `size` bytes of `room`.

        False where llama.cpp refused it (no free cells, or not its own format) and where it holds other
        positions. The sequence is as before then.
        """
        self._check(sequence, start, end)
        if not 0 < size <= len(self.room):
            raise DecodeError(size)
        pointer = self._context.pointer
        read: int = lib.llama_state_seq_set_data(pointer, self._array(size), size, self._scratch)
        try:
            first = lib.llama_memory_seq_pos_min(self._memory, self._scratch)
            last = lib.llama_memory_seq_pos_max(self._memory, self._scratch)
            good = read == size and 0 <= first <= start and end <= last + 1
            if good:
                lib.llama_memory_seq_cp(self._memory, self._scratch, sequence, start, end)
            return good
        finally:
            self._clear()

    def grow(self, size: int) -> None:
        """Make `room` at least that large; what lay in it is gone then."""
        if len(self.room) < size:
            self.room = bytearray(size)

    def _clear(self) -> None:
        lib.llama_memory_seq_rm(self._memory, self._scratch, -1, -1)

    def _array(self, size: int) -> ctypes.Array[ctypes.c_uint8]:
        return (ctypes.c_uint8 * size).from_buffer(self.room)

    def _check(self, sequence: int, start: int, end: int) -> None:
        if not (0 <= sequence < self._context.n_seq and 0 <= start < end <= self._context.n_ctx):
            raise DecodeError((sequence, start, end))
