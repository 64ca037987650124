"""What a person has set: one tree of typed values, read from TOML, from the environment, or left as it is.

A flag outranks the environment, the environment outranks the file, the file outranks a default. Each field
says what it is for in its description, which `r1chat config show` prints and the file is written with.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import msgspec
from msgspec import Meta, inspect

from r1chat.core.conversation import MAX_TEMPERATURE, MAX_TOKENS, Mode, Thinking
from r1chat.core.fit import KvType
from r1chat.core.ledger import Overflow
from r1chat.errors import UsageError

Tokens = Annotated[int, Meta(ge=1, le=MAX_TOKENS)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class ThinkingSettings(_Table, frozen=True):
    """[thinking]"""

    mode: Annotated[Mode, Meta(description="How much a turn may think: full, budget or off.")] = Mode.FULL
    budget: Annotated[int, Meta(ge=1, le=MAX_TOKENS, description="Tokens of thought in mode budget.")] = 2048
    reserve: Annotated[
        int, Meta(ge=0, le=MAX_TOKENS, description="Tokens kept free for the answer when room runs out.")
    ] = 512

    def thinking(self) -> Thinking:
        """As a turn takes it."""
        return Thinking(self.mode, self.budget, self.reserve)


class SamplingSettings(_Table, frozen=True):
    """[sampling]"""

    temperature: Annotated[
        float, Meta(ge=0, le=MAX_TEMPERATURE, description="How freely the next token is drawn; 0 is greedy.")
    ] = 0.6
    top_p: Annotated[
        float, Meta(gt=0, le=1, description="Draw among the likeliest tokens that make up this share.")
    ] = 0.95
    max_tokens: Annotated[
        Tokens | None, Meta(description="Thought and answer together; none is until the context is full.")
    ] = None


class ContextSettings(_Table, frozen=True):
    """[context]"""

    size: Annotated[
        Annotated[int, Meta(ge=64, le=MAX_TOKENS)] | None,
        Meta(description="Tokens, prompt and reply together; none is what fits, 16,384 at most."),
    ] = None
    overflow: Annotated[
        Overflow,
        Meta(description="What does not fit is refused, or made to by leaving out oldest turns."),
    ] = Overflow.REFUSE


class EngineSettings(_Table, frozen=True):
    """[engine]"""

    threads: Annotated[
        Annotated[int, Meta(ge=1, le=512)] | None,
        Meta(description="CPU threads; none is one for each physical core, one left free from four up."),
    ] = None
    gpu_layers: Annotated[
        Annotated[int, Meta(ge=0, le=1000)] | None,
        Meta(description="Layers on the GPU; none is all that fit."),
    ] = None
    kv: Annotated[
        KvType | None,
        Meta(
            description="How keys and values are kept; none is f16, or q8_0 where the context is small else."
        ),
    ] = None
    saved_mb: Annotated[
        Annotated[int, Meta(ge=0, le=1_000_000)] | None,
        Meta(description="Megabytes for chats that left memory; none is 2,147, or a twentieth of the disk."),
    ] = None
    draft: Annotated[
        str, Meta(description="What guesses tokens ahead: ngram (the text itself), a smaller model, or off.")
    ] = "ngram"


class Settings(_Table, frozen=True):
    """Everything that can be set."""

    model: Annotated[str, Meta(description="The model where none is named; empty is the embedded one.")] = ""
    thinking: ThinkingSettings = ThinkingSettings()
    sampling: SamplingSettings = SamplingSettings()
    context: ContextSettings = ContextSettings()
    engine: EngineSettings = EngineSettings()


Value = str | int | float | None


class Key(NamedTuple):
    """One thing that can be set."""

    name: str
    """With its table, such as `sampling.top_p`."""
    description: str
    type: inspect.Type
    default: Value

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "R1CHAT_" + self.name.replace(".", "_").upper()

    def value(self, settings: Settings) -> Value:
        """What `settings` has it at."""
        value: Any = settings
        for part in self.name.split("."):
            value = getattr(value, part)
        return cast(Value, value)

    def read(self, text: str, source: str) -> Value:
        """The value that a word of the command line or the environment means. Raises UsageError.

        `none` stands for an optional one's absence.
        """
        tree: Any = None if text == "none" else text
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


def keys() -> tuple[Key, ...]:
    """Everything that can be set, in the order of the tree."""
    return tuple(_keys(_fields(Settings), ""))


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of that file and that environment; a file that is not there sets nothing.

    Raises UsageError, which names file, line and key.
    """
    tree = _table(path)
    for key in keys():
        if key.variable in environ:
            *tables, last = key.name.split(".")
            table = tree
            for part in tables:
                table = table.setdefault(part, {})
            table[last] = key.read(environ[key.variable], key.variable)
    return msgspec.convert(tree, Settings)


def set_value(path: Path, name: str, text: str) -> None:
    """Write one value into the file, its other lines and comments kept; `none` takes an optional one out.

    Raises UsageError for an unknown key, a value that cannot be, and a file that cannot be read or written.
    """
    import tomlkit
    from tomlkit.items import InlineTable

    key = next((key for key in keys() if key.name == name), None)
    if key is None:
        raise UsageError(f"There is no setting {name!r}.", _meant(name))
    value = key.read(text, name)
    _table(path)  # a file with a mistake in it is not written over
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    *tables, last = name.split(".")
    table: Any = document
    for part in tables:
        table = table.setdefault(part, tomlkit.table())
    if value is None:
        if last not in table:
            return
        table.pop(last)
    elif last in table:
        table[last] = value
    else:
        item = tomlkit.item(value)
        table.add(last, item if isinstance(table, InlineTable) else item.comment(key.description))
    _write(path, tomlkit.dumps(document))


def _fields(table: type[_Table]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(table)
    return info.fields if isinstance(info, inspect.StructType) else ()


def _keys(fields: tuple[inspect.Field, ...], before: str) -> Iterator[Key]:
    for field in fields:
        name = before + field.name
        match field.type:
            case inspect.StructType(fields=below):
                yield from _keys(below, f"{name}.")
            case inspect.Metadata(type=kind, extra_json_schema=about):
                yield Key(name, str((about or {}).get("description", "")), kind, field.default)


def _table(path: Path) -> dict[str, Any]:
    """What the file sets, checked. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}.", "Mend that line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings in {path} could not be read: {error}.", "Mend that file.") from error
    try:
        msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise _wrong(path, text, str(error)) from error
    return tree


def _wrong(path: Path, text: str, error: str) -> UsageError:
    """What msgspec found, in words, with its line."""
    at = re.search(r" - at `\$\.?([^`]*)`", error)
    name = at[1] if at else ""
    if unknown := re.search(r"unknown field `([^`]*)`", error):
        name = f"{name}.{unknown[1]}".strip(".")
        return UsageError(f"{_place(path, text, name)}: there is no setting {name!r}.", _meant(name))
    key = next((key for key in keys() if key.name == name), None)
    hint = f"Give {key.takes}." if key else "It is a table."
    return UsageError(f"{_place(path, text, name)}: the value of {name} cannot be used.", hint)


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


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name, [key.name for key in keys()], n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else "`r1chat config show` lists them all."


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


def _write(path: Path, text: str) -> None:
    """The file is the old one or the new one, whole; one that is a link elsewhere stays one."""
    path = path.resolve()
    aside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise UsageError(
            f"The settings in {path} could not be written: {error}.", "Nothing was changed."
        ) from error
