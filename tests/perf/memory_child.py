"""Loads one file as the engine does and prints what it took, as JSON. For `tests/perf/models.py`."""

import json
import os
import re
import sys
import time
from pathlib import Path

from r1chat.engine.worker import capi
from r1chat.engine.worker.plan import plan_threads

_BUFFER = re.compile(r"(\S+)\s+(model|KV|compute|output) buffer size\s*=\s*([\d.]+) MiB")
_KV = re.compile(r"size =\s*([\d.]+) MiB \(\s*\d+ cells")
BATCH = 512
DECODES = 4


def resident() -> dict[str, int]:
    """Bytes that this process has resident: its own, and of files."""
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return {row.split(":")[0]: int(row.split()[1]) * 1024 for row in rows if row.startswith("Rss")}


def buffers(log: list[str]) -> dict[str, int]:
    """What llama.cpp says it has allocated, bytes by kind; `repack`: weights it keeps in two forms."""
    found: dict[str, int] = {}
    for line in log:
        if match := _BUFFER.search(line):
            kind = "repack" if match[2] == "model" and "REPACK" in match[1] else match[2]
            found[kind] = found.get(kind, 0) + round(float(match[3]) * (1 << 20))
        if match := _KV.search(line):
            found["KV"] = round(float(match[1]) * (1 << 20))  # in a dry run its buffer is told as 0
    return found


def measure(path: str, n_ctx: int) -> dict[str, object]:
    """A dry run, then a load with a whole batch of prompt and a few tokens."""
    log: list[str] = []
    capi.start(lambda _level, line: log.append(line))
    flag, threads = capi.AbortFlag(), plan_threads(1 << 30)
    model = capi.Model(path, 0, lambda _fraction: True, dry_run=True)
    log.clear()
    capi.Context(model, n_ctx, threads, flag).close()
    model.close()
    dry = buffers(log)
    before = resident()
    log.clear()
    model = capi.Model(path, 0, lambda _fraction: True)
    context = capi.Context(model, n_ctx, threads, flag)
    context.decode([capi.Row(40 + at % 50, at, 0, at == BATCH - 1) for at in range(BATCH)])
    start = time.perf_counter()
    for at in range(DECODES):
        context.decode([capi.Row(50, BATCH + at, 0, True)])
    speed = DECODES / (time.perf_counter() - start)
    after = resident()
    return {"dry": dry, "real": buffers(log), "before": before, "after": after, "tokens_per_s": speed}


if __name__ == "__main__":
    result = measure(sys.argv[1], int(sys.argv[2]))
    os.write(1, (json.dumps(result) + "\n").encode())
