"""`r1chat models search` and `pull` as a person's shell runs them, against a Hub on loopback."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from r1chat.hub.items import Shelf
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Corrupt, Refuse, Stall
from tests.hub.models import gguf

REPO, NAME = "acme/R1-GGUF", "R1-Q4_K_M.gguf"
MODEL = gguf(400_000)


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[FakeHub, None]:
    for name in ("HF_TOKEN", "HF_HOME", "HF_HUB_OFFLINE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    async with FakeHub({REPO: Repo({NAME: MODEL, "R1-Q8_0.gguf": gguf(500_000)})}).serving() as serving:
        monkeypatch.setenv("HF_ENDPOINT", serving.endpoint)
        yield serving


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "r1chat", "models", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def run(*arguments: str) -> tuple[int | None, str, str]:
    process = await start(*arguments)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def fetched(isolated: Path) -> Path:
    return isolated / "data" / "models" / "acme__R1-GGUF" / NAME


async def test_pull_prints_the_path_and_keeps_the_model(hub: FakeHub, isolated: Path) -> None:
    code, out, err = await run("pull", REPO)
    assert (code, out.strip()) == (0, str(fetched(isolated)))
    assert fetched(isolated).read_bytes() == MODEL
    assert "licence mit" in err
    assert list((isolated / "state" / "downloads").iterdir()) == []


async def test_pull_heeds_the_limit_that_is_set_and_a_flag_outranks_it(
    hub: FakeHub, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("R1CHAT_DOWNLOADS_LIMIT", "0.001")
    process = await start("pull", REPO, "--json")
    assert process.stdout is not None
    while json.loads(await process.stdout.readline()).get("done", 0) == 0:
        pass
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert 0 < fetched(isolated).with_name(f"{NAME}.part").stat().st_size < 400_000
    code, _, _ = await run("pull", REPO, "--limit-rate", "50M")
    assert code == 0


async def test_pull_in_json_is_a_line_a_state(hub: FakeHub, isolated: Path) -> None:
    code, out, _ = await run("pull", f"{REPO}:Q4_K_M", "--json")
    lines = objects(out)
    assert code == 0
    assert (lines[0]["state"], lines[0]["model"], lines[0]["total"]) == ("planned", f"{REPO}:Q4_K_M", 400_000)
    assert lines[-1] == {
        "state": "complete",
        "done": 400_000,
        "total": 400_000,
        "path": str(fetched(isolated)),
    }
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_pull_ends_with_130_and_goes_on_where_it_was(
    hub: FakeHub, isolated: Path, number: signal.Signals
) -> None:
    hub.faults.append(Stall(250_000))
    process = await start("pull", REPO, "--json")
    assert process.stdout is not None
    while json.loads(await process.stdout.readline())["done"] == 0:
        pass
    process.send_signal(number)
    rest = objects((await process.stdout.read()).decode())
    assert await process.wait() == 130
    assert rest[-1]["state"] == "paused"
    assert not fetched(isolated).exists()
    code, _, _ = await run("pull", REPO)
    assert code == 0
    assert fetched(isolated).read_bytes() == MODEL
    assert hub.gets()[1].first_byte == rest[-1]["done"]


async def test_a_damaged_download_is_an_error_with_a_hint(hub: FakeHub, isolated: Path) -> None:
    hub.faults.append(Corrupt(at=399_000))
    code, out, err = await run("pull", REPO)
    assert (code, out) == (1, "")
    assert "checksum" in err.splitlines()[-1]
    assert not fetched(isolated).exists()


async def test_a_folder_that_cannot_be_written_is_said_in_one_line(hub: FakeHub, isolated: Path) -> None:
    isolated.mkdir()
    (isolated / "state").write_text("in the way")
    code, out, err = await run("pull", REPO)
    assert (code, out) == (1, "")
    assert "could not be written" in err
    assert "output" not in err


async def test_what_cannot_be_fetched_is_said_in_one_line(hub: FakeHub) -> None:
    hub.repos["acme/Gated-GGUF"] = Repo({NAME: MODEL}, gated="manual")
    for arguments, code, words in [
        (("acme/nothing",), 1, "private"),
        (("acme/Gated-GGUF",), 1, "gated"),
        ((f"{REPO}:Q2_K",), 2, "Q4_K_M, Q8_0"),
        (("r1-qwen-3b",), 2, "catalog"),
        (("nonsense",), 2, "owner/repository"),
        (("r1-qwen-7b:Q4_K_M",), 1, "does not exist"),
    ]:
        got, out, err = await run("pull", *arguments)
        assert (got, out) == (code, ""), err
        assert words in err
        assert err.splitlines()[-1].startswith("r1chat: ")


async def test_search_lists_quantisations_sizes_and_licences(hub: FakeHub) -> None:
    hub.repos["evil/R1-\x1b[2J"] = Repo({NAME: MODEL})
    hub.repos["acme/DeepSeek-R1"] = Repo(
        {"DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf": MODEL}, license="\x1b]0;x\x07", gated="auto"
    )
    code, out, _ = await run("search", "r1")
    assert code == 0
    assert "\x1b" not in out
    assert "Q8_0    0.5 MB" in out
    assert "fits" in out
    _, out, _ = await run("search", "r1-gguf", "--json")
    (found,) = json.loads(out)
    assert (found["repo"], found["license"]) == (REPO, "mit")
    assert [(one["quant"], one["size"]) for one in found["variants"]] == [
        ("Q4_K_M", 400_000),
        ("Q8_0", 500_000),
    ]


async def test_a_repository_with_hundreds_of_files_does_not_fill_the_screen(hub: FakeHub) -> None:
    hub.repos["acme/many"] = Repo({f"m-{index:03}-Q4_K_M.gguf": b"x" for index in range(300)})
    code, out, _ = await run("search", "many")
    assert code == 0
    assert "  m-000-Q4_K_M.gguf" in out
    assert "  and 260 more; --json lists them" in out
    assert len(out.splitlines()) < 50


async def test_a_search_that_the_hub_refuses_is_said_in_one_line(hub: FakeHub) -> None:
    hub.api_faults.append(Refuse(429, {"Retry-After": "30"}))
    code, out, err = await run("search", "r1")
    assert (code, out) == (1, "")
    assert "30 s" in err


async def test_a_terminal_gets_a_bar(hub: FakeHub, isolated: Path) -> None:
    hub.pace = 400_000
    child = pexpect.spawn(
        sys.executable,
        ["-m", "r1chat", "models", "pull", REPO],
        env={**os.environ, "TERM": "xterm-256color"},
        dimensions=(24, 100),
        encoding="utf-8",
    )
    try:
        await child.expect(r"━.*%.*of 0.4 MB", async_=True, timeout=60)
        await child.expect("verified by its checksum", async_=True, timeout=60)
        await child.expect(pexpect.EOF, async_=True, timeout=60)
    finally:
        child.close()
    assert child.exitstatus == 0
    assert fetched(isolated).read_bytes() == MODEL


async def test_why_a_pull_failed_is_kept_for_the_screen(hub: FakeHub, isolated: Path) -> None:
    hub.repos["acme/Page-GGUF"] = Repo({"x-Q4_K_M.gguf": b"<html>" + b"a" * 5000})
    assert (await run("pull", "acme/Page-GGUF"))[0] == 1
    (kept,) = Shelf(isolated / "state" / "downloads").items()
    assert "web page" in kept.reason
    assert "another file" in kept.hint
