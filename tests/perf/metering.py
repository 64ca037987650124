"""What the figures of the screen are measured with: a terminal that only counts, and a pace for tokens."""

import asyncio
import gc
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver

PER_S = 200
"""Tokens a second while something is measured, as from a fast GPU."""
KEYS = "αβγδεζηθικλμνξοπρστυφχψω"
"""Typed to see how soon they are echoed: letters that stand nowhere else on the screen."""
_KEY_EVERY_S = 0.08
_LOOK_EVERY_S = 0.02


class Terminal(HeadlessDriver):
    """A terminal of 120×40 that everything is written to as to a real one."""

    def __init__(self, app: App[object], **options: object) -> None:
        super().__init__(app, size=(120, 40))
        self._sought, self._seen = "", asyncio.Event()
        self.wrote_at = 0.0

    @property
    def is_headless(self) -> bool:
        """It takes what is drawn, so that drawing is paid for."""
        return False

    def write(self, data: str) -> None:
        """Look for the echo."""
        if self._sought and self._sought in data:
            self._sought, self.wrote_at = "", time.perf_counter()
            self._seen.set()

    async def echo(self, act: Callable[[], object], sought: str) -> float:
        """Milliseconds from `act` until `sought` is written."""
        self._sought = sought
        self._seen.clear()
        start = time.perf_counter()
        act()
        async with asyncio.timeout(60):
            await self._seen.wait()
        return 1000 * (self.wrote_at - start)


def terminal_of(app: App[None]) -> Terminal:
    """The counting terminal that `app` runs on."""
    driver: Driver | None = app._driver
    if not isinstance(driver, Terminal):
        raise TypeError(driver)
    return driver


class Pace:
    """Awaited before each token: as fast as can be, but at `PER_S` from one number to another."""

    def __init__(self) -> None:
        self._slow_from, self._begun = 0, 0.0
        self._slow_to = 0
        self.count = 0
        """Tokens so far."""
        self._reached = asyncio.Event()
        self._wall = 0
        self._moved = asyncio.Event()

    async def __call__(self) -> None:
        if self.count >= self._wall:
            self._reached.set()
            self._moved.clear()
            await self._moved.wait()
        if self._slow_from <= self.count < self._slow_to:
            due = self._begun + (self.count - self._slow_from) / PER_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        self.count += 1

    async def until(self, number: int, *, slowly: bool = False) -> None:
        """Let tokens pass until there are `number`."""
        self._slow_from, self._begun = self.count, time.monotonic()
        self._slow_to = number if slowly else 0
        self._wall = number
        self._reached.clear()
        self._moved.set()
        await self._reached.wait()

    def free(self) -> None:
        """Let all the rest pass."""
        self._slow_to, self._wall = 0, 1 << 62
        self._moved.set()


class Figures(NamedTuple):
    """What a stream cost."""

    first: float
    """Milliseconds of CPU per token at its beginning."""
    last: float
    """The same at its end."""
    echo: float
    """Milliseconds from a key to its echo, the 95th percentile."""
    megabytes: float
    """Growth of the process's peak memory."""
    stall: float
    """Milliseconds for which the event loop was held up at most."""

    def row(self, name: str) -> str:
        """A line of the table."""
        ratio = self.last / self.first if self.first > 0 else float("nan")
        return (
            f"| {name} | {self.first:.3f} | {self.last:.3f} | {ratio:.2f} "
            f"| {self.echo:.0f} | {self.megabytes:.1f} | {self.stall:.0f} |"
        )


HEAD = (
    "| stream | ms a token at first | at the end | ratio | key to echo p95, ms | MB | longest stall, ms |\n"
    "|---|---:|---:|---:|---:|---:|---:|"
)


class Stall:
    """Watches how long the event loop is held up at most."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Run until cancelled."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.perf_counter()
            self.longest = max(self.longest, 1000 * (now - last - _LOOK_EVERY_S))
            last = now


async def cpu(work: Awaitable[None]) -> float:
    """Milliseconds of CPU of this process while `work` is done."""
    gc.collect()
    start = time.process_time()
    await work
    return 1000 * (time.process_time() - start)


async def typing(app: App[None], clear: Callable[[], object], seconds: float) -> list[float]:
    """Milliseconds to the echo of each key typed for that long."""
    terminal, found = terminal_of(app), []
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        key = KEYS[number % len(KEYS)]
        found.append(await terminal.echo(lambda key=key: app.post_message(events.Key(key, key)), key))
        number += 1
        if number % len(KEYS) == 0:
            clear()
        await asyncio.sleep(_KEY_EVERY_S * random.uniform(0.6, 1.4))
    clear()
    return found


def peak_mb() -> float:
    """The most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]
