"""A Hub, a way to it, and a clock that never waits."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from r1chat.hub.clock import Clock
from r1chat.hub.source import RemoteFile
from r1chat.hub.states import State
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Patience, Transfer
from r1chat.hub.web import Web
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.models import gguf

REPO, NAME = "acme/R1-GGUF", "R1-Q4_K_M.gguf"
MODEL = gguf(300_000)
QUICK = Patience(read_s=0.2, stalled_s=0.1)
"""For servers that hang on purpose."""


class SkippingClock:
    """Time that jumps over every sleep."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HF_TOKEN",
        "HF_ENDPOINT",
        "HF_HOME",
        "HF_HUB_OFFLINE",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def hub() -> AsyncGenerator[FakeHub, None]:
    async with FakeHub({REPO: Repo({NAME: MODEL})}).serving() as serving:
        yield serving


@pytest.fixture
async def web(hub: FakeHub) -> AsyncGenerator[Web, None]:
    opened = await Web.open(hub.endpoint)
    yield opened
    await opened.aclose()


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / NAME


@pytest.fixture
def transfer(web: Web, clock: Clock, target: Path) -> Callable[..., Transfer]:
    """Makes transfers of the one file."""

    def make(**more: object) -> Transfer:
        options: dict[str, Any] = {"clock": clock, "throttle": Throttle(clock), **more}
        return Transfer(web, wanted(), target, **options)

    return make


def wanted(name: str = NAME, repo: str = REPO) -> RemoteFile:
    return RemoteFile(repo=repo, revision="main", name=name)


States = list[State]
