"""How soon the end of a long chat is painted, and how it scrolls up to its beginning."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session, TurnOptions
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from tests.perf import streams
from tests.perf.metering import Stall, terminal_of

RUNS = 9
SHORT, LONG = 5, 500
Running = Callable[[Session], AbstractAsyncContextManager[R1ChatApp]]


def replies(turns: int) -> list[Reply]:
    """Usual ones: a thought, and an answer with code and a list; the last says where it ends."""
    answer = f"{streams.paragraph(60)}\n\n{streams.steps(4)}\n\n{streams.fence(8)}\nSo **that** is it."
    return [Reply(streams.thought(60), answer)] * (turns - 1) + [Reply("Hm.", f"{answer}\n\nΩ{turns}Ω")]


async def talk(session: Session, turns: int) -> str:
    """Have a chat of so many turns; its id."""
    session.new()
    for number in range(turns):
        async for _ in session.send(f"Question {number}?", TurnOptions()):
            pass
    return session.conversation.chat.id


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
        print(f"painted: a chat of {SHORT} turns in {short:.0f} ms, of {LONG} in {long:.0f} ms, ", end="")
        print(f"ratio {long / short:.2f}")
        await scroll(app)


async def scroll(app: R1ChatApp) -> None:
    """Page up to the beginning, and print how smoothly that went."""
    transcript, watch = app.chat.transcript, Stall()
    watching = asyncio.ensure_future(watch.watch())
    start, pages = time.monotonic(), []
    while transcript._older or transcript.scroll_y > 0:
        before = time.perf_counter()
        app.chat.action_page(-1)
        await asyncio.sleep(0.02)
        pages.append(1000 * (time.perf_counter() - before))
        if time.monotonic() - start > 100:
            break
    watching.cancel()
    print(
        f"{len(pages)} pages up to its beginning in {time.monotonic() - start:.1f} s; "
        f"longest stall {watch.longest:.0f} ms; {len(transcript.children)} widgets mounted then"
    )
