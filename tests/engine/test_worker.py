"""The worker's parts that need no model."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import ThoughtEnd
from r1chat.core.landing import Landing
from r1chat.engine.worker.inspect import inspect
from r1chat.engine.worker.plan import plan_threads
from r1chat.engine.worker.stopping import StopStrings
from r1chat.paths import tiny_model

CLOSING = 12


def landed(landing: Landing, line_every: int = 1000) -> int:
    return next(n for n in range(100_000) if landing.due(n, line_ended=n % line_every == 0 and n > 0))


def test_a_budget_is_kept_with_its_closing_words() -> None:
    landing = Landing(Thinking(Mode.BUDGET, 300), room=4000, closing=CLOSING)
    assert landed(landing) + CLOSING == 300
    assert landing.end is ThoughtEnd.BUDGET


def test_a_line_break_near_the_end_is_where_it_lands() -> None:
    landing = Landing(Thinking(Mode.BUDGET, 812), room=4000, closing=CLOSING)
    assert landed(landing, line_every=50) == 700


def test_a_full_thought_leaves_its_reserve_of_the_room() -> None:
    landing = Landing(Thinking(reserve=512), room=4000, closing=CLOSING)
    assert landed(landing) + CLOSING + 512 == 4000
    assert landing.end is ThoughtEnd.LENGTH


def test_a_context_keeps_its_reserve_of_a_small_room_too() -> None:
    landing = Landing(Thinking(reserve=512), room=300, closing=CLOSING, reserved=128, end=ThoughtEnd.CONTEXT)
    assert landed(landing) + CLOSING + 128 == 300
    assert landing.end is ThoughtEnd.CONTEXT


def test_a_small_room_is_shared_and_a_tiny_one_is_not_landed_in() -> None:
    assert landed(Landing(Thinking(reserve=512), room=90, closing=CLOSING)) + CLOSING == 60
    assert landed(Landing(Thinking(reserve=512), room=20, closing=CLOSING)) == 20


def test_a_small_budget_is_kept_without_a_sentence() -> None:
    for budget in (0, 1, 5, 20, 24):
        landing = Landing(Thinking(Mode.BUDGET, budget), room=4000, closing=CLOSING)
        assert landing.wordless
        assert landed(landing) <= budget
    assert not Landing(Thinking(Mode.BUDGET, 25), room=4000, closing=CLOSING).wordless


def test_a_thought_that_is_gone_on_with_counts_towards_its_budget_and_not_towards_the_room() -> None:
    assert landed(Landing(Thinking(Mode.BUDGET, 300), room=4000, closing=CLOSING, before=100)) == 188
    assert landed(Landing(Thinking(reserve=50), room=200, closing=CLOSING, before=1000)) == 138


@given(st.integers(0, 5000), st.integers(17, 20_000), st.integers(0, 2000), st.integers(1, 40))
def test_a_thought_never_outgrows_its_room(budget: int, room: int, reserve: int, closing: int) -> None:
    for mode in (Mode.FULL, Mode.BUDGET):
        landing = Landing(Thinking(mode, budget, reserve), room, closing)
        assert landing.due(room, line_ended=False)


@given(st.lists(st.text("ab\n", max_size=4), max_size=12), st.text("ab\n", min_size=1, max_size=3))
def test_stop_strings_cut_as_if_the_text_had_come_whole(pieces: list[str], stop: str) -> None:
    strings, said, hit = StopStrings([stop]), "", False
    for piece in pieces:
        text, hit = strings.feed(piece)
        said += text
        if hit:
            break
    said += strings.rest()
    whole = "".join(pieces)
    assert hit == (stop in whole)
    assert said == (whole[: whole.index(stop)] if hit else whole)


def test_threads_are_at_least_one_and_a_small_model_takes_one() -> None:
    assert plan_threads(1 << 20) == 1
    assert plan_threads(1 << 40) >= 1


def test_a_files_fingerprint_follows_its_bytes(tmp_path: Path) -> None:
    data = bytearray(tiny_model().read_bytes())
    same, other = tmp_path / "same.gguf", tmp_path / "other.gguf"
    same.write_bytes(data)
    data[-10] ^= 1
    other.write_bytes(data)
    assert inspect(same).fingerprint == inspect(tiny_model()).fingerprint != inspect(other).fingerprint
