"""`models pull` and `search` against olah, a server of the Hub's protocol that is not ours, in both modes.

`python -m tests.stress.olah OLAH_CLI`, where OLAH_CLI is the `olah-cli` of an environment of its own (made
with `pip install olah`). Mode A serves a git repository with Git LFS objects and has no upstream; it ignores
ranges. Mode B is a proxy with a cache; its upstream is the fake Hub. In each a model is fetched, and then
once more with a kill in between.
"""

import asyncio
import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.models import gguf

REPO, NAME = "acme/R1-GGUF", "R1-Q4_K_M.gguf"
MODEL = gguf(60_000_000)
DIGEST = hashlib.sha256(MODEL).hexdigest()


def mirror(folder: Path) -> Path:
    """A git repository with one file in Git LFS, as olah's mode A reads it."""
    repo = folder / "mirrors" / "models" / REPO
    stored = repo / ".git" / "lfs" / "objects" / DIGEST[:2] / DIGEST[2:4] / DIGEST
    repo.mkdir(parents=True)
    (repo / NAME).write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize {len(MODEL)}\n",
        encoding="ascii",
    )
    identity = ["-c", "user.name=r1chat", "-c", "user.email=r1chat@localhost"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*identity, "commit", "-qm", "R1"]):
        subprocess.run(["git", *command], cwd=repo, check=True)
    stored.parent.mkdir(parents=True)
    stored.write_bytes(MODEL)
    return folder / "mirrors"


@contextlib.asynccontextmanager
async def olah(command: str, folder: Path, *, upstream: str = "") -> AsyncGenerator[str, None]:
    """The endpoint of a running olah; with `upstream` a proxy of it, else the local mirror."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()
    host = upstream.removeprefix("http://") or "127.0.0.1:9"
    mirrors = "[]" if upstream else f'["{mirror(folder)}"]'
    config = folder / "olah.toml"
    config.write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "{folder}/repos"\n'
        f'hf-scheme = "http"\nhf-netloc = "{host}"\nhf-lfs-netloc = "{host}"\n'
        f'mirror-scheme = "http"\nmirror-netloc = "127.0.0.1:{port}"\n'
        f'mirror-lfs-netloc = "127.0.0.1:{port}"\n'
        f"mirrors-path = {mirrors}\n[accessibility]\noffline = {str(not upstream).lower()}\n",
        encoding="utf-8",
    )
    with (folder / "olah.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            command, "-c", str(config), "--log-path", str(folder / "logs"), stdout=log, stderr=log, cwd=folder
        )
    try:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def models(endpoint: str, home: Path, *arguments: str) -> asyncio.subprocess.Process:
    """`r1chat models …` against `endpoint`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "r1chat", "models", *arguments,
        env={**os.environ, "HF_ENDPOINT": endpoint, "R1CHAT_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def tried(endpoint: str, home: Path) -> bool:
    """Search, fetch, and fetch again with a kill in between; prints what came of it."""
    for arguments in (("search", "R1"), ("pull", REPO)):
        process = await models(endpoint, home / "whole", *arguments)
        out, _ = await process.communicate()
        print(f"$ models {' '.join(arguments)}  [{process.returncode}]\n{out.decode().rstrip()}")
    killed = await models(endpoint, home / "killed", "pull", REPO, "--limit-rate", "20M")
    part = target(home / "killed").with_name(NAME + ".part")
    while killed.returncode is None and not (part.exists() and part.stat().st_size > 15_000_000):
        await asyncio.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    print(f"killed with {part.stat().st_size:,} bytes on the disk")
    process = await models(endpoint, home / "killed", "pull", REPO)
    out, _ = await process.communicate()
    print(f"$ models pull {REPO}  [{process.returncode}]\n{out.decode().rstrip()}")
    return all(_is_right(target(home / name)) for name in ("whole", "killed"))


def target(home: Path) -> Path:
    """Where the model goes."""
    return home / "data" / "models" / "acme__R1-GGUF" / NAME


def _is_right(path: Path) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == DIGEST


async def run(command: str, folder: Path) -> bool:
    """Both modes."""
    print("== A: a git mirror, no upstream, no ranges")
    async with olah(command, folder / "a") as endpoint:
        mode_a = await tried(endpoint, folder / "home-a")
    print(f"== A: files right: {mode_a}\n== B: a proxy of the fake Hub, with ranges")
    async with (
        FakeHub({REPO: Repo({NAME: MODEL})}).serving() as hub,
        olah(command, folder / "b", upstream=hub.endpoint) as endpoint,
    ):
        mode_b = await tried(endpoint, folder / "home-b")
        print(f"the upstream saw ranges from {sorted({one.first_byte for one in hub.gets()})[:5]} …")
    print(f"== B: files right: {mode_b}")
    return mode_a and mode_b


def main() -> None:
    """Run and report."""
    with tempfile.TemporaryDirectory() as folder:
        right = asyncio.run(run(sys.argv[1], Path(folder)))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
