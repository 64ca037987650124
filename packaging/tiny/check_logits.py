"""Exits 1 unless llama.cpp computes what PyTorch computes: the same token ids of many texts, the same logits.

llama.cpp keeps its KV cache in float16 and rounds activations to 8 bits for q8_0, so equality is within
that noise.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from export import export, rounded
from llamacpp import Llama
from model import Tiny, load
from teacher import document
from tokenizer import TinyTokenizer

ODD = (
    "naïve café", "日本語の文字", "a  b   c\n\n\nd", "x²+5x−6 = 0 × ÷", "🙂 and 👩‍🚀", "tab\tand\r\nreturn",
    "1234567890", "don't we'll I'm", " leading", "trailing ", "\\boxed{-3, 2}",
    "\u200bzero", "ß∂ƒ©˙∆", "ИваÀ",
)  # fmt: skip
SAME_BEST = {"f32": 0.999, "q8_0": 0.98}
LOGIT_NOISE = {"f32": 0.03, "q8_0": 0.35}
"""Largest mean absolute difference allowed, on logits whose spread is some tens."""


def texts(count: int) -> list[str]:
    """Texts of the teacher's, odd ones, and random printable characters."""
    rng = random.Random(11)
    out = list(ODD)
    while len(out) < count:
        out += [segment.text for segment in document(rng) if not segment.markup and segment.text]
    noise = [
        "".join(chr(rng.choice((rng.randint(32, 126), rng.randint(160, 1500)))) for _ in range(40))
        for _ in out
    ]
    return out[:count] + noise[: count // 4]


def check_ids(engine: Llama, tok: TinyTokenizer) -> int:
    """How many texts get different ids."""
    wrong = sum(list(tok.encode(text)) != engine.tokenize(text, special=False) for text in texts(400))
    return wrong + sum(
        engine.tokenize(name, special=True) != [number] for name, number in tok.specials.items()
    )


def check_logits(engine: Llama, model: Tiny, tok: TinyTokenizer) -> tuple[float, float]:
    """Mean absolute difference of the logits, and how often the best token is the same."""
    rng = random.Random(12)
    gaps, same = [], []
    for _ in range(12):
        ids = tok.pieces((segment.text, segment.markup) for segment in document(rng))[:900]
        theirs = engine.logits(ids)
        with torch.no_grad():
            ours = model(torch.tensor([ids]))[0].numpy()
        gaps.append(float(np.abs(ours - theirs).mean()))
        same.append(float((ours.argmax(1) == theirs.argmax(1)).mean()))
    return float(np.mean(gaps)), float(np.mean(same))


def check(kind: str, model: Tiny, ours: Tiny, tok: TinyTokenizer, work: Path) -> dict[str, float]:
    """How far the file of this kind says what `ours` says; `good` where it is near enough."""
    export(model, tok, work / f"{kind}.gguf", kind)
    engine = Llama(work / f"{kind}.gguf")
    wrong = check_ids(engine, tok)
    gap, same = check_logits(engine, ours, tok)
    print(
        f"{kind}: {wrong} texts with other ids, mean gap of the logits {gap:.4f}, same best token {same:.2%}"
    )
    good = wrong == 0 and gap < LOGIT_NOISE[kind] and same > SAME_BEST[kind]
    return {"good": good, "other_ids": wrong, "mean_gap": round(gap, 5), "same_best": round(same, 5)}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("tokenizer", type=Path)
    a = p.parse_args()
    model, tok = load(a.checkpoint).eval(), TinyTokenizer(a.tokenizer)
    with tempfile.TemporaryDirectory() as work:
        found = {
            kind: check(kind, model, ours, tok, Path(work))
            for kind, ours in (("f32", model), ("q8_0", rounded(model)))
        }
    (a.checkpoint.parent / "logits.json").write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(0 if all(facts["good"] for facts in found.values()) else 1)


if __name__ == "__main__":
    main()
