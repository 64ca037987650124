"""llama.cpp's C API, through the bindings of llama-cpp-python; its samplers are in `sampler.py`.

llama.cpp aborts the process on misuse, so sizes and indices are checked here, in Python, before a call.
Checked against llama.h of llama-cpp-python 0.3.36.
"""

import ctypes
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from r1chat.core.fit import KvType
from r1chat.engine.worker.batch import Batch, Row
from r1chat.engine.worker.bindings import lib, libggml

Pointer = ctypes.c_void_p | int

LOG_INFO, LOG_WARN, LOG_ERROR = 2, 3, 4
"""enum ggml_log_level (ggml.h)."""

GPU_TYPES = {1, 2}
"""GPU and integrated GPU in enum ggml_backend_dev_type (ggml-backend.h)."""

KV_TYPES = {KvType.F16: lib.GGML_TYPE_F16, KvType.Q8_0: lib.GGML_TYPE_Q8_0, KvType.Q4_0: lib.GGML_TYPE_Q4_0}

_keep_alive: list[object] = []
"""Callbacks handed to C, which must outlive it."""


@dataclass(frozen=True)
class Device:
    """One compute device as ggml sees it."""

    name: str
    description: str
    gpu: bool
    free: int
    """Bytes; for the CPU all of the machine's memory."""
    total: int


class Aborted(Exception):
    """A decode ended early because the abort flag was set."""


class KvFull(Exception):
    """The context has no room for these tokens; the KV cache is unchanged."""


class DecodeError(Exception):
    """llama_decode refused; the code is the exception's argument."""


class LoadFailed(Exception):
    """A model or a context could not be made; the reason is in the log."""


class AbortFlag:
    """Ends a running decode from another thread, without Python in the graph loop.

    llama.cpp asks a C callback after every node. libc's `strlen` of a two-byte buffer is that callback: empty
    text means go on, one character means abort. A Python callback would take the GIL hundreds of times a
    token.
    """

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)
        strlen = ctypes.CDLL(None).strlen
        self.callback = ctypes.cast(strlen, lib.ggml_abort_callback)
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)

    def set(self) -> None:
        """Abort what runs, and what is started before `clear`."""
        self._buffer[0] = b"\x01"

    def clear(self) -> None:
        """Go on as usual."""
        self._buffer[0] = b"\x00"

    def __bool__(self) -> bool:
        return self._buffer[0] != b"\x00"


def start(log: Callable[[int, str], None]) -> None:
    """Initialise llama.cpp; every line it logs goes to `log(level, text)`."""

    def forward(level: int, text: bytes, _data: object) -> None:
        log(level, text.decode("utf-8", errors="replace"))

    _refuse_amx()
    callback = lib.llama_log_callback(forward)
    _keep_alive.append(callback)
    lib.llama_log_set(callback, None)
    lib.llama_backend_init()
    _declare_ggml()


class _Stack(ctypes.Structure):
    """stack_t of Linux (sigaltstack(2))."""

    _fields_ = (("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


def _refuse_amx() -> None:
    """Keep ggml off the AMX tiles of newer Xeons, where a common compiler breaks its kernels.

    GCC 12 takes `_tile_loadconfig` to read 8 of its 64 bytes, drops the other stores of ggml's tile
    configuration, and the first prefill of two or more tokens dies of SIGSEGV. ggml asks the kernel for the
    tiles (ARCH_REQ_XCOMP_PERM); Linux refuses where a thread's signal stack is too small for them
    (arch/x86/kernel/fpu/xstate.c), and ggml then uses its AVX-512 kernels. No handler here uses that stack.
    """
    if not sys.platform.startswith("linux") or b"AMX_INT8 = 1" not in lib.llama_print_system_info():
        return
    memory = ctypes.create_string_buffer(4096)
    stack = _Stack(ctypes.cast(memory, ctypes.c_void_p), 0, len(memory))
    if ctypes.CDLL(None).sigaltstack(ctypes.byref(stack), None) == 0:
        _keep_alive.append(memory)


def _declare_ggml() -> None:
    for name, result, arguments in (
        ("ggml_backend_dev_count", ctypes.c_size_t, []),
        ("ggml_backend_dev_get", ctypes.c_void_p, [ctypes.c_size_t]),
        ("ggml_backend_dev_name", ctypes.c_char_p, [ctypes.c_void_p]),
        ("ggml_backend_dev_description", ctypes.c_char_p, [ctypes.c_void_p]),
        ("ggml_backend_dev_type", ctypes.c_int, [ctypes.c_void_p]),
    ):
        function = getattr(libggml, name)
        function.restype, function.argtypes = result, arguments
    size = ctypes.POINTER(ctypes.c_size_t)
    libggml.ggml_backend_dev_memory.restype = None
    libggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size, size]


def devices() -> tuple[Device, ...]:
    """What ggml can compute on, the CPU included."""
    found = []
    for index in range(libggml.ggml_backend_dev_count()):
        device = libggml.ggml_backend_dev_get(index)
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        libggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        found.append(
            Device(
                name=libggml.ggml_backend_dev_name(device).decode(),
                description=libggml.ggml_backend_dev_description(device).decode(errors="replace"),
                gpu=libggml.ggml_backend_dev_type(device) in GPU_TYPES,
                free=free.value,
                total=total.value,
            )
        )
    return tuple(found)


def system_info() -> str:
    """The instruction sets that this build uses, as llama.cpp prints them."""
    text: bytes = lib.llama_print_system_info()
    return text.decode(errors="replace")


def gpu_build() -> bool:
    """This build can put layers on a GPU."""
    return bool(lib.llama_supports_gpu_offload())


class Model:
    """A loaded model. Raises LoadFailed; `progress(fraction)` returning False cancels the load."""

    def __init__(
        self, path: str, n_gpu_layers: int, progress: Callable[[float], bool], *, dry_run: bool = False
    ) -> None:
        params = lib.llama_model_default_params()
        params.n_gpu_layers = n_gpu_layers
        if dry_run:
            params.no_alloc = True
            params.load_mode = lib.LLAMA_LOAD_MODE_NONE
        callback = lib.llama_progress_callback(lambda fraction, _data: progress(fraction))
        params.progress_callback = callback
        self.pointer = lib.llama_model_load_from_file(path.encode(), params)
        if not self.pointer:
            raise LoadFailed(path)
        self.vocab = lib.llama_model_get_vocab(self.pointer)
        self.n_vocab: int = lib.llama_vocab_n_tokens(self.vocab)
        self.n_layer: int = lib.llama_model_n_layer(self.pointer)
        self.n_ctx_train: int = lib.llama_model_n_ctx_train(self.pointer)
        self._buffer = ctypes.create_string_buffer(256)

    def close(self) -> None:
        """Free it."""
        if self.pointer:
            lib.llama_model_free(self.pointer)
            self.pointer = None

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Ids of `text`; with `special`, control tokens are recognised in it."""
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 8
        ids = (lib.llama_token * room)()
        count = lib.llama_tokenize(self.vocab, data, len(data), ids, room, False, special)
        if count < 0:
            raise DecodeError(count)
        return list(ids[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; empty for control tokens."""
        if not 0 <= token < self.n_vocab:
            raise DecodeError(token)
        size = lib.llama_token_to_piece(self.vocab, token, self._buffer, len(self._buffer), 0, False)
        if size < 0:
            self._buffer = ctypes.create_string_buffer(-size)
            size = lib.llama_token_to_piece(self.vocab, token, self._buffer, -size, 0, False)
        return self._buffer.raw[:size]

    def token_text(self, token: int) -> str:
        """A token as the vocabulary writes it."""
        text: bytes | None = lib.llama_vocab_get_text(self.vocab, token)
        return (text or b"").decode("utf-8", errors="replace")

    def end_tokens(self) -> frozenset[int]:
        """End of sequence and end of turn."""
        ids = (lib.llama_vocab_eos(self.vocab), lib.llama_vocab_eot(self.vocab))
        return frozenset(token for token in ids if token >= 0)


class Context:
    """A KV cache shared by several sequences, and the decoding into it. Raises LoadFailed.

    Its `n_ctx` cells belong to all sequences together; a cell that two of them share counts once.
    """

    def __init__(
        self,
        model: Model,
        n_ctx: int,
        n_threads: int,
        abort: AbortFlag,
        *,
        n_batch: int = 512,
        n_seq: int = 8,
        kv: KvType = KvType.F16,
    ) -> None:
        params = lib.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = n_batch
        # one more, for `cells` to copy from and to; by default logits are reserved for a whole batch
        params.n_seq_max = params.n_outputs_max = n_seq + 1
        params.kv_unified = True
        params.type_k = params.type_v = KV_TYPES[kv]
        params.n_threads = params.n_threads_batch = n_threads
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_AUTO
        params.abort_callback, params.abort_callback_data = abort.callback, abort.data
        params.no_perf = True
        self._model, self._abort = model, abort
        self._n_vocab = model.n_vocab
        self.pointer = lib.llama_init_from_model(model.pointer, params)
        if not self.pointer:
            raise LoadFailed("context")
        self._memory = lib.llama_get_memory(self.pointer)
        self.n_ctx: int = lib.llama_n_ctx(self.pointer)
        # llama.cpp cuts a batch to the context that was asked for, and aborts on a longer one
        self.n_batch, self.n_seq = min(n_batch, lib.llama_n_batch(self.pointer)), n_seq
        self._batch, self._one = Batch(self.n_batch), Batch(1)
        self._one.fill((Row(0, 0, 0, True),))

    def close(self) -> None:
        """Free it."""
        if self.pointer:
            lib.llama_free(self.pointer)
            self.pointer = None

    def use_threads(self, count: int) -> None:
        """What is decoded from now on runs on so many threads."""
        lib.llama_set_n_threads(self.pointer, count, count)

    def decode(self, rows: Sequence[Row], fillers: int = 0) -> None:
        """Add at most `n_batch` tokens; those with `output` can be sampled afterwards by their index.

        Positions of a sequence go on from its last. Raises KvFull, Aborted, DecodeError; then none of the
        tokens is in the cache. `fillers` more rows are decoded behind them and forgotten.
        """
        self._check(rows, fillers)
        spare = [Row(0, position, self.n_seq, True) for position in range(fillers)]
        code = lib.llama_decode(self.pointer, self._batch.fill([*rows, *spare]))
        if fillers:
            lib.llama_memory_seq_rm(self._memory, self.n_seq, -1, -1)
        if code:
            self._undo(code, {row.sequence: row.position for row in reversed(rows)})

    def rehearse(self, count: int) -> None:
        """Decode a batch of `count` rows to its end, and forget them. Raises as `decode`."""
        self.decode((), fillers=count)
        lib.llama_synchronize(self.pointer)

    def decode_one(self, token: int, position: int, sequence: int) -> None:
        """`decode` of a single row with output, at the least cost: it is called once a token."""
        if not 0 <= token < self._n_vocab:
            raise DecodeError(token)
        batch = self._one
        batch.tokens[0] = token
        batch.positions[0] = position
        batch.sequences[0] = sequence
        if code := lib.llama_decode(self.pointer, batch.struct):
            self._undo(code, {sequence: position})

    def decode_run(self, tokens: Sequence[int], position: int, sequence: int) -> None:
        """`decode` of a stretch of one sequence, its last row alone with output."""
        self._check_sequences(sequence)
        if not 0 < len(tokens) <= self.n_batch or not 0 <= min(tokens) <= max(tokens) < self._n_vocab:
            raise DecodeError(len(tokens))
        if code := lib.llama_decode(self.pointer, self._batch.fill_run(tokens, position, sequence)):
            self._undo(code, {sequence: position})

    def _undo(self, code: int, firsts: Mapping[int, int]) -> NoReturn:
        """Raise what `code` stands for; an aborted batch may have left cells from these positions on."""
        for sequence, position in firsts.items():
            lib.llama_memory_seq_rm(self._memory, sequence, position, -1)
        if code == 1:
            raise KvFull
        if code == 2:
            raise Aborted
        raise DecodeError(code)

    def copy(self, source: int, target: int) -> None:
        """Let `target` hold what `source` holds. The cells are shared: nothing is copied."""
        self._check_sequences(source, target)
        lib.llama_memory_seq_rm(self._memory, target, -1, -1)
        lib.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def truncate(self, sequence: int, length: int) -> None:
        """Forget all but the first `length` tokens of a sequence."""
        self._check_sequences(sequence)
        lib.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def _check(self, rows: Sequence[Row], fillers: int) -> None:
        outputs, n_vocab = fillers, self._n_vocab
        for row in rows:
            outputs += row.output
            if not 0 <= row.token < n_vocab or not 0 <= row.sequence < self.n_seq or row.position < 0:
                raise DecodeError(row)
        if not 0 < len(rows) + fillers <= self.n_batch or outputs > self.n_seq or fillers < 0:
            raise DecodeError(len(rows))

    def _check_sequences(self, *sequences: int) -> None:
        if not all(0 <= sequence < self.n_seq for sequence in sequences):
            raise DecodeError(sequences)
