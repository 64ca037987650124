"""Time to the first token of a long chat that comes back in a new process, beside one read from the start.

    python tests/perf/reopen.py [--model FILE] [--tokens 8192] [--runs 5]

A chat of that many tokens is talked about once, and the program ends. Then, in turn: a new engine that finds
the saved state on disk (its pages dropped from the system's cache before), and one that has none. Both are
asked the same next question.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import AnswerDelta, Done, ThinkingDelta
from r1chat.core.prompt import Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.local import LocalEngine
from r1chat.engine.wire import ProbeRequest
from r1chat.paths import tiny_model

TARGET = 0.2
WORDS = "The sum of {} and {} is {}, which can be checked by taking {} away from it again. "


class Asked:
    """One question to a new engine."""

    def __init__(self, model: Path, home: Path, folder: Path | None, n_ctx: int) -> None:
        self._engine = LocalEngine(home / "logs")
        self._request = LoadRequest(
            path=str(model), n_ctx=n_ctx, state_folder=None if folder is None else str(folder)
        )

    async def first_token(self, turns: tuple[Turn, ...]) -> tuple[float, Done]:
        """Seconds from asking to the first token; the load is not counted. Then the engine is ended."""
        request = GenerateRequest(turns=turns, sampling=Sampling(seed=1), max_tokens=1, chat="measured")
        first, ends = 0.0, []
        async with contextlib.aclosing(self._engine):
            async for _ in self._engine.load(self._request):
                pass
            begun = time.perf_counter()
            async with contextlib.aclosing(self._engine.generate(request)) as events:
                async for event in events:
                    match event:
                        case ThinkingDelta() | AnswerDelta() if not first:
                            first = time.perf_counter() - begun
                        case Done():
                            ends.append(event)
            await self._engine.probe(ProbeRequest())
        return first, ends[0]


def chat(tokens: int) -> tuple[Turn, ...]:
    """A conversation of about so many tokens, ending in a question."""
    turns: list[Turn] = []
    for number in range(max(1, tokens // 440)):
        sums = "".join(WORDS.format(n, number, n + number, number) for n in range(number, number + 7))
        turns += [Turn(Role.USER, f"Question {number}: {sums}"), Turn(Role.ASSISTANT, f"Yes. {sums}")]
    return (*turns, Turn(Role.USER, "Is that so?"))


def drop_pages(folder: Path) -> int:
    """Make the system forget what it holds of those files; returns their bytes."""
    size = 0
    for path in folder.glob("*/*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        size += path.stat().st_size
    return size


async def measure(model: Path, tokens: int, runs: int) -> None:
    """Print a table."""
    before = chat(tokens)
    after = (*before, Turn(Role.ASSISTANT, "It is."), Turn(Role.USER, "And the last one?"))
    n_ctx = tokens * 3 // 2 + 1024
    cold: list[float] = []
    warm: list[float] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        home = Path(name)
        _, done = await Asked(model, home, home / "kv", n_ctx).first_token(before)
        print(f"{model.name}: a chat of {done.stats.prompt_tokens} tokens", flush=True)
        for _ in range(runs):
            copy = Path(shutil.copytree(home / "kv", home / "copy"))
            size = drop_pages(copy)
            seconds, end = await Asked(model, home, copy, n_ctx).first_token(after)
            shutil.rmtree(copy)
            warm.append(seconds)
            seconds, whole = await Asked(model, home, None, n_ctx).first_token(after)
            cold.append(seconds)
            print(
                f"  reopened {warm[-1]:.3f} s ({end.stats.cached_tokens} of {end.stats.prompt_tokens} tokens "
                f"from {size >> 20} MiB), read anew {cold[-1]:.3f} s ({whole.stats.cached_tokens} cached)",
                flush=True,
            )
    ratio = statistics.median(warm) / statistics.median(cold)
    print(f"medians: reopened {statistics.median(warm):.3f} s, read anew {statistics.median(cold):.3f} s")
    print(f"ratio {ratio:.4f}, target {TARGET}: {'holds' if ratio <= TARGET else 'MISSED'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=tiny_model())
    parser.add_argument("--tokens", type=int, default=8192)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    asyncio.run(measure(options.model, options.tokens, options.runs))


if __name__ == "__main__":
    main()
