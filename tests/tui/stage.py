"""The program on a scripted engine, under a pilot, with time held still."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.message import Message
from textual.notifications import Notify
from textual.pilot import Pilot

from r1chat.engine.base import EngineCrashed, LoadRequest
from r1chat.engine.fake import FakeEngine, Load
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui.app import R1ChatApp
from r1chat.tui.clock import Clock
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.chat import ChatScreen
from r1chat.tui.stock import Stock
from r1chat.tui.unsent import Unsent
from r1chat.tui.widgets.note import Note
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from r1chat.tui.widgets.status_line import StatusLine

_SAME = 4
"""Pictures that are equal one after the other, until a screen counts as settled."""
NOON = 1_790_000_000.0
THOUGHT = "First I look at the numbers. " * 12 + "\n\nWait, once more.\n"
ANSWER = "The sum is **4**.\n\n- one\n- two\n\n```python\nprint(2 + 2)\n```\n\nSo \\(\\boxed{4}\\)."
CRASH = EngineCrashed(
    "The engine ended with SIGABRT; the reply so far is kept.", "Ask again: it starts anew."
)


class Gate:
    """Lets a number of steps pass, then holds the rest until it is opened."""

    def __init__(self, steps: int = 0) -> None:
        self._steps = steps
        self._open = False
        self._changed = asyncio.Event()
        self.holds = False
        """Somebody waits before it."""

    def let(self, steps: int) -> None:
        """Let some more steps pass."""
        self._steps, self.holds = steps, False
        self._changed.set()

    def open(self) -> None:
        """Let everything pass."""
        self._open = True
        self._changed.set()

    async def __call__(self) -> None:
        while self._steps <= 0 and not self._open:
            self.holds = True
            self._changed.clear()
            await self._changed.wait()
        self.holds = False
        self._steps -= 1


class Stage:
    """One running program, and what a test does with it."""

    def __init__(
        self, app: R1ChatApp, pilot: Pilot[None], engine: FakeEngine, session: Session, told: list[str]
    ) -> None:
        self.app, self.pilot, self.engine, self.session = app, pilot, engine, session
        self.told = told
        """Every word in passing so far, those that are gone again included."""

    @property
    def chat(self) -> ChatScreen:
        """The main screen."""
        return self.app.chat

    @property
    def reply(self) -> ReplyWidget:
        """The last reply."""
        reply = self.chat.transcript.last_reply
        assert reply is not None
        return reply

    @property
    def notes(self) -> list[str]:
        """What the notes in the transcript say, in order."""
        return [f"{note.message} {note.hint}".strip() for note in self.chat.transcript.query(Note)]

    @property
    def status(self) -> str:
        """The left half of the status line."""
        return " · ".join(self.chat.query_one(StatusLine).facts)

    async def picture(self) -> str:
        """The screen as SVG, up to date, once it stays as it is for a while."""
        self.chat.turns.show_progress()
        self.chat.refresh_status()
        self.app.screen.refresh()  # what changed on a screen below it is not painted by itself
        pictures = [""]
        while len(pictures) < _SAME:
            await self.pilot.pause()
            picture = self.app.export_screenshot()
            pictures = [*pictures, picture] if picture == pictures[-1] else [picture]
        return picture

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so; a minute and a half at most."""
        async with asyncio.timeout(90):
            while not true():
                await self.pilot.pause()
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type into the prompt, and press Enter."""
        self.chat.prompt.insert(text)
        await self.pilot.press("enter")

    async def ask(self, text: str = "What is 2+2?") -> None:
        """Ask, and wait for the end of the reply."""
        await self.type(text)
        await self.idle()

    async def idle(self) -> None:
        """Wait until nothing runs and nothing waits."""
        await self.until(lambda: not self.chat.turns.running and not self.chat.prompt.text)

    async def thinking(self, gate: Gate) -> None:
        """Wait until the gate holds a thought, and what came before it is on the screen."""
        await self.until(lambda: gate.holds and self.chat.turns.running)
        await self.reply.flush()
        self.chat.turns.show_progress()
        self.chat.refresh_status()
        await self.pilot.pause()


@asynccontextmanager
async def staged(
    *script: Reply,
    path: Path | None = None,
    size: tuple[int, int] = (80, 24),
    gate: Gate | None = None,
    load_gate: Gate | None = None,
    loads: Iterable[Load] = (),
    resume: str | None = None,
    reopen_last: bool = False,
    prompt: str | None = None,
    unsent: Unsent | None = None,
    stock: Stock | None = None,
    preferences: Preferences | None = None,
) -> AsyncGenerator[Stage, None]:
    """Run the program; without a script the engine thinks `THOUGHT` and answers `ANSWER`.

    The store is a file, in `path` or in a folder of its own: one in memory makes every chat private.
    """
    replies = script or (Reply(THOUGHT, ANSWER),) * 9
    engine = FakeEngine(replies, loads=loads, pace=gate, load_pace=load_gate)
    folder = TemporaryDirectory()
    store = Store(path or Path(folder.name) / "chats.db", clock=lambda: NOON)
    session = Session(store, engine, LoadRequest(path="tiny.gguf"), model="tiny", clock=lambda: 0.0)
    clock = Clock(wall=lambda: NOON + 300, steady=lambda: 0.0)
    app = R1ChatApp(
        session,
        preferences,
        resume=resume,
        reopen_last=reopen_last,
        prompt=prompt,
        model="tiny",
        clock=clock,
        unsent=unsent,
    )
    if stock is not None:
        app.stock = stock
    try:
        told: list[str] = []

        def listen(message: Message) -> None:
            if isinstance(message, Notify):
                told.append(message.notification.message)

        async with app.run_test(size=size, notifications=True, message_hook=listen) as pilot:
            stage = Stage(app, pilot, engine, session, told)
            stage.chat.prompt.cursor_blink = False
            if load_gate is None:
                await stage.until(lambda: engine.model is not None or bool(stage.notes))
            yield stage
    finally:
        await session.aclose()
        folder.cleanup()
