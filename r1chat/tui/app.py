"""The application: one screen, the session behind it, and how the program ends."""

import contextlib
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import SystemCommand
from textual.events import Unmount
from textual.screen import Screen

from r1chat.core.attached import words_of
from r1chat.core.commands import COMMANDS
from r1chat.errors import StoreError
from r1chat.paths import default_paths
from r1chat.session import Session
from r1chat.session.options import turn_options
from r1chat.tui.clock import Clock
from r1chat.tui.leftover import LeftoverApp
from r1chat.tui.personal import News
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.chat import ChatScreen
from r1chat.tui.screens.chats import Opener
from r1chat.tui.situation import Situation
from r1chat.tui.stocked import use
from r1chat.tui.unsent import Unsent
from r1chat.tui.widgets.welcome import Welcome

if TYPE_CHECKING:
    from r1chat.tui.stock import Stock

_EDITS_KEPT = "What was edited and not sent is there again in its chats."


class R1ChatApp(LeftoverApp):
    """r1chat in a terminal. Quitting closes `session`."""

    TITLE = "r1chat"
    CSS_PATH = "screens/chat.tcss"

    def __init__(
        self,
        session: Session,
        preferences: Preferences | None = None,
        *,
        resume: str | None = None,
        reopen_last: bool = False,
        prompt: str | None = None,
        model: str = "",
        clock: Clock | None = None,
        unsent: Unsent | None = None,
    ) -> None:
        """`preferences`: what is set; by default nothing. `resume` is a chat's id, `reopen_last` opens
        the chat used last, `prompt` is asked at once. `model` is the name under which a person asked for it;
        by default that of its file. `unsent` keeps what is typed and not sent.
        """
        super().__init__(preferences or Preferences(), clock or Clock(), unsent or Unsent(None))
        self._session = session
        self.copied = lambda: None if session.private else default_paths().copied
        self._prompt = prompt
        self._model = model
        self._stock: Stock | None = None
        self._opener: Opener | None = session.open_last if reopen_last else None
        if resume is not None:
            self._opener = partial(session.open, resume)

    def get_default_screen(self) -> Screen[None]:
        """The chat."""
        options = turn_options(self.preferences.settings)
        situation = Situation(model=self._model, thinking=options.thinking, private=self._session.private)
        situation.fetching = lambda: self._stock.doing() if self._stock is not None else ""
        situation.drawing.offer(self.preferences.presets)
        screen = ChatScreen(
            self._session, situation, options, self._clock, opener=self._opener, prompt=self._prompt
        )
        screen.remarks = self.problems
        self.draft = lambda: screen.editing.draft
        screen.forget_edits = self._unsent.forget
        return screen

    def apply(self) -> None:
        """Have everything as the preferences are now, the next turn of the open chat included."""
        super().apply()
        before, after = self.chat.turns.drawn, turn_options(self.preferences.settings)
        self.chat.turns.drawn = after
        if after.thinking != before.thinking:
            self.chat.situation.start = self.chat.situation.thinking = after.thinking
        self.chat.situation.drawing.offer(self.preferences.presets)
        self.chat.refresh_status()
        if self._stock is not None:
            self._stock.heed(self.preferences.settings.downloads)

    def news(self) -> News:
        """What goes on in the chat and with downloads."""
        return News(self.chat.situation, self._stock.fetched if self._stock else None)

    def proclaim(self) -> None:
        """Tell of it, and in the chat of each download that has ended."""
        super().proclaim()
        if self._stock is not None and self.screen_stack and self.chat.is_mounted:
            from r1chat.tui.arrivals import announce

            announce(self.chat, self._stock.arrivals())

    @property
    def chat(self) -> ChatScreen:
        """The chat's screen, whatever lies above it."""
        screen = self.screen_stack[0]
        if not isinstance(screen, ChatScreen):
            raise TypeError(screen)
        return screen

    def on_mount(self) -> None:
        """Give back what was typed last time and not sent; go on with what it left to fetch."""
        left = self._unsent.take()
        self.chat.edits.add(left.edits)
        self.chat.prompt.pastes.add(left.pasted)
        if left.edits and self._opener is None:
            self.chat.tell(_EDITS_KEPT)
        if left.text:
            self.chat.prompt.give_back(left.text)
        if any(default_paths().downloads.glob("*.json")):
            self.call_after_refresh(lambda: self.stock.downloads)
        self.recall_questions()
        if self.preferences.kept:
            self.call_after_refresh(self.advise_beginner)

    @work(name="first run", group="first run", exit_on_error=False)
    async def advise_beginner(self) -> None:
        """Say on an empty screen what this machine runs well, to somebody with no chats and no model."""
        with contextlib.suppress(StoreError):
            if not await self._session.chats(1):
                from r1chat.tui.first_words import first_words, is_first

                view = await self.stock.look()
                for welcome in self.chat.query(Welcome) if is_first(view) else ():
                    welcome.advise(first_words(view))

    @work(name="history", group="history", exit_on_error=False)
    async def recall_questions(self) -> None:
        """Let the prompt walk through what was asked in earlier runs."""
        with contextlib.suppress(StoreError):  # a store that cannot be read is told where chats are listed
            questions = await self._session.questions()
            self.chat.prompt.asked.fill(filter(None, map(words_of, reversed(questions))))

    @on(Unmount)
    async def _end_downloads(self) -> None:
        """Keep what has arrived."""
        if self._stock is not None:
            await self._stock.aclose()

    @on(ChatScreen.Typed)
    def _typed(self) -> None:
        self.keep_draft()

    def interrupt(self, code: int) -> None:
        """A signal asks for the end: save everything, then end with that exit code."""
        if self.screen_stack and self.chat.is_mounted:
            self.chat.leave(code)
        else:
            self.exit(return_code=code)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the table of commands."""
        for entry in COMMANDS:
            if self.chat.available(entry):
                yield SystemCommand(entry.title, entry.help, partial(self.chat.action_command, entry.name))

    @property
    def stock(self) -> "Stock":
        """The models, which are not looked at before somebody asks."""
        if self._stock is None:
            from r1chat.tui.stock import Stock

            self._stock = Stock(default_paths(), self.preferences.settings.downloads)
        return self._stock

    @stock.setter
    def stock(self, stock: "Stock") -> None:
        self._stock = stock

    def action_models(self) -> None:
        """Show the models; the one that is chosen there is loaded."""
        from r1chat.tui.screens.models import ModelsScreen

        info = self.chat.session.engine.model
        self.push_screen(ModelsScreen(self.stock, info.path if info else ""), partial(use, self.chat))

    async def action_quit(self) -> None:
        """Save everything, then end."""
        self.chat.leave()
