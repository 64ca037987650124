"""The settings screen: all that can be set, as the tree, the table of commands and the presets have it."""

import asyncio
from collections.abc import Awaitable, Callable

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from r1chat.core.commands import Place, in_keys
from r1chat.core.terminal import plain
from r1chat.errors import R1ChatError
from r1chat.settings import Effect, keys
from r1chat.tui.bindings import bindings
from r1chat.tui.drawing import Drawing
from r1chat.tui.motion import calm
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.steady import SteadyScreen
from r1chat.tui.setting_rows import Row, mistake, outranked, rows
from r1chat.tui.widgets.plain_input import PlainInput
from r1chat.tui.widgets.setting_list import SettingList

_KEYS = (
    "{settings.back} back · Enter change · ← → choose · {settings.reset} as it comes · {settings.find} find"
    " · {settings.load} load again"
)
_EDITING = "Enter keep · Esc leave it as it was"
_FINDING = "Enter to the list · Esc everything"


Change = Callable[[str, str | None], Awaitable[None]]
"""Gives a setting another value; None: the one that it comes with. Raises UsageError."""


class SettingsScreen(SteadyScreen[None]):
    """A list, what is to be said of the row under the cursor, and a field where a value is typed."""

    CSS_PATH = "settings.tcss"
    BINDINGS = bindings(Place.SETTINGS)

    def __init__(
        self, preferences: Preferences, drawing: Drawing, change: Change, load_again: Callable[[], str]
    ) -> None:
        """`load_again` loads the model as it is set then, and returns what to say of it."""
        super().__init__()
        self._preferences, self._drawing = preferences, drawing
        self._change, self._load_again = change, load_again
        self._rows: dict[str, Row] = {}
        self._edited: Row | None = None
        """The row whose value is being typed."""
        self._words = ""
        """Rows that do not hold these are not listed."""
        self._told = ""
        """What stands in place of the details, until the cursor moves."""
        self._turning = asyncio.Lock()

    def compose(self) -> ComposeResult:
        yield SettingList()
        yield Static("", id="details", markup=False)
        yield PlainInput(id="field", compact=True)
        yield Static(in_keys(_KEYS), id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = not calm(self.app)
        self.query_one(Input).display = False
        self.refresh_rows()
        self.query_one(SettingList).focus()

    def refresh_rows(self) -> None:
        """List everything as it is now."""
        found = rows(self._preferences, self._drawing, self.app.available_themes)
        self._rows = {row.name: row for row in found}
        self.query_one(SettingList).show(row for row in found if row.holds(self._words))
        self.show_details()

    def show_details(self) -> None:
        """Say more of the row under the cursor."""
        row = self._row()
        words = self._told or "\n".join(row.about if row else ())
        self.query_one("#details", Static).update(Content(plain(words)))

    def tell(self, words: str) -> None:
        """Say something in place of the details."""
        self._told = words
        self.show_details()

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._told = ""
        self.show_details()

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        """Take the next choice, or let a value be typed."""
        row = self._row()
        if row is None:
            return
        if row.name.startswith("presets."):
            self._drawing.choose(row.label)
            self.refresh_rows()
        elif row.choices:
            self._turn(1)
        else:
            self._edited = row
            self._open_field(row.typed, row.label, _EDITING)

    @on(SettingList.Turned)
    def _turned(self, event: SettingList.Turned) -> None:
        self._turn(event.direction)

    def action_previous_choice(self) -> None:
        """Take the value before."""
        self._turn(-1)

    def action_next_choice(self) -> None:
        """Take the next value."""
        self._turn(1)

    def action_back(self) -> None:
        """Leave the field, then the list of what was found, then the screen."""
        if self.query_one(Input).display:
            self._close_field()
        elif self._words:
            self._words = ""
            self.refresh_rows()
        else:
            self.dismiss()

    def action_reset(self) -> None:
        """Have the setting under the cursor as it comes."""
        row = self._row()
        if row is not None:
            self.change(row, None)

    def action_find(self) -> None:
        """List only what holds some words."""
        self._edited = None
        self._open_field(self._words, "Find", _FINDING)

    def action_load(self) -> None:
        """Load the model again."""
        self.tell(self._load_again())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Say at once what is wrong with what is typed, or list what holds it."""
        if not event.input.display:
            return
        if self._edited is None:
            self._words = event.value
            self.refresh_rows()
        else:
            wrong = mistake(self._edited, event.value.strip(), self._preferences)
            self.tell(wrong and f"✗ {wrong}")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        row, text = self._edited, event.value.strip()
        if row is None:
            self._close_field()
        elif wrong := mistake(row, text, self._preferences):
            self.tell(f"✗ {wrong}")
        else:
            self._close_field()
            self.change(row, text)

    @work(name="set", group="set", exit_on_error=False)
    async def change(self, row: Row, text: str | None) -> None:
        """Bring a change to disk and into effect, and say what else it takes."""
        await self._take(row, text)

    @work(name="set", group="set", exit_on_error=False)
    async def turn(self, name: str, step: int) -> None:
        """Take a choice some steps away from the one that counts once the steps before are taken."""
        async with self._turning:
            row = self._rows[name]
            index = row.choices.index(row.value) + step if row.value in row.choices else 0
            await self._take(row, row.choices[index % len(row.choices)])

    async def _take(self, row: Row, text: str | None) -> None:
        try:
            await self._change(row.name, text)
        except R1ChatError as error:
            self.tell(f"✗ {error}")
            return
        self.refresh_rows()
        effect = next((key.effect for key in keys() if key.name == row.name), Effect.NOW)
        words = [
            outranked(row, self._preferences),
            *([f"Kept. {effect} Press l to do that now."] if effect is Effect.LOAD else []),
            *([f"Kept. {effect}"] if effect is Effect.START else []),
        ]
        if said := " ".join(filter(None, words)):
            self.tell(said)

    def _turn(self, step: int) -> None:
        row = self._row()
        if row is not None and row.choices:
            self.turn(row.name, step)

    def _open_field(self, text: str, label: str, hint: str) -> None:
        field = self.query_one(Input)
        field.display = True
        field.border_title = label
        field.value = text
        field.focus()
        self.query_one("#keys", Static).update(hint)

    def _close_field(self) -> None:
        self._edited, self._told = None, ""
        self.query_one(Input).display = False
        self.query_one("#keys", Static).update(in_keys(_KEYS))
        self.query_one(SettingList).focus()
        self.show_details()

    def _row(self) -> Row | None:
        return self._rows.get(self.query_one(SettingList).marked or "")
