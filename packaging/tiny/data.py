"""Endless batches of fresh documents from the teacher; nothing is ever seen twice on purpose.

Documents of like length share a batch, padded on the right: with causal attention the padding is never
looked at, and no document sees another, just as at inference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import torch
from model import MAX_CONTEXT
from teacher import Segment, document
from teacher.pieces import use
from tokenizer import TinyTokenizer
from torch import Tensor

LONG_SHARE, LONG, USUAL = 0.25, 4096, 1024  # the teacher itself makes only one document in seventy long
ALIGNED = 32  # rows of such a length multiply far faster than others
IGNORED = -100


def encode(segments: Sequence[Segment], tok: TinyTokenizer) -> tuple[list[int], list[bool]]:
    """Ids of a document and which of them the model learns to say."""
    ids: list[int] = []
    learn: list[bool] = []
    for segment in segments:
        piece = [tok.specials[segment.text]] if segment.markup else tok.encode(segment.text)
        ids += piece
        learn += [segment.learn] * len(piece)
    return ids[:MAX_CONTEXT], learn[:MAX_CONTEXT]


def batches(
    tok: TinyTokenizer, seed: int, budget: Callable[[], int], progress: Callable[[], float], pool: int = 512
) -> Iterator[tuple[Tensor, Tensor]]:
    """(ids, targets) of about `budget()` tokens with padding; targets are -100 where nothing is learned."""
    rng = random.Random(seed)
    use(tok.vocabulary()[1])
    while True:
        held = []
        for _ in range(pool):
            hint = LONG if rng.random() < LONG_SHARE else USUAL
            held.append(encode(document(rng, max_tokens_hint=hint, progress=progress()), tok))
        held.sort(key=lambda item: len(item[0]))
        groups = list(_grouped(held, budget()))
        rng.shuffle(groups)
        for group in groups:
            yield _padded(group, tok.pad)


def _grouped(
    held: list[tuple[list[int], list[bool]]], budget: int
) -> Iterator[list[tuple[list[int], list[bool]]]]:
    group: list[tuple[list[int], list[bool]]] = []
    for item in held:
        if group and -(-len(item[0]) // ALIGNED) * ALIGNED * (len(group) + 1) > budget:
            yield group
            group = []
        group.append(item)
    yield group


def _padded(group: list[tuple[list[int], list[bool]]], pad: int) -> tuple[Tensor, Tensor]:
    length = -(-max(len(ids) for ids, _ in group) // ALIGNED) * ALIGNED
    ids = torch.full((len(group), length), pad)
    targets = torch.full((len(group), length), IGNORED)
    for row, (tokens, learn) in enumerate(group):
        n = len(tokens) - 1
        ids[row, :n] = torch.tensor(tokens[:-1])
        target = torch.tensor(tokens[1:])
        target[~torch.tensor(learn[1:])] = IGNORED
        targets[row, :n] = target
    return ids, targets
