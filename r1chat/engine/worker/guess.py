"""A second, smaller model of the same vocabulary: it says how the text may go on."""

import contextlib
from collections.abc import Sequence

from r1chat.core.conversation import Sampling
from r1chat.engine.worker.capi import Aborted, AbortFlag, Context, KvFull, Model
from r1chat.engine.worker.sampler import Sampler

SHORT = 64
"""Tokens that are read on the way to a guess without a second thought."""
LAST_ROW = -1


class DraftModel:
    """Greedy guesses for a model of `n_vocab` ids. Its KV cache follows the text that it is asked about.

    One of the two vocabularies may be longer by some padding: no id is read or guessed that is not in both.
    """

    def __init__(self, model: Model, context: Context, abort: AbortFlag, n_vocab: int) -> None:
        self._model, self._context, self._abort = model, context, abort
        self._shared = min(n_vocab, model.n_vocab)
        self._sampler = Sampler(context, Sampling(temperature=0.0, seed=0))
        self._ids: list[int] = []

    def close(self) -> None:
        """Free it."""
        self._sampler.close()
        self._context.close()
        self._model.close()

    def ready(self, ids: Sequence[int]) -> bool:
        """It knows most of `ids`, and the rest are ids that it has: it can guess without much reading."""
        new = ids[self._common(ids) :]
        return len(new) <= SHORT and self._knows(new)

    def read(self, ids: Sequence[int]) -> None:
        """Bring the cache to `ids`, or to as many of them as it can hold. Raises Aborted."""
        known = min(self._common(ids), len(ids) - 1)  # the last is read anew: its logits are wanted
        self._cut(known)
        with contextlib.suppress(KvFull):
            while known < len(ids) and self._knows(chunk := ids[known : known + self._context.n_batch]):
                if self._abort:
                    raise Aborted
                self._decode(chunk)
                known += len(chunk)

    def guess(self, ids: Sequence[int], count: int) -> list[int]:
        """The `count` tokens that it holds likeliest after `ids`; fewer where it cannot. Raises Aborted."""
        self.read(ids)
        if len(self._ids) < len(ids):
            return []
        guessed: list[int] = []
        with contextlib.suppress(KvFull):  # its context may be shorter: what was guessed so far stands
            while (token := self._sampler.sample(LAST_ROW)) < self._shared:
                guessed.append(token)
                if len(guessed) == count:
                    break
                self._decode((token,))
        return guessed

    def _knows(self, ids: Sequence[int]) -> bool:
        return all(token < self._shared for token in ids)

    def _decode(self, tokens: Sequence[int]) -> None:
        if len(tokens) == 1:
            self._context.decode_one(tokens[0], len(self._ids), 0)
        else:
            self._context.decode_run(tokens, len(self._ids), 0)
        self._ids += tokens

    def _cut(self, length: int) -> None:
        if length < len(self._ids):
            self._context.truncate(0, length)
            del self._ids[length:]

    def _common(self, ids: Sequence[int]) -> int:
        """How many of the first ids agree, found by halves: slices compare at the speed of C."""
        low, high = 0, min(len(ids), len(self._ids))
        while low < high:
            middle = (low + high + 1) // 2
            if self._ids[low:middle] == ids[low:middle]:
                low = middle
            else:
                high = middle - 1
        return low
