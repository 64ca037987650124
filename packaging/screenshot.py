"""Makes assets/screenshots/chat.svg, the picture in README: the program itself, on a scripted engine.

    python packaging/screenshot.py [FILE]

Run it again after the screen changed.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import DECODE_TOKENS_PER_S, Reply
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp

SIZE = (100, 32)
EARLIER = "Is 91 a prime?"
SHORT = Reply("Let me divide. 91 / 7 = 13, so it is 7 × 13.\n", "No: 91 = 7 × 13.")
QUESTION = "A train leaves at 9:40 and arrives at 13:05. How long does it take, in minutes?"
THOUGHT = (
    "From 9:40 to 13:05. From 9:40 to 12:40 it is three hours, 180 minutes. From 12:40 to 13:05 it is 25 "
    "minutes more. 180 + 25 = 205.\n\n"
    "Wait, let me check that another way. 13:05 is 13 × 60 + 5 = 785 minutes after midnight, and 9:40 is "
    "9 × 60 + 40 = 580. 785 - 580 = 205. Both ways agree, so it is 205 minutes.\n"
)
ANSWER = (
    "Count in two steps:\n\n"
    "1. from 9:40 to 12:40 there are **3 hours**, `180` minutes\n"
    "2. from 12:40 to 13:05 there are `25` minutes more\n\n"
    "```python\nassert (13 * 60 + 5) - (9 * 60 + 40) == 180 + 25\n```\n\n"
    "The train takes \\boxed{205} minutes.\n"
)


async def picture() -> str:
    """The screen as SVG, with a thought opened above its answer."""
    engine = FakeEngine([SHORT, Reply(THOUGHT, ANSWER)], n_ctx=16_384)
    tokens = itertools.count()
    session = Session(
        Store(":memory:"),
        engine,
        LoadRequest(path="tiny.gguf"),
        model="tiny",
        clock=lambda: next(tokens) / DECODE_TOKENS_PER_S,
    )
    app = R1ChatApp(session, model="tiny")
    async with app.run_test(size=SIZE) as pilot:
        prompt = app.chat.prompt
        prompt.cursor_blink = False
        for question in (EARLIER, QUESTION):
            prompt.insert(question)
            await pilot.press("enter")
            await app.workers.wait_for_complete()
        await pilot.press("ctrl+t")
        await pilot.pause()
        app.chat.transcript.scroll_end(animate=False)
        await pilot.pause()
        svg = app.export_screenshot(title="r1chat")
    await session.aclose()
    return svg


def main() -> None:
    """Write the picture."""
    default = Path(__file__).parents[1] / "assets" / "screenshots" / "chat.svg"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(asyncio.run(picture()), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
