"""How many rows a batch had best have: kernels take them in groups, and one that is not full is no cheaper.

On one CPU (AVX-512, a model in Q4_K) four rows took less time than two. So what each size costs is measured
once for a model on this machine and kept.
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

REPEATS = 3
"""Batches of each size that are timed; the quickest counts."""


class Group(NamedTuple):
    """One batch."""

    size: int
    """Rows that are needed."""
    fillers: int
    """Rows beside them that are thrown away."""


class Multiples:
    """Splits rows into batches by what batches of 1, 2, … rows cost; without costs all go into one."""

    def __init__(self, costs: Sequence[float] = ()) -> None:
        self.costs = tuple(costs)
        self.groups = cache(self._groups)
        """The batches for so many rows, in order."""

    def _groups(self, count: int) -> tuple[Group, ...]:
        if count <= 1 or count > len(self.costs):
            return (Group(count, 0),)
        best: list[tuple[float, tuple[Group, ...]]] = [(0.0, ())]
        for rows in range(1, count + 1):
            ways: list[tuple[float, tuple[Group, ...]]] = [
                (self.costs[size - 1], (Group(rows, size - rows),))
                for size in range(rows, len(self.costs) + 1)
            ]
            ways += [
                (best[first][0] + best[rows - first][0], best[first][1] + best[rows - first][1])
                for first in range(1, rows)
            ]
            best.append(min(ways, key=lambda way: way[0]))
        return best[count][1]


def measured(file: Path, largest: int, decode: Callable[[int], None]) -> Multiples:
    """The costs kept in `file`, or measured now with `decode(rows)` and kept there where that can be written.

    Raises what `decode` raises; nothing is kept then.
    """
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        costs = msgspec.json.decode(file.read_bytes(), type=tuple[float, ...])
        if len(costs) == largest and all(0 < cost < float("inf") for cost in costs):
            return Multiples(costs)
    costs = tuple(min(_seconds(decode, rows) for _ in range(REPEATS)) for rows in range(1, largest + 1))
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_name(f"{file.name}.{os.getpid()}")
        aside.write_bytes(msgspec.json.encode(costs))
        aside.replace(file)
    return Multiples(costs)


def _seconds(decode: Callable[[int], None], rows: int) -> float:
    begun = time.perf_counter()
    decode(rows)
    return time.perf_counter() - begun
