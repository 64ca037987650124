"""What long replies cost the screen, beside a plain Textual app that uses `MarkdownStream`.

    python -m tests.perf.screen [--only thought|fence|table|paragraph|list|reopen] [--plain] [--runs N]

The whole program runs on the scripted engine and a store in memory, and draws to a terminal of 120×40 that
takes the bytes and drops them. Tokens come at 200 a second while CPU is measured at the beginning and at the
end of a reply, in windows of a second whose medians count, and while keys are typed; those between come as
fast as they can. CPU is this process's, for session, store and screen: an idle program's share and the
scripted engine's own are taken off. With several runs the medians are printed. Memory is the growth of the
process's peak: use `--only`, or what an earlier reply took is not counted again.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.driver import Driver

from r1chat.core.conversation import Sampling
from r1chat.core.prompt import Role, Turn
from r1chat.engine.base import GenerateRequest, LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply, words
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from tests.perf import streams
from tests.perf.metering import HEAD, PER_S, Figures, Pace, Stall, Terminal, cpu, p95, peak_mb, typing
from tests.perf.screen_plain import plain_figures
from tests.perf.screen_reopen import reopen

WINDOW_S = 1
WINDOWS = 7
"""So many, of so many seconds, for which CPU is measured at the beginning and at the end. Their medians
count: another program that takes the core makes a window dearer, and none cheaper."""
TYPED_S = 3
N_CTX = 200_000
REPLIES: dict[str, Callable[[], Reply]] = {
    "thought open": lambda: Reply(streams.thought(32_000), "So it is."),
    "thought collapsed": lambda: Reply(streams.thought(32_000), "So it is."),
    "fence of 2,000 lines": lambda: Reply("Hm.", streams.fence(2_000)),
    "table of 300 rows": lambda: Reply("Hm.", streams.table(300)),
    "paragraph of 5,000 words": lambda: Reply("Hm.", streams.paragraph(5_000)),
    "list of 150 steps": lambda: Reply("Hm.", streams.steps(150)),
}


class Measured(R1ChatApp):
    """The program, on the terminal that counts."""

    CSS_PATH = Path(sys.modules[R1ChatApp.__module__].__file__ or "").with_name("screens") / "chat.tcss"

    def get_driver_class(self) -> type[Driver]:
        """That terminal."""
        return Terminal


def engine_of(reply: Reply, pace: Pace | None = None) -> FakeEngine:
    """An engine that says `reply`."""
    return FakeEngine([reply], n_ctx=N_CTX, pace=pace)


@asynccontextmanager
async def running(session: Session) -> AsyncGenerator[Measured, None]:
    """The program while it runs, its engine loaded."""
    app = Measured(session, model="tiny")
    run = asyncio.ensure_future(app.run_async(headless=False, mouse=False))
    try:
        async with asyncio.timeout(30):
            while not app.is_running or session.engine.model is None:
                await asyncio.sleep(0.01)
        yield app
    finally:
        app.exit()
        await run
        await session.aclose()


async def engine_alone(reply: Reply, total: int) -> tuple[float, float]:
    """CPU of the scripted engine for the same two windows, in milliseconds a token."""
    pace = Pace()
    engine = engine_of(reply, pace)
    async for _ in engine.load(LoadRequest(path="tiny.gguf")):
        pass
    request = GenerateRequest(turns=(Turn(Role.USER, "Why?"),), sampling=Sampling(seed=1))

    async def drain() -> None:
        async for _ in engine.generate(request):
            pass

    drained = asyncio.ensure_future(drain())
    found = await windows(pace, total, None)
    drained.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await drained
    return found


async def windows(pace: Pace, total: int, between: Callable[[], object] | None) -> tuple[float, float]:
    """CPU a token for a window near the beginning, and one near the end."""
    await pace.until(100)
    first = await cpu_a_token(pace)
    if between is not None:
        await between()
    await pace.until(total - WINDOWS * WINDOW_S * PER_S - 100)
    return first, await cpu_a_token(pace)


async def cpu_a_token(pace: Pace) -> float:
    """Milliseconds, as in most of the windows that begin now."""
    count = WINDOW_S * PER_S
    return statistics.median(
        [await cpu(pace.until(pace.count + count, slowly=True)) / count for _ in range(WINDOWS)]
    )


async def measure(name: str, reply: Reply) -> Figures:
    """Stream one reply."""
    total = len(words(reply.thought)) + len(words(reply.answer))
    alone = await engine_alone(reply, total)
    pace = Pace()
    session = Session(Store(":memory:"), engine_of(reply, pace), LoadRequest(path="tiny.gguf"), model="tiny")
    echoes: list[float] = []
    async with running(session) as app:
        watch = Stall()
        watching = asyncio.ensure_future(watch.watch())
        idle = statistics.median([await cpu(asyncio.sleep(WINDOW_S)) for _ in range(WINDOWS)])
        idle /= WINDOW_S * PER_S
        before = peak_mb()
        await app.chat.ask("Why?")
        await pace.until(1)
        pane = app.chat.transcript.last_reply.pane
        pane.opened = "collapsed" not in name

        async def type_now() -> None:
            streaming = asyncio.ensure_future(pace.until(pace.count + TYPED_S * PER_S, slowly=True))
            echoes.extend(await typing(app, app.chat.prompt.take, TYPED_S))
            await streaming

        if total < 2 * (WINDOWS * WINDOW_S + TYPED_S) * PER_S + 300:
            raise ValueError(total)
        first, last = await windows(pace, total - TYPED_S * PER_S, type_now)
        await type_now()
        pace.free()
        async with asyncio.timeout(60):
            while app.chat.turns.running:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        watching.cancel()
        grown = peak_mb() - before
    return Figures(first - alone[0] - idle, last - alone[1] - idle, p95(echoes), grown, watch.longest)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="")
    parser.add_argument("--plain", action="store_true", help="the plain app instead")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    wanted = {name: make for name, make in REPLIES.items() if options.only in name}
    if wanted:
        print(HEAD, flush=True)
    for name, make in wanted.items():
        work = plain_figures if options.plain else measure
        runs = [asyncio.run(work(name, make())) for _ in range(options.runs)]
        figures = Figures(*(statistics.median(column) for column in zip(*runs, strict=True)))
        print(figures.row(f"{name}, plain app" if options.plain else name), flush=True)
    if options.only in "reopen":
        asyncio.run(reopen(running))


if __name__ == "__main__":
    main()
