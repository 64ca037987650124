"""One program after the other on the same store, watched while anything at all is done to it."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from textual.message import Message
from textual.pilot import Pilot
from textual.worker import Worker, WorkerState

from r1chat.core.fit import Machine
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine, Load
from r1chat.errors import R1ChatError, StoreError
from r1chat.hardware import Hardware
from r1chat.paths import default_paths
from r1chat.session import Session
from r1chat.store import Store
from r1chat.tui import app
from r1chat.tui.app import R1ChatApp
from r1chat.tui.clock import Clock
from r1chat.tui.preferences import Preferences
from r1chat.tui.stock import Stock
from r1chat.tui.unsent import Unsent
from r1chat.tui.widgets.reply import Reply
from tests.stress.steps import replies
from tests.tui.stage import CRASH, NOON

HARDWARE = Hardware(machine=Machine(ram_free=8 << 30, ram_read=12e9, gpus=()), ram_total=8 << 30, cores=2)
PATIENCE_S = 60.0
"""What has not happened by then never will."""


class Broken(AssertionError):
    """A promise was broken."""


class Flow:
    """Lets tokens pass: some, all, or none."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens
        self._more = asyncio.Event()

    def let(self, tokens: int) -> None:
        """So many may pass from now on."""
        self.left = tokens
        self._more.set()

    async def __call__(self) -> None:
        while self.left <= 0:
            self._more.clear()
            await self._more.wait()
        self.left -= 1


class Watched(R1ChatApp):
    """Remembers how it was left."""

    CSS_PATH = Path(app.__file__).parent / "screens" / "chat.tcss"
    shown: tuple[tuple[str, str, str], ...] = ()
    """Of every reply that was on the screen at the end: its id, its thought and its answer."""

    def exit(self, result: None = None, return_code: int = 0, message: object = None) -> None:
        """End."""
        self.look()
        super().exit(result, return_code, None)

    def look(self) -> None:
        """See what is there."""
        replies = () if self._session.private else self.chat.transcript.query(Reply)
        self.shown = tuple((reply.message.id, reply.pane.thought, reply.answer.text) for reply in replies)


class Rig:
    """A program that runs, and what went wrong in it."""

    def __init__(self, home: Path, seed: int) -> None:
        """`home`: the folder of its store; another `seed`, other replies."""
        self.home = home
        self.flow = Flow(200)
        loads = [Load(error=CRASH)] if seed % 5 == 4 else []
        engine = FakeEngine(
            replies(seed), loads=loads, n_ctx=4096 if seed % 3 else 600, pace=self.flow, load_pace=Flow(9)
        )
        store = Store(home / "chats.db", clock=lambda: NOON)
        self.session = Session(store, engine, LoadRequest(path="tiny.gguf"), model="tiny", clock=lambda: 0.0)
        self.app = Watched(
            self.session,
            Preferences(home / "config.toml"),
            reopen_last=seed % 4 != 3,
            model="tiny",
            clock=Clock(wall=lambda: NOON + 300, steady=lambda: 0.0),
            unsent=Unsent(home / "unsent"),
        )
        self.app.stock = Stock(default_paths(), endpoint="http://127.0.0.1:9", hardware=HARDWARE)
        self.wrong: list[str] = []
        self.pilot: Pilot[None] | None = None
        self.typed = ""
        """What stood in the prompt at the end, and was not sent."""

    def hear(self, message: Message) -> None:
        """Listen to all messages for what fails in silence, or in a note only."""
        if isinstance(message, Worker.StateChanged) and message.state is WorkerState.ERROR:
            error = message.worker.error
            if not isinstance(error, R1ChatError):
                self.wrong.append(f"worker {message.worker.name}: {error!r}")

    @property
    def running(self) -> bool:
        """The program has not ended."""
        return self.app._running and not self.app._exit and self.app._exception is None

    async def settle(self) -> None:
        """Wait until every widget has done what it was told."""
        if self.running and self.pilot is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.pilot._wait_for_screen(PATIENCE_S)
                    while self.app._followed is not None and self.running:
                        await asyncio.sleep(0.005)
            except TimeoutError as error:
                raise Broken("the screen is frozen") from error

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self.app._exception is not None:
            raise self.app._exception
        if self.wrong:
            raise Broken("; ".join(self.wrong))

    def check_kept(self) -> None:
        """What was shown of replies at the end is in the store."""
        store = Store(self.home / "chats.db")
        try:
            kept = {
                message.id: message
                for archived in (False, True)
                for chat in store.chats(10_000, archived=archived)
                for message in store.conversation(chat.id).messages
            }
        finally:
            store.close()
        for name, thought, answer in self.app.shown:
            message = kept.get(name)
            if message is None:
                continue  # another program has deleted its chat
            if not message.thinking.startswith(thought.rstrip()):
                raise Broken(f"a thought was shown and is lost: {thought!r}, kept {message.thinking!r}")
            if not message.text.startswith(answer.rstrip()):
                raise Broken(f"an answer was shown and is lost: {answer!r}, kept {message.text!r}")


@asynccontextmanager
async def running(home: Path, dice: random.Random) -> AsyncGenerator[Rig, None]:
    """One run of the program, from its first paint to the closing of its store."""
    rig = Rig(home, dice.randrange(1 << 30))
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, context: rig.wrong.append(f"{context.get('exception')!r}"))
    try:
        async with rig.app.run_test(size=(80, 24), notifications=True, message_hook=rig.hear) as pilot:
            rig.pilot, editing = pilot, rig.app.chat.editing
            yield rig
            rig.check()
            if rig.running:
                rig.app.look()
        if not rig.session.private:
            rig.typed = editing.draft.text
    finally:
        rig.flow.let(1 << 40)
        with suppress(StoreError):  # of a reply whose chat another program has deleted: it is told, rightly
            await rig.session.aclose()
        loop.set_exception_handler(before)
    rig.check()
    rig.check_kept()
