"""Tampered headers against the checks that stand before llama.cpp, and what passes against llama.cpp itself.

    python -m tests.perf.headers [--count 100000] [--load 2000] [--first 0]

Prints how many were refused and accepted, the slowest check, the growth of memory; then how many of those
that were accepted llama.cpp loaded, refused, or died of. Files that it died of are kept and named.
"""

import argparse
import collections
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from r1chat.core.gguf import GgufError, read_header
from r1chat.core.soundness import check_model
from tests.mutations import mutate

HANG_S = 1.0
ROOM = 64 << 20


class Tally:
    """What became of the headers."""

    def __init__(self) -> None:
        self.refused: collections.Counter[str] = collections.Counter()
        self.accepted: list[int] = []
        self.slowest = (0.0, 0)
        self._memory = peak()

    @property
    def growth(self) -> int:
        """Bytes of resident memory at most, beyond what there was at first."""
        return peak() - self._memory

    def check(self, number: int) -> None:
        """Make and check one header; anything but GgufError goes through."""
        data, size = mutate(number)
        start = time.thread_time()
        try:
            check_model(data, read_header(data, size))
            self.accepted.append(number)
        except GgufError as error:
            self.refused[" ".join(error.message.split()[:4])] += 1
        self.slowest = max(self.slowest, (time.thread_time() - start, number))


class Loader:
    """A child that loads files with llama.cpp; a new one takes its place when it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[str] | None = None
        self.results: collections.Counter[str] = collections.Counter()
        self.died: list[tuple[int, int]] = []
        """Number of the header, and the child's exit code."""

    def load(self, number: int) -> None:
        """Write the file of a header and load it."""
        data, size = mutate(number)
        path = self._folder / f"{number}.gguf"
        with path.open("wb") as file:
            file.write(data)
            file.truncate(max(size, len(data)))
        child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise RuntimeError
        child.stdin.write(f"{path}\n")
        child.stdin.flush()
        answer = child.stdout.readline()
        if answer:
            self.results[answer.split()[0]] += 1
            path.unlink()
        else:
            child.communicate()
            self.died.append((number, child.returncode))
            self._child = None

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.communicate()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.perf.load_child"]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "GGML_NO_BACKTRACE": "1", "OMP_NUM_THREADS": "1"},
        )
        return self._child


def peak() -> int:
    """Most bytes that this process ever had resident."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--load", type=int, default=2_000)
    asked = parser.parse_args()
    tally = Tally()
    for number in range(asked.first, asked.first + asked.count):
        tally.check(number)
    print(f"{asked.count} headers: {len(tally.accepted)} accepted, {sum(tally.refused.values())} refused")
    for sentence, count in tally.refused.most_common(25):
        print(f"  {count:>7}  {sentence} …")
    print(f"slowest check {tally.slowest[0]:.3f} s (header {tally.slowest[1]}), limit {HANG_S} s")
    print(f"memory grew by {tally.growth / 1e6:.1f} MB, limit {ROOM / 1e6:.0f} MB")
    loader = Loader(Path(tempfile.mkdtemp(prefix="headers-")))
    step = max(1, len(tally.accepted) // asked.load)
    for number in tally.accepted[::step]:
        loader.load(number)
    loader.close()
    print(f"llama.cpp: {dict(loader.results)}; died of {len(loader.died)}: {loader.died[:20]}")


if __name__ == "__main__":
    main()
