"""The estimate of `models fit` against reality, for each shape of the catalog.

    python -m tests.perf.models [--full r1-qwen-1.5b] [--only r1-qwen-7b] [--quant Q8_0]

Each shape is written as a file whose weights are a hole (all zero, so they take no disk) and held against

- the dry run of llama.cpp with all layers: KV cache and buffers;
- a load with few layers, or with all of them for `--full`: resident memory after a batch of prompt and a few
  tokens. Weights that llama.cpp keeps in a second form for the CPU's kernels are counted once: the pages of
  the file behind them are never read again, and the kernel takes them back when memory is short.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1chat.core.catalog import CatalogModel, catalog
from r1chat.core.fit import Machine, Need, fit, need, shape_of, weights_of
from r1chat.hardware import measure
from r1chat.modelfile import check_file
from tests.gguf_files import write_model

CONTEXT = 16_384
FEW = 2
"""Layers of a file that is loaded."""


@dataclass(frozen=True)
class Case:
    """One file."""

    model: CatalogModel
    quant: str
    layers: int


def run(path: Path) -> dict[str, Any]:
    """What a child measured."""
    command = [sys.executable, "-m", "tests.perf.memory_child", str(path), str(CONTEXT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def off(estimate: float, real: float) -> str:
    """How far an estimate is off, in per cent of what is real."""
    return f"{100 * (estimate - real) / real:+.1f} %" if real else "–"


def report(case: Case, path: Path, machine: Machine) -> None:
    """Measure one file and print a line."""
    write_model(path, case.model.shape, case.quant, case.layers)
    file = check_file(path)
    shape, weights = shape_of(file.header), weights_of(file.header)
    expected: Need = need(shape, weights, CONTEXT)
    found = run(path)
    dry, real = found["dry"], found["real"]
    twice = real.get("repack", 0)
    total = found["after"]["RssAnon"] + found["after"]["RssFile"] - twice
    speed = fit(shape, weights, CONTEXT, machine).tokens_per_s
    cells = [
        f"{case.model.id}:{case.quant} {case.layers}L",
        f"{expected.weights / 1e6:.0f}", off(expected.weights, real["model"]),
        f"{expected.kv / 1e6:.0f}", off(expected.kv, dry["KV"]),
        f"{expected.compute / 1e6:.0f}", off(expected.compute, dry["compute"] + dry["output"]),
        f"{expected.total / 1e6:.0f}", f"{total / 1e6:.0f}", off(expected.total, total), f"{twice / 1e6:.0f}",
        f"{speed or 0:.1f}", f"{found['tokens_per_s']:.1f}",
    ]  # fmt: skip
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="append", default=[], help="A model to load with all its layers.")
    parser.add_argument("--quant", action="append", default=[], help="Q4_K_M and Q8_0 by default.")
    parser.add_argument("--only", action="append", default=[], help="Models to look at; all by default.")
    asked = parser.parse_args()
    machine = measure().machine
    heads = ("file", "weights MB", "off", "KV MB", "off", "buffers MB", "off", "all MB", "resident MB", "off",
             "twice MB", "expected tokens/s", "measured")  # fmt: skip
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    with tempfile.TemporaryDirectory() as folder:
        for model in catalog().models:
            if asked.only and model.id not in asked.only:
                continue
            layers = model.shape.n_layer if model.id in asked.full else FEW
            for quant in asked.quant or ("Q4_K_M", "Q8_0"):
                report(Case(model, quant, layers), Path(folder, "model.gguf"), machine)


if __name__ == "__main__":
    main()
