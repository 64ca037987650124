"""The thinking pane: one line that says how a thought goes, and the thought itself when it is open."""

from itertools import groupby
from operator import itemgetter

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive

from r1chat.core.conversation import Message
from r1chat.core.provenance import foreign_words
from r1chat.tui.clock import Clock
from r1chat.tui.progress import Progress
from r1chat.tui.widgets.find_line import FindLine
from r1chat.tui.widgets.thought_line import ThoughtLine
from r1chat.tui.widgets.thought_reader import ThoughtReader

_LAST_WORDS = 400  # characters at the end of a thought that the closed pane may show


class ThinkingPane(Vertical):
    """A thought: live while it grows, then one line that opens it again.

    It closes by itself when the thought is over, unless a person opened it.
    """

    opened: reactive[bool] = reactive(True)

    def __init__(self, clock: Clock, message: Message, *, live: bool = False) -> None:
        """`message`: the reply as of now; what it holds of a thought is shown at once."""
        super().__init__(classes="-live" if live else "")
        self._clock = clock
        self.reader = ThoughtReader(message.thinking, foreign_words(message))
        self.progress = Progress.of(message)
        """Figures of a live thought."""
        self._waiting: list[tuple[str, bool]] = []
        self._tail = ""
        self._opened_by_hand = False
        self._title = "Waiting for the model"
        self.set_reactive(ThinkingPane.opened, live)

    @property
    def thought(self) -> str:
        """The thought so far."""
        return self.reader.text + "".join(text for text, _ in self._waiting)

    @property
    def live(self) -> bool:
        """The thought may still grow."""
        return self.has_class("-live")

    def compose(self) -> ComposeResult:
        yield ThoughtLine()
        yield self.reader

    def on_mount(self) -> None:
        self.watch_opened(self.opened)

    def watch_opened(self, opened: bool) -> None:
        self.set_class(opened, "-open")
        for part in (self.reader, *self.query(FindLine)):
            part.display = opened
        self.flush()
        self.show_line()

    def expect(self, words: str) -> None:
        """Say what goes on before the first token."""
        self._title = words

    def feed(self, text: str, tokens: int, *, forced: bool = False) -> None:
        """Take more of the thought; `flush` shows it. `forced` words are not the model's."""
        self.progress.count(tokens, self._clock.steady())
        self._waiting.append((text, forced))

    def withdraw(self, characters: int) -> None:
        """Take back the end of the thought, which went round in circles."""
        self.flush()
        self.reader.cut(max(0, len(self.thought) - characters))
        self._tail = self.thought[-_LAST_WORDS:]
        self.progress.circles += 1

    def close(self) -> None:
        """The thought is over; its figures are those seen from here until `title` knows better."""
        self.title(self.progress.over(self._clock.steady()))
        if not self._opened_by_hand:
            self.opened = False

    def title(self, words: str) -> None:
        """Replace the live line."""
        self._title = words
        self.remove_class("-live")
        self.flush()
        self.reader.settle()
        self.show_line()
        self.reader.rewind()

    def settle(self, message: Message, title: str) -> None:
        """The reply is over: this is what was saved of it."""
        if self.live:
            self.close()
        self.reader.attribute(message.thinking, foreign_words(message))
        self.title(title)

    def flush(self) -> None:
        """Bring what was fed to the screen."""
        waiting, self._waiting = self._waiting, []
        for forced, group in groupby(waiting, key=itemgetter(1)):
            text = "".join(part for part, _ in group)
            self._tail = (self._tail + text)[-_LAST_WORDS:]
            self.reader.append(text, forced=forced)

    def show_line(self) -> None:
        """Bring the line up to date; while the thought is live the screen does, slowly enough to be read."""
        for line in self.query(ThoughtLine):
            line.head, line.tail = self._head(), "" if self.opened or not self.live else self._tail

    def toggle(self) -> None:
        """Open or close, as a person wishes."""
        self._opened_by_hand = not self.opened
        self.opened = not self.opened
        if not self.live:
            self.call_after_refresh(self.scroll_visible, animate=False, top=self.opened)

    def enter(self) -> None:
        """Open, and take the keys."""
        self._opened_by_hand = self.opened = True
        self.reader.read()
        self.call_after_refresh(self.reader.scroll_visible, animate=False)

    def on_descendant_focus(self) -> None:
        """Who reads it has opened it."""
        self._opened_by_hand = True

    def on_click(self, event: events.Click) -> None:
        if isinstance(event.widget, ThoughtLine):
            self.toggle()

    def _head(self) -> str:
        sign = "▾ " if self.opened else "▸ "
        return sign + ((self.live and self.progress.line(self._clock.steady())) or self._title)
