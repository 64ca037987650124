"""What drafts bring: how many are accepted, and the speed with and without them, runs interleaved.

    python tests/perf/drafting.py [--model FILE] [--draft FILE] [--threads N] [--tokens N] [--oracle P …]

Rows: `ngram` is what r1chat does unasked; `model` drafts with --draft; `oracle P` stands for a draft model
that costs nothing and is right with probability P (it knows what the model will say), and so tells what the
batches of this machine allow. So that it can know, each of its runs says the words of the first, whatever the
model would have drawn. Every row has books of its own, which go on from run to run as they do between turns,
and a line after each run. `same for` tells how many tokens of `ngram` and `model` are those without drafts.
"""

import argparse
import random
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from r1chat.core.conversation import Sampling, Thinking
from r1chat.engine.base import GenerateRequest
from r1chat.engine.worker import capi, decode
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter
from r1chat.engine.worker.wager import FULL, Wager
from r1chat.paths import tiny_model
from tests.engine.bench import Bench, question

PROMPT = "Solve: x^2 - 11x + 24 = 0"


class Said(capi.Sampler):
    """Draws as ever, and then says the next word of `text`."""

    text: ClassVar[tuple[int, ...]] = ()

    def __init__(self, context: capi.Context, sampling: Sampling, index: int = 0) -> None:
        super().__init__(context, sampling, index)
        draw, coming = self.sample, iter(self.text)

        def say(row: int) -> int:
            drawn = draw(row)
            return next(coming, drawn)

        self.sample = say


class Oracle:
    """Knows how the text goes on, and errs at times."""

    def __init__(self, chance: float) -> None:
        self._chance, self._rng = chance, random.Random(1)
        self.text: tuple[int, ...] = ()
        self.prompt = 0

    def ready(self, _ids: Sequence[int]) -> bool:
        """Always."""
        return True

    def read(self, ids: Sequence[int]) -> None:
        """The first time it is given the prompt."""
        self.prompt = len(ids)

    def guess(self, ids: Sequence[int], count: int) -> list[int]:
        """What comes, or with the chance of an error something else."""
        at = len(ids) - self.prompt
        coming = self.text[at : at + count]
        return [token if self._rng.random() < self._chance else token ^ 1 for token in coming]

    def close(self) -> None:
        """Nothing to free."""


class Row:
    """One way to draft, and what it came to."""

    def __init__(self, name: str, drafter: Drafter) -> None:
        self.name, self.drafter = name, drafter
        self.ratios: list[float] = []
        self.speeds: list[float] = []
        self.drafted = self.accepted = 0
        self.same: list[int] = []

    def run(self, bench: Bench, asked: GenerateRequest, alone: tuple[int, ...]) -> None:
        """Once without drafts and once with them, in turn the one or the other first."""
        decode.Sampler = capi.Sampler
        if isinstance(self.drafter.guesser, Oracle):
            self.drafter.guesser.text = Said.text = alone
            decode.Sampler = Said
        drafters = [NO_DRAFTS, self.drafter]
        if len(self.ratios) % 2:
            drafters.reverse()
        ends = {drafter: bench.ask(asked, drafter) for drafter in drafters}
        (_, plain), (ids, done) = ends[NO_DRAFTS], ends[self.drafter]
        pairs = enumerate(zip(alone, ids, strict=False))
        self.same.append(next((at for at, (a, b) in pairs if a != b), min(len(alone), len(ids))))
        self.speeds.append(done.stats.decode_tokens_per_s)
        self.ratios.append(done.stats.decode_tokens_per_s / plain.stats.decode_tokens_per_s)
        self.drafted += done.stats.drafted_tokens
        self.accepted += done.stats.accepted_tokens

    def __str__(self) -> str:
        share = f"{self.accepted / self.drafted:5.0%}" if self.drafted else "    –"
        wager = self.drafter.wager
        costs = (
            ", ".join(f"{rows} rows {cost:.2f}" for (_, rows), cost in wager._costs.items()) if wager else ""
        )
        low, high = min(self.ratios), max(self.ratios)
        return (
            f"{self.name:<12}{statistics.median(self.speeds):9.2f}{statistics.median(self.ratios):8.3f}"
            f"  ({low:.3f} – {high:.3f}){self.drafted:8}{share}   same for {min(self.same)}   {costs}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--draft", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--oracle", type=float, nargs="*", default=[0.5, 0.7, 0.9])
    options = parser.parse_args()
    bench = Bench(options.model, threads=options.threads, draft=str(options.draft) if options.draft else None)
    rows = [Row("ngram", Drafter(Wager()))]
    if options.draft:
        print(bench.loaded.info.note)
        rows.append(Row("model", Drafter(Wager(FULL), bench.loaded.drafter.guesser)))
    rows += [Row(f"oracle {chance}", Drafter(Wager(FULL), Oracle(chance))) for chance in options.oracle]
    print(f"{options.model.name}, {options.threads} threads, {options.tokens} tokens, {options.runs} runs")
    print(f"{'':12}{'tok/s':>9}{'ratio':>8}  {'(range)':17}{'drafted':>8}{'right':>5}")
    for run in range(options.runs):
        asked = question(
            PROMPT,
            temperature=options.temperature,
            seed=run,
            max_tokens=options.tokens,
            thinking=Thinking(reserve=0),
        )
        decode.Sampler = capi.Sampler
        bench.ask(
            asked
        )  # the first reads the prompt in one batch, which alone can change a random model's words
        alone, _ = bench.ask(asked)
        for row in rows:
            row.run(bench, asked, alone)
            print(row, flush=True)


if __name__ == "__main__":
    main()
