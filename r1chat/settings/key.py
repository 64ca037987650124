"""Each thing that can be set: found in the tree, with all that is to be said of it."""

import difflib
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from r1chat.errors import UsageError
from r1chat.settings.tree import Effect, PresetSettings, Settings, Table

Value = str | int | float | None
_LONGEST_NAME = 40
"""Characters of a preset's name."""


class Key(NamedTuple):
    """One thing that can be set."""

    name: str
    """With its table, such as `sampling.top_p`."""
    description: str
    effect: Effect
    type: inspect.Type
    default: Value
    unset: str = "none"
    """What it is called where it need not be set and is not."""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "R1CHAT_" + self.name.replace(".", "_").upper()

    @property
    def group(self) -> str:
        """The table that it stands in; empty at the root."""
        return self.name.rpartition(".")[0]

    def value(self, settings: Settings) -> Value:
        """What `settings` has it at."""
        value: Any = settings
        for part in self.name.split("."):
            value = value[part] if isinstance(value, dict) else getattr(value, part)
        return cast(Value, value)

    def read(self, text: str, source: str) -> Value:
        """The value that a word of the command line or the environment means. Raises UsageError.

        `none` stands for an optional one's absence, and so does what it is called then.
        """
        tree: Any = None if text in {"none", self.unset} else text
        for part in reversed(self.name.split(".")):
            tree = {part: tree}
        try:
            return self.value(msgspec.convert(tree, Settings, strict=False))
        except msgspec.ValidationError as error:
            raise UsageError(f"{source}: {text!r} cannot be used.", f"Give {self.takes}.") from error

    @property
    def takes(self) -> str:
        """What it can be set to, in words."""
        return _in_words(self.type)

    @property
    def choices(self) -> tuple[str, ...]:
        """Every word that it can be set to, where they are few; `none` where it need not be set."""
        return _choices(self.type)


@functools.cache
def keys() -> tuple[Key, ...]:
    """Everything that can be set, in the order of the tree."""
    return tuple(_keys(_fields(Settings), ""))


def preset_key(name: str) -> Key | None:
    """`presets.NAME.temperature` and the like, for any name of one word; None for what is none of them."""
    table, _, rest = name.partition(".")
    preset, _, last = rest.rpartition(".")
    if table != "presets" or not is_preset_name(preset):
        return None
    own = _keys(_fields(PresetSettings), f"presets.{preset}.")
    return next((key for key in own if key.name.endswith(f".{last}")), None)


def is_preset_name(name: str) -> bool:
    """Whether a preset can be called so: one word, without the dot that parts names of settings."""
    return name.isprintable() and not set(name) & set(". \"'") and 0 < len(name) <= _LONGEST_NAME


def word(value: Value) -> str:
    """A value as a person would type it."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case _:
            return str(value) if value != "" else '""'


def meant(name: str) -> str:
    """What to say of a name that nothing has."""
    close = difflib.get_close_matches(name, [key.name for key in keys()], n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else "`r1chat config show` lists them all."


def _fields(table: type[Table]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(table)
    return info.fields if isinstance(info, inspect.StructType) else ()


def _keys(fields: tuple[inspect.Field, ...], before: str) -> Iterator[Key]:
    for field in fields:
        name = before + field.name
        match field.type:
            case inspect.StructType(fields=below):
                yield from _keys(below, f"{name}.")
            case inspect.Metadata(type=kind, extra_json_schema=about, extra=more):
                description, own = (about or {}).get("description", ""), more or {}
                yield Key(name, str(description), own["effect"], kind, field.default, own["unset"])


def _in_words(kind: inspect.Type) -> str:
    words = "a text"
    match kind:
        case inspect.EnumType(cls=cls):
            words = "one of " + ", ".join(str(member.value) for member in cls)
        case inspect.IntType(ge=low, le=high):
            words = f"a whole number from {low:,} to {high:,}"
        case inspect.FloatType(gt=above, ge=low, le=high):
            words = f"a number {f'above {above:g}' if above is not None else f'from {low:g}'} to {high:g}"
        case inspect.BoolType():
            words = "true or false"
        case inspect.UnionType(types=(one, inspect.NoneType())):
            words = f"{_in_words(one)}, or none"
        case inspect.Metadata(type=inner):
            words = _in_words(inner)
    return words


def _choices(kind: inspect.Type) -> tuple[str, ...]:
    match kind:
        case inspect.EnumType(cls=cls):
            return tuple(str(member.value) for member in cls)
        case inspect.BoolType():
            return "false", "true"
        case inspect.UnionType(types=(one, inspect.NoneType())) if below := _choices(one):
            return "none", *below
        case inspect.Metadata(type=inner):
            return _choices(inner)
        case _:
            return ()
