"""A chat as Markdown: the branch that is looked at, thoughts folded away or left out."""

import html
import re
from collections.abc import Iterator

from r1chat.core.conversation import Conversation, Message, Role, Status

_OPENING = re.compile(r"```|~~~|<")
_ENDED = {
    Status.PARTIAL: "unfinished",
    Status.COMPLETE: "",
    Status.CANCELLED: "stopped",
    Status.ERROR: "failed",
}


def markdown(conversation: Conversation, *, with_thinking: bool) -> str:
    """The active branch. A thought stands in `<details>`, which readers of Markdown fold."""
    title = " ".join(conversation.chat.title.split()) or "Chat"
    return "\n\n".join((f"# {title}", *_blocks(conversation, with_thinking=with_thinking))) + "\n"


def speaker(message: Message) -> str:
    """Who said it, and how it ended where that was not as meant."""
    if message.role is Role.SYSTEM:
        return "System"
    if message.role is Role.USER:
        return "You"
    mark = _ENDED[message.status]
    return (message.model or "Assistant") + (f" ({mark})" if mark else "")


def _blocks(conversation: Conversation, *, with_thinking: bool) -> Iterator[str]:
    for message in conversation.path():
        yield f"## {speaker(message)}"
        if with_thinking and message.thinking.strip():
            yield "<details>\n<summary>Thought</summary>"
            yield _fenced(message.thinking.strip("\n"))
            yield "</details>"
        if message.text.strip():
            yield _closed(message.text.strip("\n"))
        if message.error:
            yield f"> {html.escape(' '.join(message.error.split()), quote=False)}"


def _closed(text: str) -> str:
    """Markdown that leaves nothing open; what has neither fences nor HTML leaves nothing open."""
    if not _OPENING.search(text):
        return text
    from r1chat.export.closing import closed

    return closed(text)


def _fenced(text: str) -> str:
    """Text as it is: a thought is no Markdown, and must not close what stands around it."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"
