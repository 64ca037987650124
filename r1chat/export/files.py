"""A chat as a file: the ending of its name says in which form."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from r1chat.core.conversation import Chat, Conversation
from r1chat.errors import UsageError
from r1chat.export.markdown import markdown
from r1chat.export.own import archive

_LONGEST = 60
"""Characters of a name that is made from a title."""


def default_name(chat: Chat) -> str:
    """A name made from the title: letters, digits and hyphens of any writing, safe on every system."""
    words = unicodedata.normalize("NFC", chat.title)
    name = re.sub(r"[^\w]+", "-", words).strip("-_")[:_LONGEST].strip("-_")
    return f"{name or 'chat'}.md"


def free_name(chat: Chat) -> str:
    """The same, with a number where the folder that one is in has such a file already."""
    name = default_name(chat)
    numbered = (f"{name.removesuffix('.md')}-{number}.md" for number in count(2))
    return name if not Path(name).exists() else next(each for each in numbered if not Path(each).exists())


def write(conversation: Conversation, name: str) -> Path:
    """Write a chat to a new file, for this user alone; returns where. Thoughts are in it, folded away.

    Raises UsageError for an ending that means nothing, for a file that is there already, and where nothing
    can be written.
    """
    path = Path(os.path.expanduser(name)).absolute()
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"{path.name} does not say in which form.", "End it in .md, .html or .json.")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already; it was not touched.", "Choose another name.") from error
    except OSError as error:
        raise _refused(path, error.strerror) from error
    except ValueError as error:
        raise _refused(path, "no file can be called so") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.writelines(form(conversation))
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _refused(path, error.strerror) from error
    return path


def _refused(path: Path, why: str | None) -> UsageError:
    return UsageError(f"{path} cannot be written: {why}.", "Choose another place for it.")


def _markdown(conversation: Conversation) -> Iterator[str]:
    yield markdown(conversation, with_thinking=True)


def _html(conversation: Conversation) -> Iterator[str]:
    from r1chat.export.html import page

    yield page(conversation, with_thinking=True)


def _json(conversation: Conversation) -> Iterator[str]:
    return archive((conversation,))


_FORMS: dict[str, Callable[[Conversation], Iterator[str]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".json": _json,
}
