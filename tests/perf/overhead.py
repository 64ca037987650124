"""The engine's own cost a token: CPU time of the decode loop outside llama.cpp, short and long context.

    python -m tests.perf.overhead [--model FILE] [--contexts 1000 16000] [--tokens 500] [--runs 3]

How it is measured: `r1chat.engine.worker.overhead`.
"""

import argparse
import statistics
from pathlib import Path

from r1chat.engine.worker.overhead import Meter, begin, run
from r1chat.paths import tiny_model

TARGET_MS = 0.1


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--contexts", type=int, nargs="+", default=[1_000, 16_000])
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    loaded, pipe = begin(options.model, max(options.contexts) + options.tokens + 512)
    meter = Meter()
    worst = 0.0
    for context in options.contexts:
        costs = []
        for _ in range(options.runs):
            run(loaded, pipe, context, options.tokens)
            costs.append(meter.last(options.tokens))
        outside, inside = (statistics.median(column) for column in zip(*costs, strict=True))
        worst = max(worst, outside)
        print(
            f"{options.model.name} after {context:>6,} tokens: {outside:.4f} ms a token of our own "
            f"(runs {', '.join(f'{cost[0]:.4f}' for cost in costs)}), {inside:.2f} ms in llama.cpp"
        )
    print(f"target {TARGET_MS} ms: {'holds' if worst <= TARGET_MS else 'MISSES'}")


if __name__ == "__main__":
    main()
