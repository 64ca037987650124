from itertools import count

from r1chat.core.conversation import Chat, Conversation, Message, Role, Status
from r1chat.core.copies import copied


def test_a_copy_has_the_same_shape_under_ids_of_its_own() -> None:
    asked = Message(id="q", chat_id="c", parent_id=None, role=Role.USER, text="?")
    first = Message(id="a", chat_id="c", parent_id="q", role=Role.ASSISTANT, text="1")
    second = Message(
        id="b", chat_id="c", parent_id="q", role=Role.ASSISTANT, forked_from="a", status=Status.PARTIAL
    )
    astray = Message(id="d", chat_id="c", parent_id="q", role=Role.ASSISTANT, forked_from="deleted")
    chat = Chat(id="c", title="T", active_leaf="b", pinned=True, archived=True, tags=("x",))
    numbers = count()
    copy = copied(Conversation(chat, (asked, first, second, astray)), lambda: f"n{next(numbers)}")
    ids = [message.id for message in copy.messages]
    assert len({*ids, copy.chat.id}) == 5
    assert [message.parent_id for message in copy.messages] == [None, ids[0], ids[0], ids[0]]
    assert [message.forked_from for message in copy.messages] == [None, None, ids[1], "deleted"]
    assert copy.messages[2].status is Status.CANCELLED  # nobody goes on writing it
    assert {message.chat_id for message in copy.messages} == {copy.chat.id}
    assert (copy.chat.active_leaf, copy.chat.title, copy.chat.tags) == (ids[2], "T (copy)", ("x",))
    assert not copy.chat.pinned
    assert not copy.chat.archived
