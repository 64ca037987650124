"""How fast a download is beside curl writing the same file, what memory it takes, how soon it can be stopped.

`python tests/perf/transfer.py [MB] [FOLDER]` prints a table. Both fetch from a server of its own process on
loopback that hands out the file with sendfile, in turns; the medians are compared. r1chat also makes the
checksum and syncs the file to the disk; curl is given the same sync, and shown without it too.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from r1chat.hub.clock import RealClock
from r1chat.hub.source import RemoteFile
from r1chat.hub.states import Downloading
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Transfer
from r1chat.hub.web import Web
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Stall
from tests.hub.models import gguf

REPO, NAME = "acme/R1-GGUF", "model.gguf"
ROUNDS = 5
STOPS = 60


@contextlib.contextmanager
def server(file: Path) -> Iterator[str]:
    """The endpoint of a fake Hub in a process of its own."""
    command = [sys.executable, "-m", "tests.hub.fake_hub", "0", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def curl(url: str, out: Path) -> tuple[float, float]:
    """Seconds to fetch, and with the sync."""
    out.unlink(missing_ok=True)
    began = time.perf_counter()
    subprocess.run(["curl", "-s", "-o", str(out), url], check=True)
    fetched = time.perf_counter() - began
    with out.open("rb") as file:
        os.fsync(file.fileno())
    return fetched, time.perf_counter() - began


async def ours(endpoint: str, out: Path) -> tuple[float, float]:
    """Seconds to fetch, check, sync and name; memory that was added, in MB."""
    out.unlink(missing_ok=True)
    clock, process = RealClock(), psutil.Process()
    web = await Web.open(endpoint)
    file = RemoteFile(repo=REPO, revision="main", name=NAME)
    before, peak = process.memory_info().rss, 0
    began = time.perf_counter()
    task = asyncio.create_task(Transfer(web, file, out, clock=clock, throttle=Throttle(clock)).run())
    while not task.done():
        peak = max(peak, process.memory_info().rss)
        await asyncio.wait({task}, timeout=0.05)
    await task
    took = time.perf_counter() - began
    await web.aclose()
    return took, (peak - before) / 1e6


def hashing(file: Path) -> float:
    """Seconds for the checksum of what is in the system's cache."""
    began = time.perf_counter()
    with file.open("rb") as opened:
        hashlib.file_digest(opened, "sha256")
    return time.perf_counter() - began


async def stops_ms(folder: Path) -> list[float]:
    """From a cancellation to the end of the transfer, each time while the server is silent."""
    hub, took = FakeHub({REPO: Repo({NAME: gguf(3_000_000)})}), []
    async with hub.serving():
        clock, web = RealClock(), await Web.open(hub.endpoint)
        file = RemoteFile(repo=REPO, revision="main", name=NAME)
        for number in range(STOPS):
            hub.faults.append(Stall(number % 2 * 1_000_000))
            hub.stalled.clear()
            target = folder / f"stopped-{number}.gguf"
            transfer = Transfer(web, file, target, clock=clock, throttle=Throttle(clock))
            task = asyncio.create_task(transfer.run())
            await hub.stalled.wait()
            while not isinstance(transfer.state, Downloading):
                await asyncio.sleep(0.001)
            began = time.perf_counter()
            task.cancel()
            await asyncio.wait({task})
            took.append((time.perf_counter() - began) * 1000)
        await web.aclose()
    return sorted(took)


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    base = sys.argv[2] if len(sys.argv) > 2 else None
    folder = Path(tempfile.mkdtemp(prefix="transfer-", dir=base))
    try:
        file = folder / NAME
        file.write_bytes(gguf(1_000_000 * size))
        with server(file) as endpoint:
            url = f"{endpoint}/{REPO}/resolve/main/{NAME}"
            rows = [
                (*curl(url, folder / "curl.gguf"), *asyncio.run(ours(endpoint, folder / "ours.gguf")))
                for _ in range(ROUNDS)
            ]
        plain, synced, took, memory = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{size} MB, median of {ROUNDS}")
        print(f"curl                         {size / plain:6.0f} MB/s")
        print(f"curl, then fsync             {size / synced:6.0f} MB/s")
        print(
            f"r1chat, sha256 and fsync     {size / took:6.0f} MB/s   {synced / took:.2f} of curl with fsync, "
            f"{plain / took:.2f} of curl"
        )
        print(f"ratio to curl, round by round {' '.join(f'{row[0] / row[2]:.2f}' for row in rows)}")
        print(f"sha256 alone, one thread     {size / hashing(file):6.0f} MB/s")
        print(
            f"memory added while it runs   {max(row[3] for row in rows):6.1f} MB at most, "
            f"{memory:.1f} MB median"
        )
        stops = asyncio.run(stops_ms(folder))
        print(
            f"stopped on a silent server   {stops[int(0.95 * STOPS)]:6.1f} ms at p95, "
            f"{stops[-1]:.1f} ms at most of {STOPS}"
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
