"""How rows are split into batches."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.events import AnswerDelta, ThinkingDelta
from r1chat.engine.worker.capi import Aborted
from r1chat.engine.worker.multiples import Group, Multiples, measured
from tests.engine.bench import Bench, question

FOURS = (196, 372, 467, 311, 538, 600, 620, 645)
"""Milliseconds of 1 to 8 rows, as once measured on a CPU whose kernels take rows in fours."""


def test_without_costs_all_rows_go_into_one_batch() -> None:
    assert Multiples().groups(5) == (Group(5, 0),)
    assert Multiples(FOURS).groups(12) == (Group(12, 0),)


def test_a_group_is_filled_up_where_that_is_quicker() -> None:
    likes_fours = Multiples(FOURS)
    assert likes_fours.groups(1) == (Group(1, 0),)
    assert likes_fours.groups(2) == (Group(2, 2),)
    assert likes_fours.groups(3) == (Group(3, 1),)
    assert likes_fours.groups(4) == (Group(4, 0),)
    assert sorted(likes_fours.groups(5)) == [Group(1, 0), Group(4, 0)]
    assert likes_fours.groups(8) == (Group(4, 0), Group(4, 0))


@given(st.lists(st.floats(0.01, 100), min_size=8, max_size=8), st.integers(1, 8))
def test_every_row_is_in_one_batch_and_none_costs_more_than_one_by_one(
    costs: list[float], count: int
) -> None:
    groups = Multiples(costs).groups(count)
    assert sum(group.size for group in groups) == count
    assert all(group.size + group.fillers <= 8 for group in groups)
    total = sum(costs[group.size + group.fillers - 1] for group in groups)
    assert total <= costs[count - 1] * 1.001
    assert count == 1 or total <= count * costs[0] * 1.001


def test_costs_are_measured_once_and_kept(tmp_path: Path) -> None:
    asked: list[int] = []
    file = tmp_path / "cache" / "costs.json"
    first = measured(file, 8, asked.append)
    assert set(asked) == set(range(1, 9))
    asked.clear()
    assert measured(file, 8, asked.append).costs == first.costs
    assert not asked


@pytest.mark.parametrize("kept", ["", "[1, 2]", "[0, 1, 1, 1, 1, 1, 1, 1]", "{}", '["a"]'])
def test_costs_that_make_no_sense_are_measured_anew(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "costs.json"
    file.write_text(kept)
    assert len(measured(file, 8, lambda _rows: None).costs) == 8


def test_costs_are_not_kept_where_measuring_was_interrupted(tmp_path: Path) -> None:
    def interrupted(rows: int) -> None:
        if rows == 3:
            raise Aborted

    with pytest.raises(Aborted):
        measured(tmp_path / "costs.json", 8, interrupted)
    assert not (tmp_path / "costs.json").exists()


def test_samples_in_groups_with_fillers_say_what_the_model_says_and_leave_no_cell_behind() -> None:
    bench = Bench(n_ctx=1024)
    try:
        alone, _ = bench.ask(question("Compute 47 + 386.", max_tokens=40))
        bench.kv.multiples = lambda: Multiples(FOURS)
        for count in (3, 5, 8):
            bench.ask(question("Compute 47 + 386.", max_tokens=40, samples=count))
            said = dict.fromkeys(range(count), ())
            for event in bench.wire.sent:
                if isinstance(event, ThinkingDelta | AnswerDelta):
                    said[event.sample] += event.tokens
            assert set(said.values()) == {alone}
        assert not any(branch.ids for branch in bench.kv.branches if not branch.used)
        bench.kv.context.rehearse(8)
        assert bench.ask(question("Compute 47 + 386.", max_tokens=40))[0] == alone
    finally:
        bench.loaded.close()
