"""The plain Textual app beside which the screen is measured: a `Markdown`, a `MarkdownStream`, an input."""

import asyncio
import time

from textual._context import active_app
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.driver import Driver
from textual.widgets import Input, Markdown

from r1chat.engine.fake_reply import Reply, words
from tests.perf.metering import PER_S, Figures, Stall, Terminal, cpu, p95, peak_mb, typing

WINDOW_S = 4
TYPED_S = 3


class PlainApp(App[None]):
    """What a tutorial would write."""

    def get_driver_class(self) -> type[Driver]:
        """The terminal that counts."""
        return Terminal

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Markdown()
        yield Input()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).anchor()
        self.query_one(Input).focus()


async def plain_figures(name: str, reply: Reply) -> Figures:
    """The same reply through `MarkdownStream`; its middle comes in one piece, or it would not end in time."""
    tokens = words(reply.thought if "thought" in name else reply.answer)
    app = PlainApp()
    run = asyncio.ensure_future(app.run_async(headless=False, mouse=False))
    while not app.is_running or not app.query(Input):
        await asyncio.sleep(0.01)
    idle = await cpu(asyncio.sleep(WINDOW_S)) / WINDOW_S
    active_app.set(app)  # the stream's task is begun here, outside of the app's own
    markdown = app.query_one(Markdown)
    stream = Markdown.get_stream(markdown)
    watch, before = Stall(), peak_mb()
    watching = asyncio.ensure_future(watch.watch())
    at = 0

    async def feed(seconds: float) -> None:
        nonlocal at
        start, first = time.monotonic(), at
        while time.monotonic() < start + seconds:
            if at - first < PER_S * (time.monotonic() - start) and at < len(tokens):
                await stream.write(tokens[at])
                at += 1
            else:
                await asyncio.sleep(1 / PER_S)

    async def window() -> float:
        first = at
        spent = await cpu(feed(WINDOW_S))
        return (spent - idle * WINDOW_S) / max(1, at - first)

    async def typed() -> list[float]:
        feeding = asyncio.ensure_future(feed(TYPED_S))
        found = await typing(app, app.query_one(Input).clear, TYPED_S)
        await feeding
        return found

    first = await window()
    echoes = await typed()
    middle = max(at, len(tokens) - int((WINDOW_S + TYPED_S) * PER_S))
    await stream.write("".join(tokens[at:middle]))
    at = middle
    await asyncio.sleep(2)
    last = await window()
    echoes += await typed()
    watching.cancel()
    grown = peak_mb() - before
    app.exit()
    await run
    return Figures(first, last, p95(echoes), grown, watch.longest)
