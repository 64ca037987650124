"""A file that is named behind a slash command, as in `/save FILE`: its path is completed like a mention's."""

import re
from collections.abc import Iterable

from r1chat.core.commands import Command
from r1chat.tui.mentions import Begun, Spelling

_FILE = "FILE"
_WORD = re.compile(r"""["'](?P<quoted>[^"'\\]*)|(?P<bare>[^\s"'\\]*)""")


def file_begun(text: str, commands: Iterable[Command]) -> Begun | None:
    """The path that is being typed; None where no command that takes a file is.

    Where more may follow the file, a name with blanks stands in quotes.
    """
    line, gap, typed = text.partition(" ")
    entry = next((entry for entry in commands if line.lower() == f"/{entry.slash}"), None)
    if not gap or "\n" in text or entry is None or not entry.argument.startswith(_FILE):
        return None
    hint = "" if typed else f"{entry.slash_label} · {entry.help}"
    if entry.argument == _FILE:
        return Begun(gap + typed, typed, Spelling.PLAIN, hint)
    found = _WORD.fullmatch(typed)
    if found is None:
        return None
    return Begun(gap + typed, found["quoted"] or found["bare"] or "", Spelling.QUOTED, hint)
