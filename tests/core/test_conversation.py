import itertools

from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Chat, Conversation, Message, Role, newest_leaf, title_of


def message(name: str, parent: str | None, role: Role = Role.USER) -> Message:
    return Message(id=name, chat_id="c", parent_id=parent, role=role, text=name)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Message, ...]:
    """Every message below one that is older, or at the root."""
    nodes: list[Message] = []
    for number in range(draw(st.integers(1, 30))):
        parent = draw(st.none() | st.sampled_from(nodes)) if nodes else None
        nodes.append(message(str(number), parent.id if parent else None))
    return tuple(nodes)


def conversation(messages: tuple[Message, ...], leaf: str | None = None) -> Conversation:
    return Conversation(Chat(id="c", active_leaf=leaf), messages)


@given(trees())
def test_a_path_leads_from_a_root_by_parents_to_its_leaf(messages: tuple[Message, ...]) -> None:
    for leaf in messages:
        path = conversation(messages, leaf.id).path()
        assert path[0].parent_id is None
        assert path[-1] == leaf
        assert all(child.parent_id == parent.id for parent, child in itertools.pairwise(path))


@given(trees())
def test_the_newest_leaf_below_a_message_is_the_youngest_without_children(
    messages: tuple[Message, ...],
) -> None:
    parents = {node.parent_id for node in messages}
    for root in messages:
        leaf = newest_leaf(messages, root.id)
        below = [
            node
            for node in messages
            if node.id not in parents and root in conversation(messages).path(node.id)
        ]
        assert leaf == below[-1].id
    assert newest_leaf(messages) == next(node.id for node in reversed(messages) if node.id not in parents)


@given(trees())
def test_siblings_of_a_tree_share_it_among_them(messages: tuple[Message, ...]) -> None:
    groups = {conversation(messages).siblings(node) for node in messages}
    assert sorted(node.id for group in groups for node in group) == sorted(node.id for node in messages)


def test_siblings_are_of_one_role() -> None:
    question = message("q", None)
    answer = message("a", None, Role.ASSISTANT)
    assert conversation((question, answer)).siblings(question) == (question,)


def test_an_empty_chat_has_no_path_and_no_leaf() -> None:
    assert conversation(()).path() == ()
    assert newest_leaf(()) is None


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    assert conversation((message("a", None),), "gone").path() == ()


def test_a_circle_in_a_damaged_store_has_an_end() -> None:
    circle = (message("a", "b"), message("b", "a"))
    assert len(conversation(circle, "a").path()) == 2
    assert newest_leaf(circle, "a") == "a"


def test_a_title_is_the_first_line_with_words() -> None:
    assert title_of("\n \n  What  is\tthis? \nMore.") == "What is this?"
    assert title_of("") == ""


def test_a_long_title_is_cut_between_words() -> None:
    assert title_of("one two, three four", limit=12) == "one two…"
    assert title_of("x" * 100, limit=10) == "x" * 10 + "…"


@given(st.text())
def test_a_title_is_one_short_line(text: str) -> None:
    title = title_of(text)
    assert len(title) <= 61
    assert len(title.splitlines()) <= 1
