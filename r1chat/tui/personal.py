"""An application as one person has it: its colours, its keys, and how much may move."""

import asyncio
import os
from typing import NamedTuple

from textual import constants, work
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.theme import Theme, ThemeProvider
from textual.widgets import TextArea

from r1chat.core.commands import REBOUND
from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError, UsageError
from r1chat.tui.clipboard import ClipboardApp
from r1chat.tui.clock import Clock
from r1chat.tui.herald import KEEP_TITLE, Abilities, Herald
from r1chat.tui.motion import calm
from r1chat.tui.palette import Palette
from r1chat.tui.preferences import Preferences
from r1chat.tui.situation import Situation
from r1chat.tui.terminal_driver import LenientDriver
from r1chat.tui.themes import THEMES, USUAL

_NEWS_PER_S = 4
_AGAIN_S = 3.0
"""Seconds within which a second Ctrl+C means it."""


class News(NamedTuple):
    """What goes on."""

    situation: Situation
    fetched: float | None
    """How far a download is, 0 … 1."""


class PersonalApp(ClipboardApp):
    """Looks and listens as its preferences say, from before the first paint on."""

    def __init__(self, preferences: Preferences, clock: Clock) -> None:
        super().__init__()
        self.preferences = preferences
        self._clock = clock
        self._asked_to_quit = float("-inf")
        self._rebound: dict[str, str] = {}
        REBOUND.set(self._rebound)
        for theme in THEMES:
            self.register_theme(theme)
        self._writing = asyncio.Lock()
        self._herald = Herald(self._tell_terminal, Abilities.of(os.environ), clock.steady)

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, lenient where it would be strict."""
        driver = super().get_driver_class()
        return LenientDriver if driver is LinuxDriver else driver

    @property
    def exit_code(self) -> int:
        """How the program ended; 1 where Textual gave up by itself, which sets no code."""
        return 1 if self.return_code is None else self.return_code

    def on_load(self) -> None:
        """Before anything is drawn."""
        self.apply_look()
        self.theme_changed_signal.subscribe(self, self._keep_theme)

    def on_mount(self) -> None:
        """Tell whoever looks elsewhere what goes on, from now on."""
        self._tell_terminal(KEEP_TITLE)
        self.app_resume_signal.subscribe(self, lambda _app: self._tell_terminal(KEEP_TITLE))
        self.set_interval(1 / _NEWS_PER_S, self.proclaim)

    def proclaim(self) -> None:
        """Tell it once; while the program ends there may be no screen any more."""
        if self.screen_stack and (news := self.news()) is not None:
            look = self.preferences.settings.look
            self._herald.observe(news.situation, look, focused=self.app_focus, fetched=news.fetched)

    def news(self) -> News | None:
        """What goes on; None where there is nothing to tell of."""
        return None

    def _tell_terminal(self, sequence: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def action_help_quit(self) -> None:
        """Ctrl+C with nothing selected: the second in a row quits."""
        now = self._clock.steady()
        if now - self._asked_to_quit <= _AGAIN_S:
            self.call_later(self.action_quit)
        else:
            self._asked_to_quit = now
            self.notify(
                "Press Ctrl+C once more to quit. Every question and reply is kept.",
                markup=False,
                timeout=_AGAIN_S,
            )

    def action_command_palette(self) -> None:
        """Offer the commands."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Offer the themes."""
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def apply_look(self) -> None:
        """Take colours, keys and motion from the preferences."""
        look = self.preferences.settings.look
        self._rebound.clear()
        self._rebound.update(self.preferences.keys)
        self.set_keymap(dict(self._rebound))
        self.theme = look.theme if look.theme in self.available_themes else USUAL
        self._mark_own()
        self.animation_level = "none" if look.reduced_motion else constants.TEXTUAL_ANIMATIONS

    @property
    def problems(self) -> tuple[R1ChatError, ...]:
        """What of the settings cannot be used."""
        theme = self.preferences.settings.look.theme
        if theme and theme not in self.available_themes:
            return (*self.preferences.problems, self.no_theme(theme))
        return self.preferences.problems

    def no_theme(self, name: str) -> UsageError:
        """What to say of a theme that is none."""
        return UsageError(f"There is no theme “{name}”.", f"There are {', '.join(self.available_themes)}.")

    def apply(self) -> None:
        """Have everything as the preferences are now."""
        self.apply_look()
        for screen in self.screen_stack:
            for field in screen.query(TextArea):
                field.cursor_blink = not calm(self)

    async def change(self, name: str, text: str | None) -> None:
        """Give a setting another value, or the one that it comes with; it counts at once where it can.

        Raises UsageError, and everything is as it was.
        """
        async with self._writing:
            if text is None:
                await self.preferences.reset(name)
            else:
                await self.preferences.set(name, text)
        self.apply()

    def _keep_theme(self, theme: Theme) -> None:
        """A theme that was chosen in Textual's own list is kept as if it was set."""
        self._mark_own()
        chosen = self.preferences.settings.look.theme
        if self.preferences.kept and theme.name != (chosen if chosen in self.available_themes else USUAL):
            self.keep_theme(theme.name)

    def _mark_own(self) -> None:
        self.set_class(self.theme in {theme.name for theme in THEMES}, "-own")

    @work(name="theme", group="theme", exit_on_error=False)
    async def keep_theme(self, name: str) -> None:
        """Bring a theme to disk; where that fails it is shown all the same, and said."""
        try:
            await self.change("look.theme", name)
        except UsageError as error:
            self.notify(f"These colours are for now only. {plain(str(error))}", markup=False, timeout=8)
