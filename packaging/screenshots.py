"""Makes the pictures in README: the program itself thinks on `tiny`, and its screen is written as SVG.

    python packaging/screenshots.py [FOLDER]

Run it again after the screen changed. The seed is fixed, the timings and what fits are those of this machine.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from r1chat.cli.wiring import make_session
from r1chat.paths import default_paths
from r1chat.settings import Settings
from r1chat.tui.app import R1ChatApp
from r1chat.tui.screens.models import ModelsScreen
from r1chat.tui.screens.outline import OutlineScreen

FOLDER = Path(__file__).parents[1] / "assets" / "screenshots"
SIZE = (100, 32)
SHORT = "What is the derivative of x^3 + 2x^2 - 5x + 1?"
QUESTION = "Kim buys 11 boxes with 3 pencils each and has 92 more at home. How many pencils in all?"
LONG = "Solve: If x^2 + 5x + 6 = 0, what is x?"
PATIENCE_S = 120


async def pictures(folder: Path) -> None:
    """Ask, think, and take each picture."""
    session = make_session(default_paths(), Settings(), model="tiny")
    app = R1ChatApp(session, model="tiny")
    async with app.run_test(size=SIZE) as pilot:

        async def until(true: Callable[[], bool]) -> None:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    await pilot.pause(0.05)

        async def ask(question: str) -> None:
            app.chat.prompt.insert(question)
            await pilot.press("enter")
            await until(lambda: not app.chat.turns.running and not app.chat.prompt.text)

        def take(name: str) -> None:
            (folder / f"{name}.svg").write_text(app.export_screenshot(title="r1chat"), encoding="utf-8")

        app.chat.prompt.cursor_blink = False
        await ask(SHORT)
        await ask(LONG)
        await pilot.press("ctrl+t")
        app.chat.transcript.scroll_end(animate=False)
        await pilot.pause()
        take("chat")
        await pilot.press("ctrl+n")
        await ask(QUESTION)
        await pilot.press("ctrl+t", "f6", "o")
        await until(lambda: isinstance(app.screen, OutlineScreen))
        await pilot.pause()
        take("outline")
        await pilot.press("escape", "escape", "f3", "right")
        await until(lambda: isinstance(app.screen, ModelsScreen) and app.screen.table.row_count > 1)
        await pilot.pause()
        take("models")
    await session.aclose()


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["R1CHAT_HOME"] = home
        asyncio.run(pictures(folder))


if __name__ == "__main__":
    main()
