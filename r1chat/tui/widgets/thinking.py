"""The thinking pane: one line that says how a thought goes, and the thought itself when it is open."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive

from r1chat.tui.clock import Clock
from r1chat.tui.widgets.plain_text import PlainText
from r1chat.tui.widgets.thought_line import ThoughtLine
from r1chat.tui.wording import duration, thought_title, tokens_per_second

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
        self._text = PlainText(thought)
        self._waiting: list[str] = []
        self._tail = ""
        self._tokens = 0
        self._since: float | None = None
        self._opened_by_hand = False
        self._title = "Thinking"
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
        with VerticalScroll(can_focus=False) as scroll:
            scroll.anchor()
            yield self._text

    def on_mount(self) -> None:
        self.watch_opened(self.opened)

    def watch_opened(self, opened: bool) -> None:
        self.set_class(opened, "-open")
        self._text.display = opened
        self.flush()

    def expect(self, words: str) -> None:
        """Say what goes on before the first token."""
        self._title = words

    def feed(self, text: str, tokens: int) -> None:
        """Take more of the thought; `flush` shows it."""
        if self._since is None:
            self._since = self._clock.steady()
        self._waiting.append(text)
        self._tokens += tokens

    def close(self) -> None:
        """The thought is over; its figures are those seen from here until `title` knows better."""
        passed = self._clock.steady() - self._since if self._since is not None else 0.0
        self.title(thought_title(passed, self._tokens))
        if not self._opened_by_hand:
            self.opened = False

    def title(self, words: str) -> None:
        """Replace the live line."""
        self._title = words
        self.remove_class("-live")
        self.flush()

    def flush(self) -> None:
        """Bring what was fed to the screen."""
        text, self._waiting = "".join(self._waiting), []
        self._tail = (self._tail + text)[-_LAST_WORDS:]
        self._text.append(text)
        if self.is_mounted and self.display:
            line = self.query_one(ThoughtLine)
            line.head, line.tail = self._head(), "" if self.opened or not self.live else self._tail

    def toggle(self) -> None:
        """Open or close, as a person wishes."""
        self._opened_by_hand = not self.opened
        self.opened = not self.opened

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, ThoughtLine):
            self.toggle()

    def _head(self) -> str:
        sign = "▾ " if self.opened else "▸ "
        if not self.live or self._since is None:
            return sign + self._title
        passed = self._clock.steady() - self._since
        parts = ["Thinking", duration(passed), f"{self._tokens:,} tok"]
        if speed := tokens_per_second(self._tokens, passed):
            parts.append(speed)
        return sign + " · ".join(parts)
