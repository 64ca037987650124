"""GRPO, as R1-Zero was made: sample a group of replies to a problem, reward by rule, push to the better ones.

The reward is 1 for a right answer in the right form, a little for the form alone. Every batch of replies is
used for one update only, so that the policy that sampled is the policy that learns and no ratio has to be
clipped; there is no KL penalty, the learning rate is small and the run is short. Problems come from the
training side, from families where some replies of a group are right and some are wrong, since only those
carry a signal. The result is kept if pass@1 on held-out problems rises; the numbers and the curve are
written either way.
"""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from check import mean, scores
from data import ALIGNED
from generate import Generator
from model import Tiny, load, save
from optim import FlatGradients, Shared
from prompts import parted, prompt
from teacher import FAMILIES, Problem, is_right
from tokenizer import TinyTokenizer
from torch import Tensor

FORM_REWARD = 0.1
CHECK_SEED, KEEP_SEED = 8, 9
HALT = 60.0  # a step that took longer was halted from outside; only so many of its seconds count


@dataclass(frozen=True)
class Plan:
    """What the run is made of."""

    work: Path
    minutes: float = 12.0
    ranks: int = 2
    group: int = 8
    problems: int = 16
    """Problems of a rank's step."""
    heat: float = 1.0
    peak: float = 6e-5
    room: int = 900
    check_minutes: float = 3.0
    check_each: int = 24
    keep_each: int = 100
    probe_each: int = 12
    seed: int = 5


@dataclass(frozen=True)
class Reply:
    """A sampled reply with its reward and its advantage within the group."""

    prompt: list[int]
    ids: list[int]
    reward: float
    advantage: float


def reward(problem: Problem, ids: list[int], tok: TinyTokenizer) -> float:
    """Rule-based: right and well-formed, or at least well-formed."""
    _, answer, formed = parted(ids, tok)
    return float(formed and is_right(problem, answer)) * (1 - FORM_REWARD) + FORM_REWARD * formed


class Run:
    """One rank."""

    def __init__(self, plan: Plan, rank: int, shared: Shared) -> None:
        self.plan, self.rank = plan, rank
        self.tok = TinyTokenizer(plan.work / "tokenizer.json")
        self.model: Tiny = load(plan.work / "checkpoint.pt")
        parameters = list(self.model.parameters())
        self.grads = FlatGradients(parameters, shared, rank)
        self.adam = torch.optim.AdamW(parameters, lr=0.0, betas=(0.9, 0.95), weight_decay=0.0, foreach=True)
        self.rng = random.Random(plan.seed * 100 + rank)
        self.curve: list[dict[str, object]] = []
        self.step = 0

    def groups(self, problems: list[Problem]) -> list[list[Reply]]:
        """A group of replies to each problem."""
        prompts = [prompt(p, self.tok) for p in problems for _ in range(self.plan.group)]
        generator = Generator(self.model, self.tok, torch.bfloat16)
        seed = self.rng.randrange(2**31)
        replies = generator.run(prompts, room=self.plan.room, heat=self.plan.heat, top_p=1.0, seed=seed)
        out = []
        for i, problem in enumerate(problems):
            at = slice(i * self.plan.group, (i + 1) * self.plan.group)
            rewards = torch.tensor([reward(problem, ids, self.tok) for ids in replies[at]])
            advantage = (rewards - rewards.mean()) / (rewards.std() + 1e-4)
            rows = zip(prompts[at], replies[at], rewards.tolist(), advantage.tolist(), strict=True)
            out.append([Reply(*row) for row in rows])
        return out

    def probe(self) -> dict[str, float]:
        """Share of problems with mixed outcomes, per family, agreed between the ranks."""
        problems = [
            FAMILIES[f].problem(self.rng, False) for f in FAMILIES for _ in range(self.plan.probe_each)
        ]
        mixed = torch.tensor(
            [float(max(map(_right, g)) != min(map(_right, g))) for g in self.groups(problems)]
        )
        share = mixed.view(len(FAMILIES), -1).mean(1)
        if self.plan.ranks > 1:
            dist.all_reduce(share)
        return {f: round(v / self.plan.ranks, 3) for f, v in zip(FAMILIES, share.tolist(), strict=True)}

    def backward(self, replies: list[Reply]) -> int:
        """Gradient of the summed policy loss; returns how many tokens it counts."""
        self.grads.clear()
        replies = sorted((r for r in replies if r.advantage), key=lambda r: len(r.prompt) + len(r.ids))
        for at in range(0, len(replies), 16):
            self._loss(replies[at : at + 16]).backward()
        return sum(len(r.ids) for r in replies)

    def _loss(self, replies: list[Reply]) -> Tensor:
        length = -(-max(len(r.prompt) + len(r.ids) for r in replies) // ALIGNED) * ALIGNED
        ids = torch.full((len(replies), length + 1), self.tok.pad)
        weight = torch.zeros(len(replies), length)
        for row, r in enumerate(replies):
            n = len(r.prompt) + len(r.ids)
            ids[row, :n] = torch.tensor([*r.prompt, *r.ids])
            weight[row, len(r.prompt) - 1 : n - 1] = r.advantage
        logits = self.model(ids[:, :-1], torch.bfloat16).float() / self.plan.heat
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        return (loss * weight.flatten()).sum()

    def learn(self, families: list[str], weights: list[float], progress: float) -> None:
        """One step."""
        picked = self.rng.choices(families, weights, k=self.plan.problems)
        groups = self.groups([FAMILIES[f].problem(self.rng, False) for f in picked])
        flat = [r for g in groups for r in g]
        self.grads.clear()
        tokens = self.backward(flat)
        extra = (tokens, sum(r.reward for r in flat), len(flat), progress / self.plan.ranks)
        self.grads.extra.copy_(torch.tensor(extra))
        tokens, rewards, count, self.progress = self.grads.reduce()
        norm = self.grads.scale(1 / max(tokens, 1.0), 0.5)
        for group in self.adam.param_groups:
            group["lr"] = self.plan.peak * min(1.0, (self.step + 1) / 5) * max(0.0, 1 - self.progress)
        self.adam.step()
        self.step += 1
        self.curve.append({"step": self.step, "reward": round(rewards / count, 4), "norm": round(norm, 3)})

    def held_out(self, each: int, seed: int, heat: float) -> dict[str, float]:
        """Pass@1 per family on held-out problems."""
        return scores(self.model, self.tok, self.rank, self.plan.ranks, each, seed, heat)

    def go(self) -> None:
        """Probe, learn until the minutes are over, compare, keep or not."""
        before = self.held_out(self.plan.keep_each, KEEP_SEED, 0.6)
        mixed = self.probe()
        chosen = {f: share for f, share in mixed.items() if share > 0.04}
        self.progress = checked = elapsed = 0.0
        before_step = time.monotonic()
        while chosen and self.progress < 1:
            self.learn(list(chosen), list(chosen.values()), elapsed / self.plan.minutes / 60)
            elapsed += min(time.monotonic() - before_step, HALT)
            if (self.progress - checked) * self.plan.minutes > self.plan.check_minutes:
                checked = self.progress
                now = self.held_out(self.plan.check_each, CHECK_SEED, 0.6)
                self.curve.append({"step": self.step, "held_out": mean(now)})
            before_step = time.monotonic()
        after = self.held_out(self.plan.keep_each, KEEP_SEED, 0.6)
        if self.rank == 0:
            self.report(before, after, mixed)

    def report(self, before: dict[str, float], after: dict[str, float], mixed: dict[str, float]) -> None:
        """Write grpo.json, and grpo.pt if the held-out pass@1 rose."""
        kept = mean(after) > mean(before)
        facts = {
            "minutes": self.plan.minutes, "steps": self.step, "problems_each": self.plan.keep_each,
            "kept": kept,
            "before": mean(before), "after": mean(after), "families_before": before, "families_after": after,
            "mixed_share": mixed, "curve": self.curve,
        }  # fmt: skip
        (self.plan.work / "grpo.json").write_text(json.dumps(facts, indent=1) + "\n")
        if kept:
            save(self.model, self.plan.work / "grpo.pt")


def _right(reply: Reply) -> bool:
    return reply.reward > 0.5


def _rank(rank: int, plan: Plan, shared: Shared, port: int) -> None:
    torch.set_num_threads(1)
    if plan.ranks > 1:
        os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = "127.0.0.1", str(port)
        dist.init_process_group("gloo", rank=rank, world_size=plan.ranks, timeout=timedelta(hours=2))
    Run(plan, rank, shared).go()
    if plan.ranks > 1:
        dist.destroy_process_group()


def reinforce(plan: Plan) -> None:
    """Run it on `plan.ranks` processes."""
    os.environ["OMP_NUM_THREADS"] = "1"
    (plan.work / "grpo.pt").unlink(missing_ok=True)
    shared = Shared(load(plan.work / "checkpoint.pt"), plan.ranks)
    port = random.Random(time.time()).randint(20000, 40000)
    mp.spawn(_rank, (plan, shared, port), nprocs=plan.ranks)
