"""What the system lets this process have: memory and processors, within its control groups.

Containers and services are limited by control groups (https://docs.kernel.org/admin-guide/cgroup-v2.html), of
which psutil knows nothing. A limit of any group above this process counts.
"""

from collections.abc import Iterator
from pathlib import Path

import psutil

NONE = 1 << 60
"""What version 1 writes for no limit is some page short of 2**63."""


def free_memory(root: Path = Path("/")) -> int:
    """Bytes of RAM that can be had without swapping. `root` is where /proc and /sys are looked for."""
    free = int(psutil.virtual_memory().available)
    return max(0, min([free, *_rooms(root)]))


def total_memory(root: Path = Path("/")) -> int:
    """Bytes of RAM that this process could ever have."""
    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _limits(root))])


def cpu_quota(root: Path = Path("/")) -> float | None:
    """Processors' worth of time that the control groups allow; None for no limit."""
    quotas = []
    for folder in _groups(root, "cpu"):
        row = _text(folder / "cpu.max").split()
        if len(row) == 2 and all(map(str.isdigit, row)) and int(row[1]):
            quotas.append(int(row[0]) / int(row[1]))
        quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        if quota and period and quota > 0:
            quotas.append(quota / period)
    return min(quotas, default=None)


def _rooms(root: Path) -> Iterator[int]:
    """What each limited group has left; pages of files would be given up when asked."""
    for limit, folder in _limits(root):
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes")
        if used is not None:
            yield limit - used + _page_cache(folder)


def _limits(root: Path) -> Iterator[tuple[int, Path]]:
    for folder in _groups(root, "memory"):
        limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
        if limit is not None and limit < NONE:
            yield limit, folder


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's group and of all above it; the namespace's own root is the last."""
    for row in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = (*row.split(":", 2), "", "")[:3]
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controllers and controller)
        group = top / path.lstrip("/")
        while group != top and top in group.parents:
            yield group
            group = group.parent
        yield top


def _page_cache(folder: Path) -> int:
    rows = dict(row.split(" ", 1) for row in _text(folder / "memory.stat").splitlines() if " " in row)
    text = rows.get("total_inactive_file") or rows.get("inactive_file") or "0"
    return int(text) if text.isdigit() else 0


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
