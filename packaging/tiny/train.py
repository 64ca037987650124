"""Supervised training: one schedule over wall time, two processes of one thread each that share every step.

Spinning OpenMP threads suffer badly when anything else runs on the machine; single-threaded ranks do not.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from check import mean, scores
from data import batches
from model import Shape, Tiny, load, save
from optim import FlatGradients, Optimizers, Shared
from tokenizer import TinyTokenizer
from torch import Tensor

CHECK_SEED = 7
HALT = 5.0  # a step that took longer was halted from outside; only so many of its seconds count
CLIP = 1.0


@dataclass(frozen=True)
class Plan:
    """Everything that a run is made of."""

    out: Path
    """Folder with tokenizer.json; gets checkpoint.pt and log.jsonl."""
    minutes: float = 75.0
    seed: int = 1
    ranks: int = 2
    peak: float = 3e-3
    """Learning rate after warm-up; it then falls linearly to zero."""
    warm: float = 0.015
    batch: int = 3072
    """Tokens of a rank's step, padding counted; half of it in the early part of the run."""
    early: float = 0.1
    check_minutes: float = 6.0
    check_each: int = 16
    """Held-out problems a family at every check."""
    resume: bool = False
    start: Path | None = None
    """Checkpoint of an earlier run whose weights and optimizer this run's own schedule starts from."""
    save_minutes: float = 2.0
    compile: bool = True


def rate(plan: Plan, progress: float) -> float:
    """Learning rate at this fraction of the run."""
    return plan.peak * min(progress / plan.warm, (1 - progress) / (1 - plan.warm), 1.0)


class Run:
    """One rank of a training run."""

    def __init__(self, plan: Plan, rank: int, shared: Shared) -> None:
        self.plan, self.rank = plan, rank
        self.tok = TinyTokenizer(plan.out / "tokenizer.json")
        torch.manual_seed(plan.seed)
        path = plan.out / "checkpoint.pt"
        first = path if plan.resume else plan.start
        self.model = load(first) if first else Tiny(Shape(vocab=self.tok.size))
        self.grads = FlatGradients(list(self.model.parameters()), shared, rank)
        self.optim = Optimizers(self.model, shared, rank)
        self.step, self.tokens, self.elapsed = 0, 0, 0.0
        if first:
            held = torch.load(first, weights_only=True)
            self.optim.restore(held["optim"])
        if plan.resume:
            self.step, self.tokens, self.elapsed = held["step"], held["tokens"], held["elapsed"]
        self.loss = torch.compile(self.model.loss, dynamic=True) if plan.compile else self.model.loss
        self.progress = self.elapsed / (plan.minutes * 60)
        self.window = [0.0, 0.0, 0.0]

    def log(self, **facts: object) -> None:
        """Append one line to the run's log (rank 0 only)."""
        if self.rank == 0:
            with (self.plan.out / "log.jsonl").open("a") as file:
                file.write(json.dumps(facts) + "\n")

    def budget(self) -> int:
        """Tokens of a batch at this point of the run."""
        return self.plan.batch if self.progress > self.plan.early else self.plan.batch // 2

    def backward(self, ids: Tensor, targets: Tensor) -> None:
        """Gradients of one batch into the flat buffer; loss and counts beside them."""
        self.grads.clear()
        loss = self.loss(ids, targets, torch.bfloat16)
        loss.backward()
        self.grads.extra[0] = loss.detach()
        self.grads.extra[1] = (targets >= 0).sum()
        self.grads.extra[2] = ids.numel()

    def update(self, seconds: float) -> None:
        """Share the gradients, step, and log now and then; `seconds` is what the step has taken."""
        self.elapsed += min(seconds, HALT)
        self.grads.extra[3] = self.elapsed / (self.plan.minutes * 60) / self.plan.ranks
        loss, learned, tokens, self.progress = self.grads.reduce()
        norm = self.grads.scale(1 / max(learned, 1.0), CLIP)
        lr = rate(self.plan, min(self.progress, 1.0))
        self.optim.step(lr)
        self.step += 1
        self.tokens += int(tokens)
        self.window = [a + b for a, b in zip(self.window, (loss, learned, tokens), strict=True)]
        if self.step % 50 == 0:
            self.log(
                step=self.step, seconds=round(self.elapsed), tokens=self.tokens,
                loss=round(self.window[0] / self.window[1], 4), lr=round(lr, 6), norm=round(norm, 3),
                per_second=round(self.tokens / self.elapsed),
            )  # fmt: skip
            self.window = [0.0, 0.0, 0.0]

    def check(self) -> None:
        """Greedy accuracy on held-out problems, families shared out between the ranks; then save."""
        by = scores(self.model, self.tok, self.rank, self.plan.ranks, self.plan.check_each, CHECK_SEED)
        self.log(
            step=self.step, seconds=round(self.elapsed), tokens=self.tokens, greedy=mean(by), families=by
        )  # fmt: skip
        self.keep()

    def keep(self) -> None:
        """Save everything that resuming needs (rank 0 only)."""
        if self.rank == 0:
            save(self.model, self.plan.out / "checkpoint.pt", optim=self.optim.state(), step=self.step,
                 tokens=self.tokens, elapsed=self.elapsed)  # fmt: skip

    def source(self) -> Iterator[tuple[Tensor, Tensor]]:
        """This rank's own endless batches."""
        seed = self.plan.seed * 1_000_003 + self.rank * 7919 + self.step * 31
        return batches(self.tok, seed, self.budget, lambda: min(self.progress, 1.0))

    def go(self) -> None:
        """Train until the minutes are used up."""
        source = self.source()
        for _ in range(2):  # compile before the clock starts
            self.backward(*next(source))
        dist.barrier() if self.plan.ranks > 1 else None
        checked = kept = self.progress
        before = time.monotonic()
        while self.progress < 1.0:
            self.backward(*next(source))
            now = time.monotonic()
            self.update(now - before)
            before = now
            if self._due(checked, self.plan.check_minutes):
                checked = kept = self.progress
                self.check()
                before = time.monotonic()
            elif self._due(kept, self.plan.save_minutes):
                kept = self.progress
                self.keep()
        self.check()

    def _due(self, last: float, minutes: float) -> bool:
        return self.progress < 1.0 and (self.progress - last) * self.plan.minutes > minutes


def _rank(rank: int, plan: Plan, shared: Shared, port: int) -> None:
    torch.set_num_threads(1)
    random.seed(plan.seed + rank)
    if plan.ranks > 1:
        os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "127.0.0.1", str(port)
        dist.init_process_group("gloo", rank=rank, world_size=plan.ranks, timeout=timedelta(hours=2))
    Run(plan, rank, shared).go()
    if plan.ranks > 1:
        dist.destroy_process_group()


def train(plan: Plan) -> Path:
    """Run it; returns the checkpoint's path."""
    os.environ["OMP_NUM_THREADS"] = "1"
    port = random.Random(time.time()).randint(20000, 40000)
    shared = Shared(Tiny(Shape(vocab=TinyTokenizer(plan.out / "tokenizer.json").size)), plan.ranks)
    mp.spawn(_rank, (plan, shared, port), nprocs=plan.ranks)
    return plan.out / "checkpoint.pt"
