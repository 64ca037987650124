"""What a command is, and where and when it does something."""

from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from types import MappingProxyType

import msgspec

REBOUND: ContextVar[Mapping[str, str]] = ContextVar("rebound", default=MappingProxyType({}))
"""Names of commands → the keys that a person gave them instead, in the program that runs in this context."""


class When(StrEnum):
    """The state of the chat in which a command does something."""

    ALWAYS = "always"
    REPLYING = "while a reply is being made"
    THINKING = "while it thinks"
    REPLIED = "after a reply"
    UNFINISHED = "after an unfinished reply"
    ANSWERED = "after an answer"


class Place(StrEnum):
    """Where its key is listened to."""

    CHAT = "chat"
    """Anywhere on the chat's screen; these have slash commands, and stand in the palette."""
    PROMPT = "prompt"
    FILE = "file"
    """A file of a question."""
    THOUGHT = "thought"
    """An open thought that the keys go into."""
    FIND = "find"
    """The line that takes the words to find in a thought."""
    OUTLINE = "outline"
    """The steps of a thought."""
    EDITOR = "editor"
    """A thought that is edited."""
    CHATS = "chats"
    """The list of chats."""
    SEARCH = "search"
    """The search field above it."""
    LINE = "line"
    """The line in which a title, tags or a file's name are typed there."""
    MODELS = "models"
    """The models screen."""
    HUB = "hub"
    """The search of the Hub on it."""
    SETTINGS = "settings"
    """The settings screen."""
    HELP = "help"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a person can do."""

    name: str
    """Identifier: the action's name, and the binding's id in a keymap. Outside the chat's own commands it is
    `place.action`."""
    title: str
    """Two or three words, for the palette and hints."""
    slash: str = ""
    """The word that does it from the prompt, without its slash; empty where only a key does it."""
    argument: str = ""
    """What may follow the slash command, as help shows it."""
    key: str = ""
    """Textual's name of the key; several are parted by commas, and the first is the one that is told.
    A person may have bound others: `keys` has those in use."""
    help: str
    """One sentence."""
    when: When = When.ALWAYS

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in use, a person's own before those of the table."""
        return tuple(key for key in REBOUND.get().get(self.name, self.key).split(",") if key)

    @property
    def key_label(self) -> str:
        """The key as a person reads it, such as `Ctrl+T`."""
        names = {"escape": "Esc", "pageup": "PageUp", "pagedown": "PageDown", "slash": "/"}
        first = self.keys[0] if self.keys else ""
        if len(first) == 1:
            return first  # n and N are two keys
        return "+".join(names.get(part, part.capitalize()).replace("_", " ") for part in first.split("+"))

    @property
    def slash_label(self) -> str:
        """What is typed, with its argument; empty where there is no slash command."""
        return f"/{self.slash} {self.argument}".strip() if self.slash else ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Commands that belong together, as help lists them."""

    title: str
    place: Place = Place.CHAT
    commands: tuple[Command, ...]
    note: str = ""
    """What help says below them."""
