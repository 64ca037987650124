"""The settings as rows of a list: found in the tree, the table of commands and the presets. Pure."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from r1chat.core.commands import SECTIONS, Command, in_keys
from r1chat.core.presets import Preset
from r1chat.errors import UsageError
from r1chat.settings import Effect, Key, Source, keys, word
from r1chat.tui.drawing import Drawing
from r1chat.tui.keymap import keymap
from r1chat.tui.preferences import Preferences
from r1chat.tui.themes import USUAL

_GROUPS = {"": "General"}
"""Titles where the table's name is none."""
THEME = "look.theme"
_NONE = "none"
"""What the file and the command line call what is not set."""


class Row(NamedTuple):
    """One thing that can be set or chosen."""

    name: str
    """As `config set` takes it; `presets.NAME` is a preset."""
    group: str
    label: str
    value: str
    source: str
    """Empty where it is as it comes."""
    about: tuple[str, ...]
    """What to say of it, a line each."""
    choices: tuple[str, ...] = ()
    """Where it is one of a few words."""
    typed: str = ""
    """What an editor of it begins with."""

    def holds(self, words: str) -> bool:
        """Whether it holds all of these words."""
        text = " ".join((self.name, self.group, self.label, self.value, *self.about)).lower()
        return all(part in text for part in words.lower().split())


def rows(preferences: Preferences, drawing: Drawing, themes: Collection[str]) -> tuple[Row, ...]:
    """Everything, in groups."""
    settings = (_setting(key, preferences, themes) for key in keys())
    commands = (
        _command(entry, section.title, preferences) for section in SECTIONS for entry in section.commands
    )
    return *settings, *(_preset(preset, drawing) for preset in drawing.presets), *commands


def mistake(row: Row, text: str, preferences: Preferences) -> str:
    """Why this cannot be its value, as `config set` would say it; empty where it can."""
    table, _, last = row.name.partition(".")
    if table == "keys":
        wanted = {**preferences.settings.keymap(), last: text}
        return next((str(one) for one in keymap(wanted).problems if f"[keys] {last}:" in str(one)), "")
    try:
        next(key for key in keys() if key.name == row.name).read(text, row.name)
    except UsageError as error:
        return str(error)
    return ""


def outranked(row: Row, preferences: Preferences) -> str:
    """What outranks the file where something does."""
    match preferences.source(row.name):
        case Source.ENVIRONMENT:
            key = next(key for key in keys() if key.name == row.name)
            return f"{key.variable} in the environment outranks the file."
        case Source.FLAG:
            return "The command line outranks the file until r1chat ends."
        case _:
            return ""


def _setting(key: Key, preferences: Preferences, themes: Collection[str]) -> Row:
    value = preferences.word(key)
    shown = (USUAL if key.name == THEME else "not set") if value == '""' else _named(value, key)
    source = preferences.source(key.name)
    choices = tuple(sorted(themes)) if key.name == THEME else tuple(_named(one, key) for one in key.choices)
    takes = key.takes.replace(f", or {_NONE}", f", or {key.unset}")
    takes = "one of this program's themes" if key.name == THEME else takes
    return Row(
        name=key.name,
        group=_GROUPS.get(key.group, key.group.capitalize()),
        label=key.name.rpartition(".")[2].replace("_", " "),
        value=shown,
        source="" if source is Source.DEFAULT else source,
        about=tuple(_about(key, takes, source)),
        choices=choices,
        typed="" if value in {_NONE, '""'} else value,
    )


def _named(value: str, key: Key) -> str:
    return key.unset if value == _NONE else value


def _about(key: Key, takes: str, source: Source) -> Iterator[str]:
    yield f"{key.name}: {key.description}"
    yield f"Takes {takes}. {key.effect}"
    yield f"It comes as {_named(word(key.default), key)}" + (
        "." if source is Source.DEFAULT else f"; this is from the {source}."
    )


def _preset(preset: Preset, drawing: Drawing) -> Row:
    chosen = preset == drawing.preset
    return Row(
        name=f"presets.{preset.name}",
        group="Presets",
        label=preset.name,
        value=preset.figures,
        source="this chat" if chosen else "",
        about=(
            f"{preset.name}: {preset.figures}.",
            "The open chat draws by it." if chosen else "Enter draws the open chat's next replies by it.",
            in_keys("/preset NAME T P in the prompt makes one of your own; {settings.reset} removes it."),
        ),
    )


def _command(entry: Command, place: str, preferences: Preferences) -> Row:
    name = f"keys.{entry.name}"
    own = preferences.settings.keymap().get(entry.name)
    used = ",".join(entry.keys)
    return Row(
        name=name,
        group=f"Keys: {place}",
        label=entry.title,
        value=used.replace(",", ", ") or "none",
        source="" if own is None else Source.FILE if own == used else "not used",
        about=(
            f"{name}: {entry.help}",
            "Takes the name of a key, such as f11, ctrl+b or shift+f2; several are parted by commas.",
            f"It comes as {entry.key or 'none'}. {Effect.NOW}",
        ),
        typed=used,
    )
