"""How many evaluated sums, differences, products and quotients come up in the work of other problems.

    python overlap.py       counts in 80,000 documents, about what a schedule reads; writes run/overlap.json

The split keeps a question from being asked, not its numbers from being a step of a longer trace.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from random import Random

from evaluate import SEED
from teacher import document, held_out

OUT = Path(__file__).resolve().parent / "run" / "overlap.json"
SIGNS = {"+": "add", "-": "sub", "×": "mul", "÷": "divmod"}
EITHER_WAY = ("add", "mul")
STEP = re.compile(r"(?<![\d.])(\d+)([+×÷-])(\d+)(?![\d.])")
Pair = tuple[int, ...]


def pair(family: str, numbers: Pair) -> Pair:
    """The numbers, sorted where their order says nothing."""
    return tuple(sorted(numbers)) if family in EITHER_WAY else numbers


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--documents", type=int, default=80_000)
    p.add_argument("--n", type=int, default=200, help="held-out problems a kind")
    a = p.parse_args()
    asked = {f: {pair(f, problem.data) for problem in held_out(SEED, f, a.n)} for f in SIGNS.values()}
    met: dict[str, set[Pair]] = {f: set() for f in asked}
    rng = Random(SEED)
    for number in range(a.documents):
        for segment in document(rng, 1024, number / a.documents):
            for left, sign, right in STEP.findall(segment.text):
                family = SIGNS[sign]
                found = pair(family, (int(left), int(right)))
                if found in asked[family]:
                    met[family].add(found)
    facts = {f: {"asked": len(asked[f]), "met": len(met[f])} for f in asked}
    OUT.write_text(json.dumps({"documents": a.documents, "steps": facts}, indent=1) + "\n")
    print(facts)


if __name__ == "__main__":
    main()
