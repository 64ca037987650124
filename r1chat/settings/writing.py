"""Changes the settings' file: one value at a time, its other lines and comments kept."""

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r1chat.core.commands import SECTIONS
from r1chat.errors import UsageError
from r1chat.settings.key import Key, Value, is_preset_name, keys, meant, preset_key
from r1chat.settings.reading import check

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

_OWN = 0o600
"""A person's settings are nobody else's."""


def set_value(path: Path, name: str, text: str) -> None:
    """Write one value into the file; `none` takes an optional one out. `keys.COMMAND` takes names of keys.

    `presets.NAME.temperature` and `presets.NAME.top_p` make a preset; `none` for `presets.NAME` removes it.
    Raises UsageError for an unknown name, a value that cannot be, and a file that cannot be read or written.
    """
    key = _key(name)
    value = text if key is None else key.read(text, name)
    if value is None or (key is None and text == "none"):
        reset_value(path, name)
        return
    if key is None and _is_preset(name):
        raise UsageError(f"{name} is two values.", f"Set {name}.temperature and {name}.top_p.")
    document = _document(path)
    table, last = _at(document, name)
    if last in table:
        table[last] = value
    else:
        _add(table, last, value, key.description if key else "")
    _write(path, document)


def reset_value(path: Path, name: str) -> None:
    """Take one value out of the file, so that it is as it comes. Raises UsageError as `set_value` does."""
    _key(name)
    document = _document(path)
    table, last = _at(document, name)
    if last in table:
        table.pop(last)
        _write(path, document)


def _key(name: str) -> Key | None:
    """What `name` means; None for the keys of a command, and for a preset. Raises UsageError."""
    table, _, last = name.partition(".")
    if table == "keys" and any(last == entry.name for section in SECTIONS for entry in section.commands):
        return None
    if _is_preset(name):
        return None
    key = next((key for key in keys() if key.name == name), preset_key(name))
    if key is None:
        raise UsageError(f"There is no setting {name!r}.", meant(name))
    return key


def _is_preset(name: str) -> bool:
    table, _, preset = name.partition(".")
    return table == "presets" and is_preset_name(preset)


def _document(path: Path) -> "TOMLDocument":
    import tomlkit

    check(path)  # what is no TOML is not written over; a value that cannot be may be what is mended here
    return tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")


def _at(document: "TOMLDocument", name: str) -> tuple[Any, str]:
    """The table that `name` stands in, made where it is missing, and its name there."""
    import tomlkit

    first, dot, last = name.partition(".")
    if not dot:
        return document, first
    table: Any = _table(document.setdefault(first, tomlkit.table()), first)
    before, dot, after = last.partition(".")
    if dot and last not in table and before in table:  # prompt.send = … is a table `prompt` to TOML
        return _table(table[before], f"{first}.{before}"), after
    if dot and first == "presets":
        return _table(table.setdefault(before, tomlkit.table()), f"{first}.{before}"), after
    return table, last


def _table(found: object, name: str) -> MutableMapping[str, Any]:
    if not isinstance(found, MutableMapping):
        raise UsageError(
            f"{name} is no table in the settings' file, but a value.", "Take that line out of it."
        )
    return found


def _add(table: "Table", name: str, value: Value, description: str) -> None:
    import tomlkit
    from tomlkit.items import InlineTable

    item = tomlkit.item(value)
    quoted = tomlkit.key(name)
    described = description and not isinstance(table, InlineTable)
    table.add(quoted, item.comment(description) if described else item)


def _write(path: Path, document: "TOMLDocument") -> None:
    """The file is the old one or the new one, whole; one that is a link elsewhere stays one."""
    import tomlkit

    path = path.resolve()
    aside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWN), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), _OWN)  # one that a crash left may be anybody's
            file.write(tomlkit.dumps(document))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise UsageError(
            f"The settings in {path} could not be written: {error}.", "Nothing was changed."
        ) from error
