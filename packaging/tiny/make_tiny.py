"""The whole recipe with one command: tokeniser, training, checks, GRPO, export, evaluation, model card.

python make_tiny.py                     everything, into build/tiny, then into the package
python make_tiny.py tokenizer train     only these steps
python make_tiny.py --smoke             a few minutes, to see that it works; nothing leaves --work
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ASSETS = ROOT / "assets" / "tiny"
STEPS = ("tokenizer", "train", "logits", "grpo", "export", "evaluate", "card")
TOKENIZER_TEXTS = 20000


class Stage(NamedTuple):
    """One schedule of the supervised training; the next one starts from its weights and optimizer."""

    minutes: float
    peak: float
    """Learning rate after warm-up."""
    early: float
    """Share of the stage with batches of half the size."""
    batch: int


STAGES = (
    Stage(75, 3e-3, 0.1, 3072),
    Stage(37, 1e-3, 0.1, 3072),
    Stage(62, 1e-3, 0.0, 4096),
    Stage(50, 1e-3, 0.0, 2048),
)
SMOKE = ("--minutes", "2", "--grpo-minutes", "0.5", "--n", "1", "--room", "120")


def make_tokenizer(work: Path) -> None:
    """Write tokenizer.json."""
    import tokenizer
    from teacher import wording

    tokenizer.train(wording(random.Random(3), TOKENIZER_TEXTS), work / "tokenizer.json")


def supervise(a: argparse.Namespace) -> None:
    """All stages, one after the other; `--resume` goes on with the one that was broken off."""
    from train import Plan, train

    work, scale = a.work, a.minutes / sum(stage.minutes for stage in STAGES)
    before, resume = a.start, a.resume
    for number, stage in enumerate(STAGES, 1):
        done = work / f"stage-{number}.pt"
        if not (a.resume and done.exists()):
            minutes = stage.minutes * scale
            train(
                Plan(
                    out=work, minutes=minutes, ranks=a.ranks, start=before, peak=stage.peak, seed=number,
                    early=stage.early, batch=stage.batch, check_minutes=min(6.0, minutes / 2),
                    check_each=min(16, a.n),
                    resume=resume and (work / "checkpoint.pt").exists(),
                )
            )  # fmt: skip
            (work / "checkpoint.pt").rename(done)
            (work / "log.jsonl").rename(work / f"log-{number}.jsonl")
            resume = False
        before = done
    shutil.copy(before, work / "checkpoint.pt")


def reinforce(a: argparse.Namespace) -> None:
    """GRPO from the supervised checkpoint; it leaves grpo.json and, where it helped, grpo.pt."""
    from grpo import Plan, reinforce

    each = min(100, a.n)
    reinforce(
        Plan(
            work=a.work, minutes=a.grpo_minutes, ranks=a.ranks, keep_each=each, probe_each=min(12, 2 * each),
            room=min(900, a.room),
        )
    )  # fmt: skip


def best(work: Path) -> Path:
    """The checkpoint to ship: GRPO's if it was kept."""
    grown = work / "grpo.pt"
    return grown if grown.exists() else work / "checkpoint.pt"


def publish(work: Path, into: Path) -> None:
    """Export as f32 and q8_0, and put q8_0 where it belongs."""
    from export import export
    from model import load
    from tokenizer import TinyTokenizer

    model, tok = load(best(work)), TinyTokenizer(work / "tokenizer.json")
    for kind in ("f32", "q8_0"):
        export(model, tok, work / f"tiny-{kind}.gguf", kind)
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(work / "tiny-q8_0.gguf", into / "tiny.gguf")


def script(name: str, *arguments: str) -> None:
    """Run a step that is a program of its own; stop the recipe where it fails."""
    subprocess.run([sys.executable, str(HERE / name), *arguments], check=True)


def measure(a: argparse.Namespace, into: Path, results: Path) -> None:
    """Evaluate the exported file through r1chat's own engine."""
    few = str(min(a.n, 24))
    script(
        "evaluate.py", "--model", str(into / "tiny.gguf"), "--out", str(results), "--n", str(a.n),
        "--votes", few, "--steer", str(min(a.n, 4)), "--full", str(a.work / "tiny-f32.gguf"),
        "--full-n", str(min(a.n, 10)), "--room", str(a.room),
    )  # fmt: skip


def arguments() -> argparse.Namespace:
    """The command line; `--smoke` stands for small budgets."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("steps", nargs="*", choices=[[], *STEPS], help=f"default: {' '.join(STEPS)}")
    p.add_argument("--work", type=Path, default=ROOT / "build" / "tiny")
    total = sum(stage.minutes for stage in STAGES)
    p.add_argument("--minutes", type=float, default=total, help="of all supervised stages together")
    p.add_argument("--grpo-minutes", type=float, default=15.0)
    p.add_argument("--ranks", type=int, default=2, help="training processes, one thread each")
    p.add_argument("--resume", action="store_true", help="go on with the schedule of --work's checkpoint")
    p.add_argument("--start", type=Path, help="a checkpoint for the first stage to start from")
    p.add_argument("--n", type=int, default=200, help="problems a kind of the evaluation")
    p.add_argument("--room", type=int, default=1800, help="tokens of an evaluated reply at most")
    p.add_argument("--smoke", action="store_true", help=" ".join(SMOKE))
    a = p.parse_args([*SMOKE, *sys.argv[1:]] if "--smoke" in sys.argv else None)
    a.work.mkdir(parents=True, exist_ok=True)
    return a


def main() -> None:
    a = arguments()
    into, results = (a.work, a.work / "results.json") if a.smoke else (ASSETS, HERE / "results.json")
    for step in a.steps or STEPS:
        print(f"== {step}", flush=True)
        match step:
            case "tokenizer":
                make_tokenizer(a.work)
            case "train":
                supervise(a)
            case "logits":
                script("check_logits.py", str(a.work / "checkpoint.pt"), str(a.work / "tokenizer.json"))
            case "grpo":
                reinforce(a)
            case "export":
                publish(a.work, into)
            case "evaluate":
                measure(a, into, results)
            case "card":
                card = str(into / "MODEL_CARD.md")
                script("card.py", "--work", str(a.work), "--results", str(results), "--card", card)


if __name__ == "__main__":
    main()
