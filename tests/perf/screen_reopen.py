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
    """Page up to the beginning, and say how smoothly that went."""
    transcript, watch = app.chat.transcript, Stall()
    watching = asyncio.ensure_future(watch.watch())
    start, pages = time.monotonic(), []
    while transcript._older or transcript.scroll_y > 0:
        before = time.perf_counter()
        transcript.scroll_page_up(animate=False)
        await asyncio.sleep(0.02)
        pages.append(1000 * (time.perf_counter() - before))
        if time.monotonic() - start > SCROLL_S:
            break
    watching.cancel()
    return (
        f"{len(pages)} pages up in {time.monotonic() - start:.1f} s, "
        f"{len(transcript._older)} messages short of its beginning, "
        f"one in {statistics.median(pages):.0f} ms, p95 {p95(pages):.0f} ms; "
        f"longest stall {watch.longest:.0f} ms; {len(transcript.children)} widgets mounted then"
    )
