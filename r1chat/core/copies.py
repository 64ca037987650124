"""A conversation once more, under ids of its own."""

from collections.abc import Callable

from msgspec.structs import replace

from r1chat.core.conversation import Conversation, Message, Status


def copied(conversation: Conversation, new_id: Callable[[], str]) -> Conversation:
    """The same tree as another chat, neither pinned nor archived; what is being written ends where it is."""
    chat = conversation.chat
    ids = {message.id: new_id() for message in conversation.messages}
    chat_id = new_id()

    def copy(message: Message) -> Message:
        running = message.status is Status.PARTIAL
        return replace(
            message,
            id=ids[message.id],
            chat_id=chat_id,
            parent_id=ids.get(message.parent_id or ""),
            forked_from=ids.get(message.forked_from or "", message.forked_from),
            status=Status.CANCELLED if running else message.status,
            elsewhere=False,
        )

    head = replace(
        chat,
        id=chat_id,
        title=f"{chat.title} (copy)".strip(),
        active_leaf=ids.get(chat.active_leaf or ""),
        pinned=False,
        archived=False,
    )
    return Conversation(head, tuple(map(copy, conversation.messages)))
