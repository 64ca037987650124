"""Reads the settings from their file and the environment, and says where a mistake stands."""

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from r1chat.errors import UsageError
from r1chat.settings.key import keys, meant
from r1chat.settings.tree import Settings


class Source(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "command line"


class Found(NamedTuple):
    """The settings as far as they could be read."""

    settings: Settings
    sources: Mapping[str, Source]
    """Of everything that is not as it comes."""
    problems: tuple[UsageError, ...]
    """What was left out."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of that file and that environment; a file that is not there sets nothing.

    Raises UsageError, which names file, line and key.
    """
    found = look(path, environ)
    if found.problems:
        raise found.problems[0]
    return found.settings


def look(path: Path, environ: Mapping[str, str]) -> Found:
    """The same without what is wrong: a mistake costs its own value, one in TOML's grammar the whole file."""
    tree, problems = _of_file(path)
    sources = {key.name: Source.FILE for key in keys() if _has(tree, key.name)}
    for key in keys():
        if key.variable in environ:
            try:
                _put(tree, key.name, key.read(environ[key.variable], key.variable))
            except UsageError as error:
                problems.append(error)
            else:
                sources[key.name] = Source.ENVIRONMENT
    return Found(msgspec.convert(tree, Settings), sources, tuple(problems))


def check(path: Path) -> None:
    """Raise UsageError where the file cannot be read, or is no TOML: nothing could be changed in it."""
    _read(path)


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """The file's text and what it holds; nothing where it is not there. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        return "", {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}.", "Mend that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings in {path} could not be read: {error}.", "Mend that file.") from error


def _of_file(path: Path) -> tuple[dict[str, Any], list[UsageError]]:
    """What the file sets, without what it sets wrongly."""
    try:
        text, tree = _read(path)
    except UsageError as error:
        return {}, [error]
    problems: list[UsageError] = []
    while True:
        try:
            msgspec.convert(tree, Settings)
        except msgspec.ValidationError as error:
            name = _culprit(tree, str(error))
            problems.append(_wrong(path, text, str(error), name))
            if not _cut(tree, name):
                return {}, problems
        else:
            return tree, problems


def _culprit(tree: Mapping[str, Any], error: str) -> str:
    """The name that msgspec complains of."""
    at = re.search(r" - at `(?:key in )?\$\.?([^`]*)`", error)
    name = at[1] if at else ""
    table, bracket, rest = name.partition("[...]")
    if bracket:  # it does not say which entry of a table of a person's own names
        entry = next(entry for entry, value in tree[table].items() if not _converts({table: {entry: value}}))
        name = f"{table}.{entry}" + re.sub(r"\[.*", "", rest)
    if unknown := re.search(r"unknown field `([^`]*)`", error):
        name = f"{name}.{unknown[1]}".strip(".")
    return name


def _converts(tree: Mapping[str, Any]) -> bool:
    try:
        msgspec.convert(tree, Settings)
    except msgspec.ValidationError:
        return False
    return True


def _wrong(path: Path, text: str, error: str, name: str) -> UsageError:
    """What msgspec found, in words, with its line."""
    if "unknown field" in error:
        return UsageError(f"{_place(path, text, name)}: there is no setting {name!r}.", meant(name))
    key = next((key for key in keys() if key.name == name), None)
    hint = f"Give {key.takes}." if key else _TABLES.get(name.partition(".")[0], "It is a table.")
    return UsageError(f"{_place(path, text, name)}: the value of {name} cannot be used.", hint)


_TABLES = {
    "keys": 'Give a key as text, such as stop = "f7", or several in brackets.',
    "presets": "Each is a table with temperature, from 0 to 5, and top_p, above 0 to 1.",
}


def _place(path: Path, text: str, name: str) -> str:
    """File and line of a key, where it has a line of its own."""
    *tables, last = name.split(".")
    table, wanted = "", ".".join(tables)
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = header[1]
        found = re.match(r"\s*([\w.-]+)\s*=", line)
        if (found and f"{table}.{found[1]}".strip(".") == name) or (header and table == name):
            return f"{path}, line {number}"
        if found and not table and found[1] == wanted and last in line:
            return f"{path}, line {number}"
    return str(path)


def _has(tree: Mapping[str, Any], name: str) -> bool:
    value: Any = tree
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _put(tree: dict[str, Any], name: str, value: object) -> None:
    *tables, last = name.split(".")
    for part in tables:
        tree = tree.setdefault(part, {})
    tree[last] = value


def _cut(tree: dict[str, Any], name: str) -> bool:
    """Take out what has that name, or the nearest table around it; False where there is none."""
    *tables, last = name.split(".")
    for part in tables:
        if not isinstance(tree.get(part), dict):
            return tree.pop(part, None) is not None
        tree = tree[part]
    if last in tree:
        del tree[last]
        return True
    return False
