"""Keys of a person's own: which of them can be, and what to say of the others. Knows no widget."""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from textual.keys import KEY_NAME_REPLACEMENTS, Keys
from textual.widgets import TextArea

from r1chat.core.commands import SECTIONS, Command, Place
from r1chat.errors import UsageError

_MODIFIERS = {"ctrl", "alt", "shift", "super", "meta", "hyper"}
_NAMED = {
    "space",
    "backspace",
    *KEY_NAME_REPLACEMENTS.values(),
    *(key.value.rpartition("+")[2] for key in Keys),
}
_EDITING = {
    key
    for binding in TextArea.BINDINGS
    for key in (binding.key if not isinstance(binding, tuple) else binding[0]).split(",")
}
"""Keys that a text field takes for itself before the screen around it hears of them."""
_RESERVED = {"ctrl+c": "copies, and quits", "ctrl+p": "opens the palette"}
_TYPED_IN = {Place.PROMPT, Place.FIND, Place.EDITOR, Place.SEARCH, Place.LINE, Place.HUB}
"""Places where letters are typed; in the chat's own place it is the prompt that is typed in."""
_NEAR = {Place.CHAT: {Place.CHAT, Place.PROMPT}, Place.PROMPT: {Place.CHAT, Place.PROMPT}}
"""Places whose keys are listened to at the same time."""

_PLACES = {entry.name: section.place for section in SECTIONS for entry in section.commands}
_COMMANDS: dict[str, Command] = {entry.name: entry for section in SECTIONS for entry in section.commands}


class Keymap(NamedTuple):
    """What of a person's keys can be used."""

    keys: dict[str, str]
    """Names of commands → keys, parted by commas."""
    problems: tuple[UsageError, ...]
    """Why the others cannot; they stay as they come."""


def keymap(wanted: Mapping[str, str]) -> Keymap:
    """Of the keys that a person wants, those that can be."""
    kept: dict[str, str] = {}
    problems: list[UsageError] = []
    for name, keys in wanted.items():
        clean = ",".join(map(_clean, keys.split(",")))
        if error := _wrong(name, clean):
            problems.append(error)
        else:
            kept[name] = clean
    while clash := _clash(kept):
        name, error = clash
        del kept[name]
        problems.append(error)
    return Keymap(kept, tuple(problems))


def _clean(key: str) -> str:
    """As Textual calls it: its modifiers in the order of the alphabet."""
    *modifiers, last = key.strip().lower().split("+") if len(key.strip()) > 1 else [key]
    return "+".join([*sorted(modifiers), last])


def _wrong(name: str, keys: str) -> UsageError | None:
    """What is wrong with it by itself."""
    if name not in _COMMANDS:
        close = difflib.get_close_matches(name, _COMMANDS, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]!r}?" if close else "The settings screen lists them."
        return UsageError(f"[keys] {name}: there is no such command.", hint)
    for key in keys.split(","):
        if not _is_key(key):
            return UsageError(f"[keys] {name}: there is no key {key!r}.", "Such as f11, ctrl+b or shift+f2.")
        if use := _RESERVED.get(key):
            return UsageError(f"[keys] {name}: {key} {use}.", "Take another key.")
        if _is_for_typing(key, name):
            where = "the prompt" if _PLACES[name] in {Place.CHAT, Place.PROMPT} else "that field"
            hint = "Take a function key, or one with Ctrl or Alt."
            return UsageError(f"[keys] {name}: {key} is for typing in {where}.", hint)
    return None


def _is_for_typing(key: str, name: str) -> bool:
    """Whether it types something where the command is wanted, or edits what is typed in the prompt."""
    place, (*modifiers, last) = _PLACES[name], key.split("+")
    if key in _usual(name) or place not in {Place.CHAT, *_TYPED_IN}:
        return False
    types = set(modifiers) <= {"shift"} and (len(last) == 1 or last == "space" or _is_sign(last))
    return types or (place is Place.CHAT and key in _EDITING)


def _is_sign(name: str) -> bool:
    """Whether it is the long name of a character: `question_mark`."""
    if name in KEY_NAME_REPLACEMENTS.values():
        return True
    try:
        unicodedata.lookup(name.replace("_", " "))
    except (KeyError, UnicodeEncodeError):  # half a character is none
        return False
    return True


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+")
    if len(last) == 1 or last in _NAMED:
        return set(modifiers) <= _MODIFIERS and (last.isprintable() and last != " ")
    return _is_sign(last) and set(modifiers) <= _MODIFIERS


def _clash(kept: dict[str, str]) -> tuple[str, UsageError] | None:
    """The last of a person's wishes whose key something else has already."""
    for name in reversed(kept):
        for other, key in _held(_PLACES[name], kept):
            if other != name and key in kept[name].split(",") and key not in _usual(name):
                title = _COMMANDS[other].title
                return name, UsageError(
                    f"[keys] {name}: {key} is the key of {other} ({title}).", "Give that one another key too."
                )
    return None


def _held(place: Place, kept: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names of commands that are heard at the same time, each with every key of it."""
    for name, entry in _COMMANDS.items():
        if _PLACES[name] in _NEAR.get(place, {place}):
            for key in filter(None, kept.get(name, entry.key).split(",")):
                yield name, key


def _usual(name: str) -> list[str]:
    return _COMMANDS[name].key.split(",")
