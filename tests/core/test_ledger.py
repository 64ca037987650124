from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Mode, Role, Thinking
from r1chat.core.ledger import (
    MIN_THOUGHT,
    Claim,
    Overflow,
    Refusal,
    Room,
    answer_reserve,
    claim,
    make_room,
)
from r1chat.core.prompt import Prefix, Turn


def words(turns: Sequence[Turn]) -> int:
    return sum(len(turn.text.split()) + 1 for turn in turns)


def chat(*sizes: int, system: int = 0) -> tuple[Turn, ...]:
    """Turns of so many words, the system's first."""
    roles = (Role.USER, Role.ASSISTANT)
    said = tuple(Turn(roles[i % 2], f"t{i} " + "w " * (size - 2)) for i, size in enumerate(sizes))
    return (Turn(Role.SYSTEM, "s " * (system - 1)), *said) if system else said


NEED = Claim(n_ctx=1000, begun=3, thought=64, reserve=100, ease=250)


def test_what_fits_is_left_as_it_is() -> None:
    turns = chat(100, 100, 100)
    assert make_room(turns, words, NEED, Overflow.REFUSE) == Room(turns)


def test_what_does_not_fit_is_refused_with_its_figures_and_what_to_do() -> None:
    refusal = make_room(chat(300, 400, 200, system=10), words, NEED, Overflow.REFUSE)
    assert isinstance(refusal, Refusal)
    assert refusal.message == (
        "The conversation takes 913 of the context's 1,000 tokens (the system's words 10, earlier turns 700, "
        "the question 200), and a reply needs at least 164 more."
    )
    assert "drop-oldest" in refusal.hint


def test_a_question_that_is_too_long_by_itself_is_refused_in_either_way() -> None:
    for overflow in Overflow:
        refusal = make_room(chat(10, 10, 900), words, NEED, overflow)
        assert isinstance(refusal, Refusal)
        assert refusal.hint.startswith("Shorten the question")


def test_the_oldest_turns_are_left_out_whole_and_named() -> None:
    turns = chat(100, 200, 100, 200, 100, 150, 90, system=10)
    room = make_room(turns, words, NEED, Overflow.DROP_OLDEST)
    assert isinstance(room, Room)
    assert room.turns == (turns[0], *turns[5:])
    assert [left.tokens for left in room.left_out] == [300, 300]
    assert room.left_out[0].question.startswith("t0 w w")


def test_a_conversation_that_grows_loses_turns_in_steps_so_that_prompts_begin_alike() -> None:
    sizes = [30, 40] * 60
    starts = []
    for count in range(21, 120, 2):
        room = make_room(chat(*sizes[:count]), words, NEED, Overflow.DROP_OLDEST)
        assert isinstance(room, Room)
        starts.append(len(room.left_out))
    assert starts == sorted(starts)
    assert len(set(starts)) * 3 < len(starts)


def test_a_reply_claims_room_for_thought_and_answer() -> None:
    assert answer_reserve(Thinking(), 16_384) == 512
    assert answer_reserve(Thinking(), 1024) == 128
    full = claim(4096, 3, Thinking(), None, None, floor=16)
    assert (full.thought, full.reserve, full.ease) == (MIN_THOUGHT, 512, 1024)
    budget = claim(4096, 3, Thinking(Mode.BUDGET, 300), None, None, floor=16)
    assert (budget.thought, budget.ease) == (MIN_THOUGHT, 300)


@pytest.mark.parametrize(
    ("thinking", "prefix"), [(Thinking(Mode.OFF), None), (Thinking(), Prefix("so", closed=True))]
)
def test_a_reply_that_thinks_no_more_claims_room_for_its_answer_only(
    thinking: Thinking, prefix: Prefix | None
) -> None:
    assert claim(4096, 3, thinking, prefix, None, floor=16).least == 512


def test_a_short_reply_claims_no_more_than_it_may_have() -> None:
    assert claim(4096, 3, Thinking(), None, 20, floor=16).least == 20
    assert claim(4096, 3, Thinking(reserve=0), None, 5, floor=16).least == 16
    assert claim(4096, 3, Thinking(), None, None, floor=5000).least == 5000


@given(
    st.lists(st.integers(2, 400), min_size=1, max_size=21).filter(lambda sizes: len(sizes) % 2 == 1),
    st.integers(0, 300),
    st.sampled_from(Overflow),
    st.sampled_from((Thinking(), Thinking(Mode.OFF), Thinking(Mode.BUDGET, 700))),
)
def test_room_is_room_and_only_old_turns_make_it(
    sizes: list[int], system: int, overflow: Overflow, thinking: Thinking
) -> None:
    turns = chat(*sizes, system=system)
    need = claim(1000, 3, thinking, None, None, floor=16)
    found = make_room(turns, words, need, overflow)
    fits = words(turns) + 3 + need.least <= 1000
    match found:
        case Room(kept, left_out):
            assert words(kept) + 3 + need.least <= 1000
            assert kept[-1] == turns[-1]
            assert len(turns) - len(kept) == 2 * len(left_out)
            assert sum(left.tokens for left in left_out) == words(turns) - words(kept)
            assert fits is (not left_out)
        case Refusal():
            bare = [turn for turn in turns if turn.role is Role.SYSTEM] + [turns[-1]]
            assert not fits
            assert overflow is Overflow.REFUSE or words(bare) + 3 + need.least > 1000
