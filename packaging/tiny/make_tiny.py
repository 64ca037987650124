"""The whole recipe with one command: tokeniser, training, checks, GRPO, export, evaluation, model card.

python make_tiny.py                     everything, into build/tiny, then assets/tiny
python make_tiny.py tokenizer train     only these steps
python make_tiny.py --minutes 5         a short run, to see that it works
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ASSETS = ROOT / "assets" / "tiny"
STEPS = ("tokenizer", "train", "logits", "grpo", "export", "evaluate", "card")
TOKENIZER_TEXTS = 20000
PEAK, PEAK_AGAIN = 3e-3, 2e-3  # learning rates, from nothing and from a trained checkpoint


def make_tokenizer(work: Path) -> None:
    """Write tokenizer.json."""
    import tokenizer
    from teacher import wording

    tokenizer.train(wording(random.Random(3), TOKENIZER_TEXTS), work / "tokenizer.json")


def supervise(work: Path, a: argparse.Namespace) -> None:
    """Train from nothing, from an earlier run's checkpoint on a schedule of its own, or resume."""
    from train import Plan, train

    peak = PEAK if a.start is None else PEAK_AGAIN
    checks = min(6.0, a.minutes / 2)
    train(
        Plan(
            out=work, minutes=a.minutes, ranks=a.ranks, resume=a.resume, start=a.start, peak=peak,
            check_minutes=checks,
        )
    )  # fmt: skip


def reinforce(work: Path, minutes: float, ranks: int) -> None:
    """GRPO from the supervised checkpoint; it leaves grpo.json and, where it helped, grpo.pt."""
    from grpo import Plan, reinforce

    reinforce(Plan(work=work, minutes=minutes, ranks=ranks))


def best(work: Path) -> Path:
    """The checkpoint to ship: GRPO's if it was kept."""
    grown = work / "grpo.pt"
    return grown if grown.exists() else work / "checkpoint.pt"


def publish(work: Path) -> None:
    """Export as f32 and q8_0, and put q8_0 into the package's assets."""
    from export import export
    from model import load
    from tokenizer import TinyTokenizer

    model, tok = load(best(work)), TinyTokenizer(work / "tokenizer.json")
    for kind in ("f32", "q8_0"):
        export(model, tok, work / f"tiny-{kind}.gguf", kind)
    ASSETS.mkdir(parents=True, exist_ok=True)
    shutil.copy(work / "tiny-q8_0.gguf", ASSETS / "tiny.gguf")


def script(name: str, *arguments: str) -> None:
    """Run a step that is a program of its own; stop the recipe where it fails."""
    subprocess.run([sys.executable, str(HERE / name), *arguments], check=True)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("steps", nargs="*", choices=[[], *STEPS], help=f"default: {' '.join(STEPS)}")
    p.add_argument("--work", type=Path, default=ROOT / "build" / "tiny")
    p.add_argument("--minutes", type=float, default=75.0)
    p.add_argument("--grpo-minutes", type=float, default=12.0)
    p.add_argument("--ranks", type=int, default=2, help="training processes, one thread each")
    p.add_argument("--resume", action="store_true", help="go on with the schedule of --work's checkpoint")
    p.add_argument("--start", type=Path, help="a checkpoint to start a new schedule from")
    p.add_argument("--n", type=int, default=200, help="problems a kind of the evaluation")
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    for step in a.steps or STEPS:
        print(f"== {step}", flush=True)
        match step:
            case "tokenizer":
                make_tokenizer(a.work)
            case "train":
                supervise(a.work, a)
            case "logits":
                script("check_logits.py", str(a.work / "checkpoint.pt"), str(a.work / "tokenizer.json"))
            case "grpo":
                reinforce(a.work, a.grpo_minutes, a.ranks)
            case "export":
                publish(a.work)
            case "evaluate":
                few = str(min(a.n, 24))
                full = str(a.work / "tiny-f32.gguf")
                script("evaluate.py", "--n", str(a.n), "--votes", few, "--steer", "4", "--full", full)
            case "card":
                script("card.py", "--work", str(a.work))


if __name__ == "__main__":
    main()
