"""What a token of thought costs the screen: CPU at the start of a thought and at its end, open and closed.

    python -m tests.perf.screen

Tokens come at 200 a second, as from a fast GPU; the whole user interface runs, drawn to no terminal.
Figures are milliseconds of CPU of this process per token, an idle screen's cost taken off, and megabytes.
"""

import asyncio
import resource
import time

from r1chat.core.conversation import Message, Role
from r1chat.core.events import ThinkingDelta
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from r1chat.tui.widgets.reply import Reply

TOKENS = 32_000
PER_S = 200
SECONDS = 5
WORDS = (
    " so",
    " then",
    " I",
    " take",
    " five",
    " from",
    " both",
    " sides",
    ",",
    " wait",
    ",",
    " once",
    "\n\n",
)


def delta(number: int) -> ThinkingDelta:
    """One token of a thought in short paragraphs."""
    return ThinkingDelta(0, WORDS[number % len(WORDS)], (number,))


async def busy(reply: Reply | None, first: int) -> float:
    """Seconds of CPU while `SECONDS` pass and tokens are fed, where there is a reply to feed."""
    start, cpu = time.monotonic(), time.process_time()
    for number in range(SECONDS * PER_S):
        if reply is not None:
            reply.feed(delta(first + number))
        await asyncio.sleep(max(0.0, start + number / PER_S - time.monotonic()))
    return time.process_time() - cpu


async def measure(*, opened: bool) -> tuple[float, float, float]:
    """Milliseconds of CPU per token at the start and at the end, and megabytes that the thought took."""
    session = Session(Store(":memory:"), FakeEngine(), LoadRequest(path="tiny.gguf"), model="tiny")
    app = R1ChatApp(session, model="tiny")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        idle = await busy(None, 0)
        question = Message(id="q", chat_id="c", parent_id=None, role=Role.USER, text="Why?")
        draft = Message(id="r", chat_id="c", parent_id="q", role=Role.ASSISTANT)
        reply = await app.chat.transcript.begin(question, draft, None)
        await pilot.pause()
        reply.pane.opened = opened
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        first = await busy(reply, 0) - idle
        count = SECONDS * PER_S
        for number in range(count, TOKENS - count):
            reply.feed(delta(number))
        await reply.flush()
        await pilot.pause()
        last = await busy(reply, TOKENS - count) - idle
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    await session.aclose()
    return 1000 * first / count, 1000 * last / count, memory


def main() -> None:
    """Print a line for each state of the pane."""
    for opened in (True, False):
        first, last, memory = asyncio.run(measure(opened=opened))
        name = "open" if opened else "closed"
        print(f"{name:>6}: {first:.3f} ms a token at first, {last:.3f} ms at {TOKENS:,}; {memory:.1f} MB")


if __name__ == "__main__":
    main()
