"""What every test gets: folders of its own, one time zone, one locale, and no network but loopback."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

Address = tuple[object, ...] | str | bytes
Connect = Callable[[socket.socket, Address], int | None]

settings.register_profile("r1chat", deadline=None, database=None)
settings.load_profile("r1chat")


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """HOME and R1CHAT_HOME below `tmp_path`; returns R1CHAT_HOME, which is not made yet."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "VTE_VERSION", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)  # a test copies to no clipboard of anybody's
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("R1CHAT_HOME", str(tmp_path / "r1chat"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield tmp_path / "r1chat"
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach another machine fails the test."""
    monkeypatch.setattr(socket.socket, "connect", _guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex))


def _guarded(connect: Connect) -> Connect:
    def guard(self: socket.socket, address: Address) -> int | None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _loopback(address):
            pytest.fail(f"a test tried to reach {address!r}")
        return connect(self, address)

    return guard


def _loopback(address: Address) -> bool:
    host = str(address[0]) if isinstance(address, tuple) else ""
    return host in {"localhost", "::1"} or host.startswith("127.")
