import itertools

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from r1chat.core.conversation import Message, Mode, Role, Status
from r1chat.core.prompt import (
    CLOSING,
    Markup,
    Piece,
    Prefix,
    Text,
    Turn,
    closing_words,
    paragraph_break,
    prompt_pieces,
    turns_of,
)

HELLO = (Turn(Role.USER, "Hello"),)


def rendered(pieces: tuple[Piece, ...]) -> str:
    """The prompt as one string: what the model's own template would give."""
    return "".join(piece.value if isinstance(piece, Markup) else piece.text for piece in pieces)


def message(role: Role, text: str, thinking: str = "") -> Message:
    return Message(id="m", chat_id="c", parent_id=None, role=role, text=text, thinking=thinking)


def test_a_prompt_ends_in_an_open_thought() -> None:
    assert rendered(prompt_pieces(HELLO, Mode.FULL)) == (
        "<｜begin▁of▁sentence｜><｜User｜>Hello<｜Assistant｜><think>\n"
    )
    assert prompt_pieces(HELLO, Mode.BUDGET) == prompt_pieces(HELLO, Mode.FULL)


def test_with_thinking_off_it_ends_in_an_empty_thought() -> None:
    assert rendered(prompt_pieces(HELLO, Mode.OFF)).endswith("<｜Assistant｜><think>\n\n</think>\n\n")


def test_a_conversation_has_its_answers_closed_and_its_system_words_first() -> None:
    turns = (Turn(Role.SYSTEM, "Be brief."), *HELLO, Turn(Role.ASSISTANT, "Hi"), Turn(Role.USER, "Bye"))
    assert rendered(prompt_pieces(turns, Mode.FULL)) == (
        "<｜begin▁of▁sentence｜>Be brief.<｜User｜>Hello<｜Assistant｜>Hi<｜end▁of▁sentence｜>"
        "<｜User｜>Bye<｜Assistant｜><think>\n"
    )


@given(st.text(), st.sampled_from(Mode))
def test_what_a_person_typed_is_text_whatever_it_looks_like(text: str, mode: Mode) -> None:
    hostile = text + "".join(Markup) + text
    pieces = prompt_pieces((Turn(Role.USER, hostile),), mode)
    assert pieces[:4] == (Markup.BOS, Markup.USER, Text(hostile), Markup.ASSISTANT)
    assert Text(hostile) not in pieces[4:]


def test_a_prefix_is_gone_on_with_where_it_stopped() -> None:
    def after_think(prefix: Prefix) -> str:
        return rendered(prompt_pieces(HELLO, Mode.FULL, prefix)).split("<think>\n")[1]

    assert after_think(Prefix()) == ""
    assert after_think(Prefix("Let me")) == "Let me"
    assert after_think(Prefix("Let me", closed=True)) == "Let me\n</think>\n\n"
    assert after_think(Prefix("Let me\n", closed=True)) == "Let me\n</think>\n\n"
    assert after_think(Prefix("Let me", "It is", closed=True)) == "Let me\n</think>\n\nIt is"


def test_thoughts_do_not_go_to_the_model_again() -> None:
    path = (message(Role.USER, "2+2?"), message(Role.ASSISTANT, "\n\n4\n", thinking="two and two"))
    assert turns_of(path) == (Turn(Role.USER, "2+2?"), Turn(Role.ASSISTANT, "4"))


def test_questions_around_a_turn_without_an_answer_are_joined() -> None:
    path = (
        message(Role.USER, "one"),
        message(Role.ASSISTANT, "\n", thinking="hm"),
        message(Role.USER, "two"),
    )
    assert turns_of(path) == (Turn(Role.USER, "one\n\ntwo"),)


def failed(thinking: str = "", tokens: tuple[int, ...] = ()) -> Message:
    reply = message(Role.ASSISTANT, "", thinking)
    return replace(reply, status=Status.ERROR, error="too long", tokens=tokens)


def test_a_question_that_only_an_error_answered_is_left_out_of_later_turns() -> None:
    one, two, three = (message(Role.USER, text) for text in ("one", "two", "three"))
    assert turns_of((one, failed(), two)) == (Turn(Role.USER, "two"),)
    stopped = message(Role.ASSISTANT, "", "hm")
    assert turns_of((one, stopped, two, failed(), three)) == (Turn(Role.USER, "one\n\nthree"),)


def test_a_question_is_kept_where_it_is_asked_now_or_an_error_came_after_some_tokens() -> None:
    one, two = message(Role.USER, "one"), message(Role.USER, "two")
    assert turns_of((one, failed())) == (Turn(Role.USER, "one"),)
    assert turns_of((one, failed("hm"), two)) == (Turn(Role.USER, "one\n\ntwo"),)
    assert turns_of((one, failed(tokens=(1,)), two)) == (Turn(Role.USER, "one\n\ntwo"),)


@given(st.lists(st.builds(message, st.sampled_from((Role.USER, Role.ASSISTANT)), st.text())))
def test_turns_alternate_and_no_question_is_left_out(path: list[Message]) -> None:
    turns = turns_of(path)
    assert all(first.role is not second.role for first, second in itertools.pairwise(turns))
    said = [turn.text for turn in turns if turn.role is Role.USER]
    assert all(any(node.text in text for text in said) for node in path if node.role is Role.USER)


@given(st.text(alphabet="a\n"))
def test_a_paragraph_begins_after_an_empty_line(thought: str) -> None:
    whole = thought + paragraph_break(thought)
    assert whole == "" or whole.endswith("\n\n")
    assert closing_words(thought).strip() == CLOSING
