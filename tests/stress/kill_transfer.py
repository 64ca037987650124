"""Kills a download with SIGKILL at random instants until it is whole, and counts what was read twice.

`python -m tests.stress.kill_transfer [MB] [KILLS] [MB_PER_S] [SEED]`, on Linux. The program is the real
`r1chat models pull` in a process of its own. Each time it is stopped (SIGSTOP), the buffers of the system are
looked at, and it is killed. Read twice is what it had taken from its socket and asked for again, since it was
not written yet. Fetched twice is all that the server sent beyond the size of the file: also what lay in the
system's buffers, of which no program can know.
"""

import asyncio
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.models import gguf

REPO, NAME = "acme/R1-GGUF", "R1-Q4_K_M.gguf"


class Outcome(NamedTuple):
    """What became of it."""

    right: bool
    """The file is whole, and its sha256 is that of the server's."""
    kills: int
    """That hit a download in the middle."""
    read_twice: int
    fetched_twice: int
    seconds: float


async def kill_often(folder: Path, *, size: int, kills: int, pace: float, seed: int) -> Outcome:
    """One download of `size` bytes, killed `kills` times at random offsets."""
    rng, model, began = random.Random(seed), gguf(size), time.monotonic()
    hub = FakeHub({REPO: Repo({NAME: model})}, pace=pace)
    taken: list[int] = []
    async with hub.serving():
        for offset in sorted(rng.uniform(0.01, 0.99) * size for _ in range(kills)):
            asked, sent = len(hub.gets()), hub.sent
            process = await _pull(hub, folder)
            while process.returncode is None and (hub.sent == sent or _reached(hub, sent) < offset):
                await asyncio.sleep(rng.uniform(0, 0.004))
            if process.returncode is None:
                process.send_signal(signal.SIGSTOP)
                if len(hub.gets()) > asked:
                    taken.append(_reached(hub, sent) - _under_way(hub))
                process.send_signal(signal.SIGKILL)
            await process.wait()
        process = await _pull(hub, folder)
        await process.wait()
    target = folder / "home" / "data" / "models" / "acme__R1-GGUF" / NAME
    right = target.exists() and hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(model).digest()
    begins = [request.first_byte for request in hub.gets()][1:]
    twice = sum(max(0, end - begin) for end, begin in zip(taken, begins, strict=False))
    return Outcome(right, len(taken), twice, hub.sent - size, time.monotonic() - began)


def _reached(hub: FakeHub, sent: int) -> int:
    """Offset that the server has come to in the answer under way; it had sent `sent` bytes before that."""
    return hub.gets()[-1].first_byte + hub.sent - sent


def _under_way(hub: FakeHub) -> int:
    """Bytes of the answer that are in the buffers of the server's process and of the system."""
    port = int(hub.endpoint.rpartition(":")[2])
    waiting = hub.unsent()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        to_send, received = (int(part, 16) for part in queues.split(":"))
        if int(local.rpartition(":")[2], 16) == port:
            waiting += to_send
        elif int(remote.rpartition(":")[2], 16) == port:
            waiting += received
    return waiting


async def _pull(hub: FakeHub, folder: Path) -> asyncio.subprocess.Process:
    env = {**os.environ, "HF_ENDPOINT": hub.endpoint, "R1CHAT_HOME": str(folder / "home")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "r1chat", "models", "pull", REPO, "--json",
        env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


def main() -> None:
    """Run and print."""
    given = [int(value) for value in sys.argv[1:]]
    size, kills, pace, seed = (*given, *(200, 20, 25, 1)[len(given) :])
    with tempfile.TemporaryDirectory() as folder:
        outcome = asyncio.run(
            kill_often(Path(folder), size=size * 1_000_000, kills=kills, pace=pace * 1e6, seed=seed)
        )
    share = outcome.read_twice / (size * 1e6)
    print(
        f"{size} MB at {pace} MB/s, {outcome.kills} of {kills} kill -9 in the middle, {outcome.seconds:.0f} s"
    )
    print(f"file whole and sha256 right: {outcome.right}")
    print(f"read twice: {outcome.read_twice:,} bytes in sum, {share:.3%}")
    print(f"fetched twice, the system's buffers included: {outcome.fetched_twice:,} bytes")
    sys.exit(0 if outcome.right and share <= 0.01 else 1)


if __name__ == "__main__":
    main()
