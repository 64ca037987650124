"""The one table of what a person can do: it feeds key bindings, slash commands, the palette, help and README.

One module a group; the order here is the order of help.
"""

import re

import msgspec

from r1chat.core.commands.chats import CHATS, IN_CHATS, IN_LINE, IN_SEARCH
from r1chat.core.commands.command import REBOUND, Command, Place, Section, When
from r1chat.core.commands.copying import COPYING
from r1chat.core.commands.models import IN_HUB, IN_MODELS
from r1chat.core.commands.program import IN_HELP, IN_SETTINGS, PROGRAM
from r1chat.core.commands.prompt import IN_FILE, PROMPT
from r1chat.core.commands.replies import REPLIES
from r1chat.core.commands.thought import IN_EDITOR, IN_FIND, IN_OUTLINE, IN_THOUGHT, THOUGHT

__all__ = [
    "COMMANDS",
    "REBOUND",
    "SECTIONS",
    "Command",
    "Place",
    "Section",
    "SlashCommand",
    "When",
    "command",
    "in_keys",
    "is_mistyped",
    "parse_slash",
]

SECTIONS = (
    *(REPLIES, THOUGHT, COPYING, CHATS, PROGRAM),
    *(
        PROMPT,
        IN_FILE,
        IN_THOUGHT,
        IN_FIND,
        IN_OUTLINE,
        IN_EDITOR,
        IN_CHATS,
        IN_SEARCH,
        IN_LINE,
        IN_MODELS,
        IN_HUB,
        IN_SETTINGS,
        IN_HELP,
    ),
)

COMMANDS = tuple(entry for section in SECTIONS if section.place is Place.CHAT for entry in section.commands)
"""Those of the chat's screen."""


def command(name: str) -> Command:
    """The command of that name. Raises KeyError."""
    return {entry.name: entry for section in SECTIONS for entry in section.commands}[name]


def in_keys(words: str) -> str:
    """`words` with the key in use for every command that is named in braces, as in `{help} lists them`.

    Raises KeyError for a name that no command has.
    """
    return re.sub(r"\{([\w.]+)\}", lambda found: command(found[1]).key_label, words)


class SlashCommand(msgspec.Struct, frozen=True):
    """A slash command as typed."""

    command: Command
    argument: str


def is_mistyped(text: str) -> bool:
    """It is one word behind a slash, as commands are, and none of them: hardly a question."""
    word = text.strip().removeprefix("/")
    return text.strip() == f"/{word}" and word.isascii() and word.isalpha() and parse_slash(text) is None


def parse_slash(text: str) -> SlashCommand | None:
    """What a typed line commands; None where it is a question.

    Only a single line whose first word is a known command counts, so that a path or a formula that begins
    with a slash can still be asked about.
    """
    line = text.strip()
    if not line.startswith("/") or "\n" in line:
        return None
    word, _, argument = line[1:].partition(" ")
    for entry in COMMANDS:
        if word and entry.slash == word.lower() and (entry.argument or not argument.strip()):
            return SlashCommand(entry, argument.strip())
    return None
