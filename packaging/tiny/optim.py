"""Muon for the matrices, AdamW for embedding, norms and biases; written to be shared between two ranks.

Each rank orthogonalises half of the matrices and the halves are gathered, so that the extra work of Muon is
halved too. Gradients of all parameters live in one flat buffer in shared memory, so that one addition sums
them over the ranks.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from model import Tiny
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)


def orthogonal(g: Tensor, steps: int = 5) -> Tensor:
    """Nearly the closest orthogonal matrices to a stack (n, rows, cols), by Newton-Schulz in bfloat16."""
    a, b, c = NEWTON_SCHULZ
    tall = g.shape[1] > g.shape[2]
    x = g.transpose(1, 2) if tall else g
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16().contiguous()
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(a * x, torch.baddbmm(b * gram, gram, gram, alpha=c), x)
    return (x.transpose(1, 2) if tall else x).float()


class Shared:
    """Memory that all ranks see: summing through it costs a tenth of an all-reduce over sockets."""

    def __init__(self, model: Tiny, ranks: int) -> None:
        size = sum(p.numel() for p in model.parameters()) + FlatGradients.EXTRA
        self.grads = torch.zeros(ranks, size).share_memory_()
        self.updates = torch.zeros(size).share_memory_()


class FlatGradients:
    """One buffer behind every parameter's .grad, with room for a few numbers to be summed along."""

    EXTRA = 4

    def __init__(self, parameters: list[nn.Parameter], shared: Shared, rank: int) -> None:
        self.mine, self.all = shared.grads[rank], shared.grads
        self.extra = self.mine[: self.EXTRA]
        self.total = torch.zeros_like(self.mine)
        self.parameters = parameters

    def _point(self, buffer: Tensor) -> None:
        at = self.EXTRA
        for p in self.parameters:
            p.grad = buffer[at : at + p.numel()].view_as(p)
            at += p.numel()

    def clear(self) -> None:
        """Zero gradients, before a backward pass."""
        self.mine.zero_()
        self._point(self.mine)

    def reduce(self) -> list[float]:
        """Sum over the ranks; the parameters' .grad become the sum. Returns the extra numbers, summed."""
        if len(self.all) > 1:
            dist.barrier()
            torch.sum(self.all, 0, out=self.total)
            dist.barrier()
        else:
            self.total.copy_(self.mine)
        self._point(self.total)
        return self.total[: self.EXTRA].tolist()

    def scale(self, by: float, clip: float) -> float:
        """Multiply the summed gradients by `by`, then clip their norm; returns the norm before clipping."""
        grads = self.total[self.EXTRA :]
        norm = float(grads.norm()) * by
        grads.mul_(by * min(1.0, clip / (norm + 1e-12)))
        return norm


def split_matrices(model: Tiny) -> list[tuple[nn.Parameter, slice]]:
    """The matrices Muon treats one by one: q, k, v, gate and up are rows of merged parameters."""
    s, out = model.shape, []
    kv, w, f = s.kv_heads * s.head, s.width, s.feed
    for block in model.blocks:
        out += [
            (block.attn_qkv, slice(0, w)),
            (block.attn_qkv, slice(w, w + kv)),
            (block.attn_qkv, slice(w + kv, None)),
        ]
        out += [(block.attn_output, slice(None)), (block.ffn_down, slice(None))]
        out += [(block.ffn_gate_up, slice(0, f)), (block.ffn_gate_up, slice(f, None))]
    return out


class Muon:
    """Momentum whose update is made orthogonal, so that every direction of a matrix moves equally far."""

    def __init__(
        self, model: Tiny, shared: Shared, rank: int, momentum: float = 0.95, decay: float = 0.05
    ) -> None:
        self.shared, self.rank, self.ranks = shared, rank, len(shared.grads)
        self.momentum, self.decay = momentum, decay
        self.groups: dict[tuple[int, int], list[tuple[nn.Parameter, slice]]] = {}
        for p, rows in split_matrices(model):
            self.groups.setdefault(tuple(p[rows].shape), []).append((p, rows))
        self.velocity = {shape: torch.zeros(len(held), *shape) for shape, held in self.groups.items()}
        self.updates, at = {}, 0
        for shape, v in self.velocity.items():
            self.updates[shape] = shared.updates[at : at + v.numel()].view_as(v)
            at += v.numel()

    def step(self, lr: float) -> None:
        """One update from the summed gradients; every rank works out its share of the matrices."""
        for shape, held in self.groups.items():
            grads = torch.stack([p.grad[rows] for p, rows in held])
            v = self.velocity[shape]
            v.lerp_(grads, 1 - self.momentum)
            mine = slice(self.rank * len(held) // self.ranks, (self.rank + 1) * len(held) // self.ranks)
            self.updates[shape][mine] = orthogonal(torch.lerp(grads[mine], v[mine], self.momentum))
        if self.ranks > 1:
            dist.barrier()
        for shape, held in self.groups.items():
            size = lr * 0.2 * max(shape) ** 0.5
            with torch.no_grad():
                for (p, rows), u in zip(held, self.updates[shape], strict=True):
                    p[rows].mul_(1 - lr * self.decay).add_(u, alpha=-size)


class Optimizers:
    """Muon and AdamW behind one step, with what a checkpoint needs."""

    ADAM_SHARE = 1.0

    def __init__(self, model: Tiny, shared: Shared, rank: int) -> None:
        self.muon = Muon(model, shared, rank)
        rest = [p for name, p in model.named_parameters() if p.ndim < 2 or name == "token_embd"]
        self.adam = torch.optim.AdamW(rest, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0, foreach=True)

    def step(self, lr: float) -> None:
        """One update of every parameter at learning rate `lr`."""
        self.muon.step(lr)
        for group in self.adam.param_groups:
            group["lr"] = lr * self.ADAM_SHARE
        self.adam.step()

    def state(self) -> dict[str, object]:
        """What to save."""
        return {"muon": list(self.muon.velocity.values()), "adam": self.adam.state_dict()}

    def restore(self, held: dict[str, object]) -> None:
        """Take back what `state` gave."""
        for mine, saved in zip(self.muon.velocity.values(), held["muon"], strict=True):
            mine.copy_(saved)
        self.adam.load_state_dict(held["adam"])
