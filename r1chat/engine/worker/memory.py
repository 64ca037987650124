"""How much memory this process may take: of the machine, and of the cgroup it was put into."""

from collections.abc import Iterator
from pathlib import Path

import psutil

_ROOT = Path("/sys/fs/cgroup")
_MINE = Path("/proc/self/cgroup")


def available_memory(root: Path = _ROOT, mine: Path = _MINE) -> int:
    """Bytes of RAM that can be had without swapping, within the limits of the cgroup and those above it."""
    rooms = [int(psutil.virtual_memory().available)]
    for folder in _cgroups(root, mine):
        for limit, used in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),  # version 1
        ):
            most, taken = _number(folder / limit), _number(folder / used)
            if most is not None and taken is not None:
                rooms.append(most - taken + _page_cache(folder))
    return max(0, min(rooms))


def _cgroups(root: Path, mine: Path) -> Iterator[Path]:
    """This process's cgroup in each hierarchy, and all above it. In a container its own is the root."""
    try:
        lines = mine.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    yield root
    for line in lines:
        number, names, path = (*line.split(":", 2), "", "")[:3]
        if number != "0" and names != "memory":
            continue
        top = root if number == "0" else root / "memory"
        parts = [part for part in path.split("/") if part not in {"", ".."}]
        if number != "0":
            yield top
        for depth in range(len(parts)):
            yield top.joinpath(*parts[: depth + 1])


def _page_cache(folder: Path) -> int:
    """Bytes that the cgroup would give up when asked: pages of files, of models read before above all."""
    try:
        rows = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    counts = dict(row.split()[:2] for row in rows)
    return int(counts.get("total_inactive_file") or counts.get("inactive_file") or 0)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
