"""How soon the end of a long chat is painted, and how it scrolls up to its beginning."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from r1chat.core.conversation import Chat
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session, TurnOptions
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from tests.perf import streams
from tests.perf.metering import Stall, p95, terminal_of

RUNS = 9
SHORT, LONG = 5, 500
SCROLL_S = 60
"""Scrolling is given up after so long."""
PAUSE_S = 0.02
"""Between one page and the next."""
SETTLED = 10
"""Pages that lead no further are needed to see that there is no more: what comes next may be on its way."""
Running = Callable[[Session], AbstractAsyncContextManager[R1ChatApp]]


def replies(turns: int) -> list[Reply]:
    """Usual ones: a thought, and an answer with code and a list; the last says where it ends."""
    answer = f"{streams.paragraph(60)}\n\n{streams.steps(4)}\n\n{streams.fence(8)}\nSo **that** is it."
    return [Reply(streams.thought(60), answer)] * (turns - 1) + [Reply("Hm.", f"{answer}\n\nΩ{turns}Ω")]


async def talk(session: Session, turns: int) -> Chat:
    """Have a chat of so many turns."""
    session.new()
    for number in range(turns):
        async for _ in session.send(f"Question {number}?", TurnOptions()):
            pass
    if session.conversation is None:
        raise ValueError(turns)
    return session.conversation.chat


async def reopen(running: Running) -> None:
    """Print a table."""
    engine = FakeEngine(replies(SHORT) + replies(LONG), n_ctx=2_000_000)
    session = Session(Store(":memory:"), engine, LoadRequest(path="tiny.gguf"), model="tiny")
    async for _ in session.load():
        pass
    chats = {turns: await talk(session, turns) for turns in (SHORT, LONG)}
    session.new()
    async with running(session) as app:
        terminal = terminal_of(app)
        found: dict[int, list[float]] = {SHORT: [], LONG: []}
        for _ in range(RUNS):
            for turns, chat in chats.items():
                found[turns].append(
                    await terminal.echo(lambda chat=chat: app.chat.open_chat(chat), f"Ω{turns}Ω")
                )
                await asyncio.sleep(0.3)
        short, long = (statistics.median(found[turns]) for turns in (SHORT, LONG))
        scrolled = await scroll(app)
    print(f"painted: a chat of {SHORT} turns in {short:.0f} ms, of {LONG} in {long:.0f} ms, ", end="")
    print(f"ratio {long / short:.2f}; {scrolled}", flush=True)


async def scroll(app: R1ChatApp) -> str:
    """Page up to the beginning and down to the end again, and say how smoothly that went."""
    transcript, watch = app.chat.transcript, Stall()
    watching = asyncio.ensure_future(watch.watch())
    up = await pages(transcript.scroll_page_up, lambda: transcript.scroll_y <= 0)
    most = len(transcript.said)
    down = await pages(transcript.scroll_page_down, lambda: transcript.scroll_y >= transcript.max_scroll_y)
    watching.cancel()
    jumps = []
    for jump in (transcript.to_beginning, transcript.to_end) * RUNS:
        before = time.perf_counter()
        await jump()
        await asyncio.sleep(PAUSE_S)
        jumps.append(1000 * (time.perf_counter() - before))
    rows = [told("up", up), told("down", down)]
    rows.append(f"to the beginning or the end in {statistics.median(jumps):.0f} ms, p95 {p95(jumps):.0f} ms")
    return "\n".join(
        (*rows, f"longest stall {watch.longest:.0f} ms; {most} messages mounted at the beginning")
    )


async def pages(turn: Callable[..., None], over: Callable[[], bool]) -> list[float]:
    """Milliseconds for each page until it is `over`, with what is mounted meanwhile and a pause."""
    start, found, last = time.monotonic(), [], 0
    while last < SETTLED and time.monotonic() - start < SCROLL_S:
        before = time.perf_counter()
        turn(animate=False)
        await asyncio.sleep(PAUSE_S)
        found.append(1000 * (time.perf_counter() - before))
        last = last + 1 if over() else 0
    return found


def told(where: str, found: list[float]) -> str:
    """The first pages beside the last ones."""
    some = min(100, len(found) // 2)
    first, last = found[:some], found[-some:]
    ratio = statistics.median(last) / statistics.median(first)
    rows = (
        f"{name} {distribution(part)}" for name, part in (("first", first), ("last", last), ("all", found))
    )
    return f"{len(found)} pages {where}: {'; '.join(rows)}; ratio {ratio:.2f}"


def distribution(found: list[float]) -> str:
    """In milliseconds, the pause of a page included."""
    return f"p50 {statistics.median(found):.0f}, p95 {p95(found):.0f}, max {max(found):.0f} ms"
