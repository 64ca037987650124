"""A reply: its thought, its answer, and how it ended."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from r1chat.core.conversation import Message, Mode, Status
from r1chat.core.events import (
    AnswerDelta,
    Done,
    Event,
    LeftOut,
    Loading,
    Prefill,
    Resumed,
    Rewound,
    Shortened,
    ThinkingDelta,
)
from r1chat.core.remarks import left_out
from r1chat.engine.base import ContextFull
from r1chat.errors import R1ChatError
from r1chat.tui.clock import Clock
from r1chat.tui.motion import every
from r1chat.tui.widgets.answer import Answer
from r1chat.tui.widgets.bare import Bare
from r1chat.tui.widgets.branch_mark import BranchMark
from r1chat.tui.widgets.note import Note, Tone
from r1chat.tui.widgets.thinking import ThinkingPane
from r1chat.tui.wording import ending, percent, thought_of, unfinished, way_on

FLUSHES_PER_S = 15
"""How often a running reply is brought to the screen, however fast its tokens come."""


class Reply(Bare, Vertical):
    """One reply, running or done. While it runs it is fed events; the screen follows at a steady pace."""

    def __init__(self, message: Message, clock: Clock, *, live: bool = False) -> None:
        super().__init__(classes="-live" if live else "")
        self.message = message
        """The message as of its start, or of its end once it is over."""
        self.pane = ThinkingPane(clock, message, live=live and not message.thinking_closed)
        self.answer = Answer(message.text)
        self.mark = BranchMark()
        self._timer: Timer | None = None
        self._left_out: tuple[LeftOut, ...] = ()
        self.full = False
        """The context had no room for it: going on would fail again, until the model is loaded anew."""
        self.pane.display = bool(message.thinking) or (live and _will_think(message))

    @property
    def live(self) -> bool:
        """The turn still runs."""
        return self.has_class("-live")

    @property
    def unfinished(self) -> bool:
        """It can be gone on with."""
        return unfinished(self.message) and not self.full

    def compose(self) -> ComposeResult:
        yield self.pane
        yield self.answer
        yield self.mark

    async def on_mount(self) -> None:
        if self.live:
            self._timer = self.set_interval(every(self.app, FLUSHES_PER_S), self.flush)
            await self.flush()
        else:
            await self._settle()

    def feed(self, event: Event) -> None:
        """Take an event of the running turn."""
        match event:
            case ThinkingDelta(text=text, tokens=tokens, closed=closed, forced=forced):
                self.pane.display = True
                self.pane.feed(text, len(tokens), forced=forced)
                if closed:
                    self.pane.close()
            case AnswerDelta(text=text):
                if self.pane.live:
                    self.pane.close()
                self.answer.feed(text)
            case Prefill(done=done, total=total):
                self.pane.expect(f"Reading {total:,} tokens · {percent(done, total)}")
            case Loading(fraction=fraction):
                self.pane.expect(f"Loading the model · {percent(fraction, 1)}")
            case Rewound(characters=characters):
                self.pane.withdraw(characters)
            case Shortened(left_out=left_out):
                self._left_out = left_out
            case Resumed(tokens=tokens):
                self.pane.progress.before = len(tokens)
            case Done():
                pass

    async def flush(self) -> None:
        """Bring what was fed to the screen."""
        await self._tell_left_out(self._left_out)
        if self.pane.live:
            self.pane.flush()
        await self.answer.flush()

    async def finish(self, message: Message) -> None:
        """The turn is over; `message` is what was saved of it."""
        self.message = message
        self.remove_class("-live")
        if self._timer:
            self._timer.pause()  # stopped, it would take along what it is just bringing to the screen
        await self._settle()
        if self._timer:
            self._timer.stop()

    async def fail(self, error: R1ChatError) -> None:
        """Say below the reply why it failed."""
        self.full = isinstance(error, ContextFull)
        for note in self.query(Note):  # `exclude` makes of a query that found nothing one for everything
            if not note.has_class("left-out"):
                await note.remove()
        await self.mount(Note.of(error))

    async def _settle(self) -> None:
        """Show the reply as it will stay."""
        message = self.message
        await self._tell_left_out(message.stats.left_out if message.stats else ())
        self.pane.display = bool(message.thinking)
        self.pane.settle(message, thought_of(message))
        await self.answer.finish()
        if message.status is Status.ERROR:
            await self.mount(Note(message.error, tone=Tone.ERROR))
        elif words := ending(message):
            await self.mount(Note(words, way_on(message) if self.unfinished else ""))

    async def _tell_left_out(self, turns: tuple[LeftOut, ...]) -> None:
        """Say above the reply what the model did not get to read."""
        self._left_out = ()
        if turns and not self.query(".left-out"):
            note = Note(*left_out(turns))
            note.add_class("left-out")
            await self.mount(note, before=self.pane)


def _will_think(message: Message) -> bool:
    return message.thinking_mode is None or message.thinking_mode.mode is not Mode.OFF
