"""The one table of what a person can do: it feeds key bindings, slash commands, the palette and help."""

from enum import StrEnum

import msgspec


class When(StrEnum):
    """The state of the screen in which a command does something."""

    ALWAYS = "always"
    REPLYING = "while a reply is being made"
    THINKING = "while it thinks"
    REPLIED = "after a reply"
    UNFINISHED = "after an unfinished reply"
    ANSWERED = "after an answer"


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a person can do."""

    name: str
    """Identifier: the action's name, and the binding's id in a keymap."""
    title: str
    """Two or three words, for the palette and hints."""
    slash: str
    """The word that does it from the prompt, without its slash."""
    argument: str = ""
    """What may follow the slash command, as help shows it."""
    key: str
    """Textual's name of the key."""
    help: str
    """One sentence."""
    when: When = When.ALWAYS

    @property
    def key_label(self) -> str:
        """The key as a person reads it, such as `Ctrl+T`."""
        names = {"escape": "Esc"}
        return "+".join(names.get(part, part.capitalize()) for part in self.key.split("+"))


COMMANDS = (
    Command(name="new_chat", title="New chat", slash="new", key="ctrl+n", help="Start a new chat."),
    Command(
        name="chats", title="Chats", slash="chats", key="ctrl+o", help="Show or hide the list of your chats."
    ),
    Command(
        name="stop",
        title="Stop",
        slash="stop",
        key="escape",
        help="Stop the reply and keep what is there.",
        when=When.REPLYING,
    ),
    Command(
        name="answer_now",
        title="Answer now",
        slash="answer",
        key="ctrl+s",
        help="Close the thought and have the answer now.",
        when=When.THINKING,
    ),
    Command(
        name="steer",
        title="Steer",
        slash="steer",
        argument="WORDS",
        key="f8",
        help="Put what is typed into the running thought.",
        when=When.THINKING,
    ),
    Command(
        name="regenerate",
        title="Regenerate",
        slash="regenerate",
        key="ctrl+r",
        help="Answer the last question once more.",
        when=When.REPLIED,
    ),
    Command(
        name="continue",
        title="Continue",
        slash="continue",
        key="ctrl+l",
        help="Go on from where a stopped or cut-off reply ended.",
        when=When.UNFINISHED,
    ),
    Command(
        name="more",
        title="Think more",
        slash="more",
        key="f5",
        help="Open the last thought again, and let it go on.",
        when=When.ANSWERED,
    ),
    Command(
        name="thought",
        title="Thought",
        slash="thought",
        key="ctrl+t",
        help="Open or close the last thought.",
    ),
    Command(
        name="thinking",
        title="Thinking mode",
        slash="think",
        argument="off|full|N",
        key="f2",
        help="Choose how much the next turns think: in full, within a budget, or not at all.",
    ),
    Command(
        name="models",
        title="Models",
        slash="models",
        key="f3",
        help="Choose another model; see what fits, what is here and what is on its way.",
    ),
    Command(
        name="branch_before",
        title="Branch before",
        slash="before",
        key="f9",
        help="Show the alternative before this reply, or before its question.",
        when=When.REPLIED,
    ),
    Command(
        name="branch_after",
        title="Branch after",
        slash="after",
        key="f10",
        help="Show the alternative after this reply, or after its question.",
        when=When.REPLIED,
    ),
    Command(
        name="copy",
        title="Copy answer",
        slash="copy",
        key="f4",
        help="Copy the last answer as Markdown.",
        when=When.REPLIED,
    ),
    Command(name="help", title="Help", slash="help", key="f1", help="Show keys and commands."),
    Command(
        name="quit", title="Quit", slash="quit", key="ctrl+q", help="Quit; every question and reply is kept."
    ),
)


def command(name: str) -> Command:
    """The command of that name. Raises KeyError."""
    return {entry.name: entry for entry in COMMANDS}[name]


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
        if entry.slash == word.lower() and (entry.argument or not argument.strip()):
            return SlashCommand(entry, argument.strip())
    return None
