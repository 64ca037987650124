"""What may be meant by what is typed: slash commands and their arguments. Knows no widget."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from r1chat.core.commands import Command, is_mistyped

_LABEL = 20
"""Characters of a label; a longer argument is only told once its command is typed."""
_WORD = re.compile(r"[a-z]+")

Names = Mapping[str, Callable[[], Iterable[str]]]
"""Names of commands → what may be named behind them now, such as the models of this machine."""


class Choice(NamedTuple):
    """One thing that may be meant."""

    text: str
    """What is typed then."""
    label: str
    about: str = ""


class Offer(NamedTuple):
    """What may be meant by the end of what is typed."""

    typed: str
    """The characters before the cursor that a choice takes the place of."""
    choices: tuple[Choice, ...]
    hint: str = ""
    """A line that cannot be chosen: what may follow."""
    eager: bool = False
    """What is typed is of no use as it stands, so that Enter takes the first choice, which is marked."""


def slash_offer(text: str, commands: Iterable[Command], names: Names = MappingProxyType({})) -> Offer | None:
    """What may be meant by a slash command that is being typed; None where there is none of that kind.

    `commands` are those that do something now; `names` the arguments that there are for some of them.
    """
    if not text.startswith("/") or "\n" in text:
        return None
    word, gap, argument = text[1:].partition(" ")
    if gap:
        entry = next((entry for entry in commands if entry.slash == word.lower()), None)
        return _argument_offer(entry, argument, names) if entry and entry.argument else None
    begun = [entry for entry in commands if entry.slash.startswith(word.lower())]
    choices = tuple(Choice(_typed(entry), _label(entry), entry.help) for entry in begun)
    return Offer(text, choices, eager=is_mistyped(text)) if choices else None


def _label(entry: Command) -> str:
    return entry.slash_label if len(entry.slash_label) <= _LABEL else f"/{entry.slash} …"


def _typed(entry: Command) -> str:
    return f"/{entry.slash} " if entry.argument else f"/{entry.slash}"


def _argument_offer(entry: Command, argument: str, names: Names) -> Offer | None:
    """The words of a fixed meaning among what may follow; what is the person's own is only hinted at."""
    fixed = [found[0] for part in entry.argument.split("|") if (found := _WORD.match(part))]
    if entry.name in names:
        fixed = list(names[entry.name]())
    meant = [word for word in fixed if word.startswith(argument.lower()) and word != argument]
    hint = f"{entry.slash_label} · {entry.help}" if not argument or meant else ""
    if not meant and not hint:
        return None
    return Offer(argument, tuple(Choice(word, word) for word in meant), hint)
