"""The few calls of llama.cpp that the recipe needs: tokenise, and the logits of every position."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import llama_cpp as c
import numpy as np

CONTEXT = 1024


@c.llama_log_callback
def _silent(level: int, text: bytes, data: object) -> None:
    """llama.cpp is chatty; what matters ends in an exception."""


class Llama:
    """One model with one context on the CPU."""

    def __init__(self, path: Path) -> None:
        c.llama_log_set(_silent, None)
        c.llama_backend_init()
        facts = c.llama_model_default_params()
        facts.n_gpu_layers = 0
        facts.use_extra_bufts = False  # its AMX kernels crash in 0.3.36 on batches of quantised weights
        self.model = c.llama_model_load_from_file(str(path).encode(), facts)
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}")
        room = c.llama_context_default_params()
        room.n_ctx = room.n_batch = room.n_ubatch = CONTEXT
        room.n_threads = room.n_threads_batch = 1
        self.context = c.llama_init_from_model(self.model, room)
        self.vocab = c.llama_model_get_vocab(self.model)

    def tokenize(self, text: str, special: bool) -> list[int]:
        """Ids of the text, nothing added; `special` reads special tokens in it."""
        raw = text.encode()
        ids = (c.llama_token * (len(raw) + 8))()
        count = c.llama_tokenize(self.vocab, raw, len(raw), ids, len(ids), False, special)
        return list(ids[:count])

    def logits(self, ids: Sequence[int]) -> np.ndarray:
        """Logits (length, vocab) of a fresh context that holds just `ids`."""
        c.llama_memory_clear(c.llama_get_memory(self.context), True)
        batch = c.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for i, number in enumerate(ids):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = number, i, 1, 1
            batch.seq_id[i][0] = 0
        if c.llama_decode(self.context, batch):
            raise SystemExit("llama.cpp cannot decode")
        width = c.llama_vocab_n_tokens(self.vocab)
        out = np.ctypeslib.as_array(c.llama_get_logits(self.context), (len(ids), width)).copy()
        c.llama_batch_free(batch)
        return out
