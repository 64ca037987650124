"""The fake Hub is faithful: huggingface_hub's own command fetches from it, and finds what it lists."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.conftest import MODEL, NAME, REPO
from tests.hub.fake_hub import FakeHub


async def _hf(hub: FakeHub, home: Path, *arguments: str) -> str:
    import asyncio

    command = [sys.executable, "-m", "huggingface_hub.cli.hf", *arguments]
    env = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    run = await asyncio.to_thread(
        subprocess.run, command, env=env, capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("cdn", [False, True])
async def test_hf_download_fetches_one_file(hub: FakeHub, tmp_path: Path, cdn: bool) -> None:
    hub.cdn = cdn
    await _hf(hub, tmp_path / "hf", "download", REPO, NAME, "--local-dir", str(tmp_path / "out"))
    assert (tmp_path / "out" / NAME).read_bytes() == MODEL


async def test_hf_download_fetches_a_whole_repository(hub: FakeHub, tmp_path: Path) -> None:
    hub.repos[REPO].files["README.md"] = b"# R1\n"
    await _hf(hub, tmp_path / "hf", "download", REPO, "--local-dir", str(tmp_path / "out"))
    assert (tmp_path / "out" / NAME).read_bytes() == MODEL
    assert (tmp_path / "out" / "README.md").read_bytes() == b"# R1\n"
