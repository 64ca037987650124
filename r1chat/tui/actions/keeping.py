"""What is done to the open chat as it is kept."""

from typing import TYPE_CHECKING

from r1chat.tui.actions.action import Action
from r1chat.tui.keeping import tags_of

if TYPE_CHECKING:
    from r1chat.tui.screens.chat import ChatScreen


def _with(verb: str, *, typed: bool = False) -> Action:
    """Does it to the open chat; `typed`: where no words follow the command, they are asked for."""

    async def action(screen: "ChatScreen", words: str) -> None:
        conversation = screen.session.conversation
        if conversation is None:
            screen.tell("Nothing was asked in this chat yet, so it is not kept.")
        elif screen.session.unlisted and verb != "export":
            why = "private" if screen.session.private else "not saved"
            screen.tell(f"This chat is {why}: it is not kept. /export writes it to a file.")
        elif typed and not words:
            screen.sidebar.ask(verb, conversation.chat)
        else:
            screen.keep(verb, conversation.chat, words)

    return action


async def tag(screen: "ChatScreen", words: str) -> None:
    """Give the open chat tags, or take them away; the others stay."""
    conversation = screen.session.conversation
    if conversation is None or screen.session.unlisted or not words:
        await _with("tag", typed=True)(screen, words)
        return
    tags = set(conversation.chat.tags) ^ set(tags_of(words))
    screen.keep("tag", conversation.chat, ", ".join(sorted(tags)))


async def undelete(screen: "ChatScreen", _words: str) -> None:
    """Bring back the chat that was deleted last."""
    chat = screen.bin.take_back()
    if chat is None:
        screen.tell("There is no deleted chat to bring back.")
        return
    screen.app.clear_notifications()
    if screen.chat_id is None and not screen.session.unlisted and screen.may_leave():
        screen.reopen(chat.id)
    else:
        screen.refresh_chats()


KEEPING: dict[str, Action] = {
    "rename": _with("rename", typed=True),
    "pin": _with("pin"),
    "archive": _with("archive"),
    "tag": tag,
    "duplicate": _with("duplicate"),
    "export": _with("export"),
    "delete": _with("delete"),
    "undelete": undelete,
}
