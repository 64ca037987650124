"""The thinking pane: one line that says how a thought goes, and the thought itself when it is open."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.timer import Timer

from r1chat.core.remarks import circles_cut
from r1chat.tui.clock import Clock
from r1chat.tui.speedometer import Speedometer
from r1chat.tui.widgets.thought_line import ThoughtLine
from r1chat.tui.widgets.thought_view import ThoughtView
from r1chat.tui.wording import duration, thought_title

LINES_PER_S = 5
"""How often the live line changes."""
_LAST_WORDS = 400
"""Characters at the end of a thought that the closed pane may show."""


class ThinkingPane(Vertical):
    """A thought: live while it grows, then one line that opens it again.

    It closes by itself when the thought is over, unless a person opened it.
    """

    opened: reactive[bool] = reactive(True)

    def __init__(self, clock: Clock, thought: str = "", *, live: bool = False) -> None:
        super().__init__(classes="-live" if live else "")
        self._clock = clock
        self._text = ThoughtView(thought)
        self._waiting: list[str] = []
        self._tail = ""
        self._meter = Speedometer()
        self._timer: Timer | None = None
        self._opened_by_hand = False
        self._circles = 0
        self._title = "Waiting for the model"
        self.set_reactive(ThinkingPane.opened, live)

    @property
    def thought(self) -> str:
        """The thought so far."""
        return self._text.text + "".join(self._waiting)

    @property
    def live(self) -> bool:
        """The thought may still grow."""
        return self.has_class("-live")

    def compose(self) -> ComposeResult:
        yield ThoughtLine()
        yield self._text

    def on_mount(self) -> None:
        if self.live:
            self._timer = self.set_interval(1 / LINES_PER_S, self.show_line)
        self.watch_opened(self.opened)

    def watch_opened(self, opened: bool) -> None:
        self.set_class(opened, "-open")
        self._text.display = opened
        self.flush()
        self.show_line()

    def expect(self, words: str) -> None:
        """Say what goes on before the first token."""
        self._title = words

    def feed(self, text: str, tokens: int) -> None:
        """Take more of the thought; `flush` shows it."""
        self._meter.count(tokens, self._clock.steady())
        self._waiting.append(text)

    def withdraw(self, characters: int) -> None:
        """Take back the end of the thought, which went round in circles."""
        kept = self.thought[: max(0, len(self.thought) - characters)]
        self._waiting, self._tail = [], kept[-_LAST_WORDS:]
        self._text.replace(kept)
        self._circles += 1

    def close(self) -> None:
        """The thought is over; its figures are those seen from here until `title` knows better."""
        self.title(thought_title(self._meter.seconds(self._clock.steady()), self._meter.tokens))
        if not self._opened_by_hand:
            self.opened = False

    def title(self, words: str) -> None:
        """Replace the live line."""
        self._title = words
        self.remove_class("-live")
        if self._timer:
            self._timer.stop()
        self.flush()
        self.show_line()
        self._text.rewind()

    def flush(self) -> None:
        """Bring what was fed to the screen."""
        text, self._waiting = "".join(self._waiting), []
        self._tail = (self._tail + text)[-_LAST_WORDS:]
        self._text.append(text)

    def show_line(self) -> None:
        """Bring the line up to date: slower than the text, so that it can be read."""
        for line in self.query(ThoughtLine):
            line.head, line.tail = self._head(), "" if self.opened or not self.live else self._tail

    def toggle(self) -> None:
        """Open or close, as a person wishes."""
        self._opened_by_hand = not self.opened
        self.opened = not self.opened
        if not self.live:
            self.call_after_refresh(self.scroll_visible, animate=False, top=self.opened)

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, ThoughtLine):
            self.toggle()

    def _head(self) -> str:
        sign = "▾ " if self.opened else "▸ "
        meter = self._meter
        if not self.live or not meter.tokens:
            return sign + self._title
        parts = [
            "Thinking",
            duration(meter.seconds(self._clock.steady())),
            f"{meter.tokens:,} tok",
            meter.speed,
            circles_cut(self._circles),
        ]
        return sign + " · ".join(part for part in parts if part)
