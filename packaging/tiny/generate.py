"""Batched generation in PyTorch with a KV cache: for checks during training and for GRPO's rollouts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from model import Layer, Tiny, normed
from tokenizer import TinyTokenizer
from torch import Tensor

COMPACT_EVERY = 16


class Cache:
    """Keys and values of a batch of rows that all end in the same column; rows start at `start`."""

    def __init__(self, model: Tiny, start: Tensor, room: int, compute: torch.dtype) -> None:
        s = model.shape
        self.start, self.length = start, 0
        self.keys, self.values = (
            [torch.zeros(len(start), s.kv_heads, room, s.head, dtype=compute) for _ in range(s.layers)]
            for _ in "kv"
        )

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but `rows`."""
        self.start = self.start[rows]
        self.keys = [k[rows] for k in self.keys]
        self.values = [v[rows] for v in self.values]


class Generator:
    """Continues prompts, many at a time."""

    def __init__(self, model: Tiny, tok: TinyTokenizer, compute: torch.dtype = torch.float32) -> None:
        self.tok, self.compute = tok, compute
        self.model = Tiny(model.shape)
        self.model.load_state_dict(model.state_dict())
        for p in self.model.parameters():
            p.requires_grad_(False)
            if p.ndim == 2 and p is not self.model.token_embd:
                p.data = p.data.to(compute)
        self.head = self.model.token_embd.to(compute)

    def _attend(self, block: Layer, q: Tensor, k: Tensor, v: Tensor, seen: Tensor) -> Tensor:
        s = block.shape
        b, _, t, d = q.shape
        q = q.reshape(b, s.kv_heads, s.heads // s.kv_heads * t, d)
        score = (q @ k.transpose(2, 3)).float() * d**-0.5
        score = score.view(b, s.heads, t, -1).masked_fill(~seen, -torch.inf)
        weight = score.softmax(-1).to(self.compute).view(b, s.kv_heads, -1, k.shape[2])
        return (weight @ v).view(b, s.heads, t, d)

    @torch.inference_mode()
    def _forward(self, ids: Tensor, cache: Cache) -> Tensor:
        first, last = cache.length, cache.length + ids.shape[1]
        column = torch.arange(first, last)
        place = (column[None] - cache.start[:, None]).clamp_(min=0)
        cos, sin = self.model.cos[place][:, None], self.model.sin[place][:, None]
        key = torch.arange(last)
        seen = (key >= cache.start[:, None])[:, None, None] & (key <= column[:, None])[None, None]
        seen = seen | (key == column[:, None])
        x = F.embedding(ids, self.model.token_embd)
        for block, keys, values in zip(self.model.blocks, cache.keys, cache.values, strict=True):
            q, k, v = block.project(x, cos, sin, self.compute)
            keys[:, :, first:last], values[:, :, first:last] = k, v
            x = block.finish(
                x, self._attend(block, q, keys[:, :, :last], values[:, :, :last], seen), self.compute
            )
        cache.length = last
        x = normed(x[:, -1], self.model.output_norm, self.model.shape.eps).to(self.compute)
        return F.linear(x, self.head).float()

    def _choose(self, logits: Tensor, heat: float, top_p: float, rng: torch.Generator | None) -> Tensor:
        if heat == 0:
            return logits.argmax(-1)
        p = (logits / heat).softmax(-1)
        ordered, index = p.sort(-1, descending=True)
        ordered[(ordered.cumsum(-1) - ordered) > top_p] = 0
        pick = torch.multinomial(ordered, 1, generator=rng)
        return index.gather(1, pick)[:, 0]

    def run(
        self, prompts: Sequence[Sequence[int]], room: int = 700, heat: float = 0.0, top_p: float = 0.95,
        seed: int = 0, width: int = 192,
    ) -> list[list[int]]:  # fmt: skip
        """One completion for each prompt, at most `room` tokens, EOS included where it came."""
        rng = torch.Generator().manual_seed(seed)
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        out: list[list[int]] = [[] for _ in prompts]
        for at in range(0, len(order), width):
            chunk = order[at : at + width]
            for i, ids in zip(
                chunk, self._batch([prompts[i] for i in chunk], room, heat, top_p, rng), strict=True
            ):
                out[i] = ids
        return out

    def _batch(
        self, prompts: list[Sequence[int]], room: int, heat: float, top_p: float, rng: torch.Generator
    ) -> list[list[int]]:
        longest = max(map(len, prompts))
        start = torch.tensor([longest - len(ids) for ids in prompts])
        ids = torch.tensor([[self.tok.pad] * (longest - len(p)) + list(p) for p in prompts])
        cache = Cache(self.model, start, longest + room, self.compute)
        out: list[list[int]] = [[] for _ in prompts]
        live = torch.arange(len(prompts))
        done = torch.zeros(len(prompts), dtype=torch.bool)
        for step in range(room):
            new = self._choose(self._forward(ids, cache), heat, top_p, rng)
            for row, token, over in zip(live.tolist(), new.tolist(), done.tolist(), strict=True):
                if not over:
                    out[row].append(token)
            done |= new == self.tok.eos
            if done.all():
                break
            ids = new[:, None]
            if step % COMPACT_EVERY == COMPACT_EVERY - 1 and done.any():
                rows = (~done).nonzero()[:, 0]
                cache.keep(rows)
                live, ids, done = live[rows], ids[rows], done[rows]
        return out
