"""The network: Qwen2's architecture, small enough to train on a CPU.

Weights are kept in float32; matrix products run in bfloat16 where `compute` says so (processors with AMX do
them ten times faster), while norms, softmax, loss and the residual stream stay in float32. Parameter names
follow llama.cpp's tensor names, so that the export is a plain loop.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAX_CONTEXT = 4096


@dataclass(frozen=True)
class Shape:
    """What fixes the size of the network; every width is a multiple of 32, as q8_0 blocks need."""

    vocab: int = 512
    width: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    feed: int = 768
    rope_base: float = 10000.0
    eps: float = 1e-6

    @property
    def head(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


def rotation(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine tables (length, head) of rotary positions, half-split as llama.cpp's NEOX type."""
    half = shape.head // 2
    freq = shape.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.outer(torch.arange(length, dtype=torch.float64), freq)
    angle = torch.cat((angle, angle), 1)
    return angle.cos().float(), angle.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn queries or keys (…, length, head) by their positions."""
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


def normed(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMS norm in float32."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


class Layer(nn.Module):
    """One transformer layer: attention with grouped keys and biases on q, k, v; then a gated feed-forward."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        d, kv = shape.width, shape.kv_heads * shape.head
        self.attn_norm = nn.Parameter(torch.ones(d))
        self.attn_qkv = nn.Parameter(torch.randn(d + 2 * kv, d) * d**-0.5)
        self.attn_qkv_bias = nn.Parameter(torch.zeros(d + 2 * kv))
        self.attn_output = nn.Parameter(torch.zeros(d, d))
        self.ffn_norm = nn.Parameter(torch.ones(d))
        self.ffn_gate_up = nn.Parameter(torch.randn(2 * shape.feed, d) * d**-0.5)
        self.ffn_down = nn.Parameter(torch.zeros(d, shape.feed))

    def project(
        self, x: Tensor, cos: Tensor, sin: Tensor, compute: torch.dtype
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys (both turned) and values as (batch, heads, length, head)."""
        s = self.shape
        b, t, _ = x.shape
        h = normed(x, self.attn_norm, s.eps).to(compute)
        mixed = F.linear(h, self.attn_qkv.to(compute), self.attn_qkv_bias.to(compute))
        mixed = mixed.view(b, t, -1, s.head).transpose(1, 2)
        q, k, v = mixed.split((s.heads, s.kv_heads, s.kv_heads), 1)
        return rotate(q.float(), cos, sin).to(compute), rotate(k.float(), cos, sin).to(compute), v

    def finish(self, x: Tensor, mixed: Tensor, compute: torch.dtype) -> Tensor:
        """Add attention's output and the feed-forward to the residual stream."""
        s = self.shape
        b, t, d = x.shape
        mixed = mixed.transpose(1, 2).reshape(b, t, d)
        x = x + F.linear(mixed, self.attn_output.to(compute)).float()
        h = normed(x, self.ffn_norm, s.eps).to(compute)
        gate, up = F.linear(h, self.ffn_gate_up.to(compute)).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, self.ffn_down.to(compute)).float()

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, compute: torch.dtype) -> Tensor:
        q, k, v = self.project(x, cos, sin, compute)
        groups = self.shape.heads // self.shape.kv_heads
        k, v = (z.repeat_interleave(groups, 1) for z in (k, v))
        return self.finish(x, F.scaled_dot_product_attention(q, k, v, is_causal=True), compute)


class Tiny(nn.Module):
    """Token ids to logits; the output matrix is the embedding (tied)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Parameter(torch.randn(shape.vocab, shape.width) * 0.02)
        self.blocks = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = nn.Parameter(torch.ones(shape.width))
        cos, sin = rotation(shape, MAX_CONTEXT)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ids: Tensor, compute: torch.dtype = torch.float32) -> Tensor:
        """Logits (batch, length, vocab) in `compute`'s precision."""
        t = ids.shape[1]
        x = F.embedding(ids, self.token_embd)
        cos, sin = self.cos[:t], self.sin[:t]
        for block in self.blocks:
            x = block(x, cos, sin, compute)
        x = normed(x, self.output_norm, self.shape.eps).to(compute)
        return F.linear(x, self.token_embd.to(compute))

    def loss(self, ids: Tensor, targets: Tensor, compute: torch.dtype) -> Tensor:
        """Summed cross entropy of the targets that are not -100, in float32."""
        logits = self(ids, compute).float().flatten(0, 1)
        return F.cross_entropy(logits, targets.flatten(), ignore_index=-100, reduction="sum")


def save(model: Tiny, path: Path, **extra: object) -> None:
    """Write weights and shape; `extra` (optimizer state, progress) rides along."""
    part = path.with_suffix(".part")
    torch.save({"shape": asdict(model.shape), "weights": model.state_dict(), **extra}, part)
    part.replace(path)


def load(path: Path) -> Tiny:
    """Read what `save` wrote."""
    held = torch.load(path, weights_only=True, map_location="cpu")
    model = Tiny(Shape(**held["shape"]))
    model.load_state_dict(held["weights"])
    return model
