"""llama.cpp's samplers, in a chain that draws the next token."""

import ctypes
from collections.abc import Callable, Sequence
from functools import partial

from r1chat.core.conversation import Extras, Sampling
from r1chat.engine.worker.bindings import lib
from r1chat.engine.worker.capi import Context, DecodeError, Pointer

DRY_WINDOW = 4096
"""Tokens back to which DRY looks for what repeats: it looks through all of them at each token."""
_DRY_BASE = 1.75
"""The penalty's growth with each token that a repetition is longer; as every program that has DRY."""
_BREAKERS = (b"\n", b":", b'"', b"*")
"""A repetition ends at them; the usual ones too."""


class Sampler:
    """Draws the next token: top-k, temperature, top-p, then a seeded draw; greedy at temperature 0.

    The large top-k comes first because top-p alone sorts the whole vocabulary (2 to 8 ms a token); 1,024 is
    no limit in practice. Min-p, where it is asked for, looks at the model's own probabilities. Temperature
    comes before top-p, as in the evaluations that 0.6 / 0.95 stem from. DRY and XTC, where they are asked
    for, stand where llama.cpp's own programs have them: the one before min-p, the other behind it.
    """

    TOP_K = 1024
    GREEDY = 1e-3
    """Temperatures below it are greedy: dividing by less leaves no finite logits."""

    def __init__(
        self, context: Context, sampling: Sampling, index: int = 0, said: Sequence[int] = ()
    ) -> None:
        """`said` are the reply's ids so far, which DRY wants to know; number `index` of its request."""
        self.pointer = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        self.sample: Callable[[int], int] = partial(lib.llama_sampler_sample, self.pointer, context.pointer)
        """The next token after that row of the batch decoded last; the row must have had `output`."""
        self.accept: Callable[[int], None] = partial(lib.llama_sampler_accept, self.pointer)
        """Note a token that is said and was not drawn."""
        seed, greedy = (sampling.seed + index) & 0xFFFFFFFF, sampling.temperature < self.GREEDY
        if not greedy or sampling.extras.dry:
            self._add(lib.llama_sampler_init_top_k(self.TOP_K))
        self._add_dry(context, sampling.extras)
        if greedy:
            self._add(lib.llama_sampler_init_greedy())
        else:
            self._add_draw(sampling, seed)
        for token in said[-DRY_WINDOW:] if sampling.extras.dry else ():
            self.accept(token)

    def _add_dry(self, context: Context, extras: Extras) -> None:
        if extras.dry:
            breakers = (ctypes.c_char_p * len(_BREAKERS))(*_BREAKERS)
            vocab = lib.llama_model_get_vocab(lib.llama_get_model(context.pointer))
            shape = (extras.dry, _DRY_BASE, extras.dry_length, DRY_WINDOW)
            self._add(lib.llama_sampler_init_dry(vocab, *shape, breakers, len(breakers)))

    def _add_draw(self, sampling: Sampling, seed: int) -> None:
        if sampling.min_p:
            self._add(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        if sampling.extras.xtc:
            self._add(lib.llama_sampler_init_xtc(sampling.extras.xtc, sampling.extras.xtc_threshold, 1, seed))
        self._add(lib.llama_sampler_init_temp(sampling.temperature))
        self._add(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(lib.llama_sampler_init_dist(seed))

    def _add(self, sampler: Pointer) -> None:
        if not sampler:
            raise DecodeError("sampler")
        lib.llama_sampler_chain_add(self.pointer, sampler)

    def close(self) -> None:
        """Free it."""
        if self.pointer:
            lib.llama_sampler_free(self.pointer)
            self.pointer = None
