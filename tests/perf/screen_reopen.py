"""How soon the end of a long chat is painted, and how it scrolls up to its beginning."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual.events import Key

from r1chat.core.conversation import Chat, Conversation, Message, Role
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from tests.perf import streams
from tests.perf.metering import Stall, p95, terminal_of

RUNS = 9
SHORT, LONG = 5, 500
SCROLL_S = 60
"""Scrolling is given up after so long."""
REST_S = 0.3
"""Between one thing that is measured and the next."""
PAUSE_S = 0.02
"""Between one page and the next."""
SETTLED = 10
"""Pages that lead no further are needed to see that there is no more: what comes next may be on its way."""
Running = Callable[[Session], AbstractAsyncContextManager[R1ChatApp]]


def talk(turns: int) -> Conversation:
    """A chat of so many usual turns: a thought, and an answer with code and a list; the last says its end."""
    answer = f"{streams.paragraph(60)}\n\n{streams.steps(4)}\n\n{streams.fence(8)}\nSo **that** is it."
    ids = [f"{turns}-{number}" for number in range(2 * turns)]
    messages = tuple(
        Message(
            id=ids[number],
            chat_id=str(turns),
            parent_id=ids[number - 1] if number else None,
            role=Role.ASSISTANT if number % 2 else Role.USER,
            text=answer if number % 2 else f"Question {number // 2}?",
            thinking=streams.thought(60) if number % 2 else "",
            thinking_closed=True,
        )
        for number in range(2 * turns - 1)
    )
    end = Message(
        id=ids[-1],
        chat_id=str(turns),
        parent_id=ids[-2],
        role=Role.ASSISTANT,
        text=f"{answer}\n\nΩ{turns}Ω",
        thinking="Hm.",
        thinking_closed=True,
    )
    return Conversation(Chat(id=str(turns), title=f"{turns} turns", active_leaf=end.id), (*messages, end))


async def reopen(running: Running) -> None:
    """Print a table."""
    store, chats = Store(":memory:"), {turns: talk(turns) for turns in (SHORT, LONG)}
    for made in chats.values():
        store.add(made)
    session = Session(store, FakeEngine(()), LoadRequest(path="tiny.gguf"), model="tiny")
    async with running(session) as app:
        terminal = terminal_of(app)
        found: dict[int, list[float]] = {SHORT: [], LONG: []}
        for _ in range(RUNS):
            for turns, made in chats.items():
                found[turns].append(
                    await terminal.echo(lambda chat=made.chat: app.chat.open_chat(chat), f"Ω{turns}Ω")
                )
                await asyncio.sleep(REST_S)
        short, long = (statistics.median(found[turns]) for turns in (SHORT, LONG))
        scrolled = await scroll(app)
    print(f"painted: a chat of {SHORT} turns in {short:.0f} ms, of {LONG} in {long:.0f} ms, ", end="")
    print(f"ratio {long / short:.2f}\n{scrolled}", flush=True)


async def scroll(app: R1ChatApp) -> str:
    """Page up to the beginning and down to the end again, and say how smoothly that went."""
    transcript, watch = app.chat.transcript, Stall()
    watching = asyncio.ensure_future(watch.watch())
    app.animation_level = "none"  # each page at once, that the next has not to wait for it
    up = await pages(lambda: press(app, "pageup"), lambda: transcript.scroll_y <= 0)
    most = len(transcript.said)
    down = await pages(lambda: press(app, "pagedown"), lambda: transcript.scroll_y >= transcript.max_scroll_y)
    watching.cancel()
    terminal, jumps = terminal_of(app), []
    for _ in range(RUNS):
        jumps.append(await terminal.echo(transcript.action_scroll_home, "Question 0?"))
        await asyncio.sleep(REST_S)
        jumps.append(await terminal.echo(transcript.action_scroll_end, f"Ω{LONG}Ω"))
        await asyncio.sleep(REST_S)
    rows = [told("up", up), told("down", down)]
    rows.append(
        f"the beginning or the end painted in {statistics.median(jumps):.0f} ms, p95 {p95(jumps):.0f} ms"
    )
    return "\n".join(
        (*rows, f"longest stall {watch.longest:.0f} ms; {most} messages mounted at the beginning")
    )


def press(app: R1ChatApp, key: str) -> None:
    """As the terminal hands it on."""
    app.post_message(Key(key, None))


async def pages(turn: Callable[[], None], over: Callable[[], bool]) -> list[float]:
    """Milliseconds for each page until it is `over`, with what is mounted meanwhile and a pause."""
    start, found, last = time.monotonic(), [], 0
    while last < SETTLED and time.monotonic() - start < SCROLL_S:
        before = time.perf_counter()
        turn()
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
