import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.loops import (
    AFTER,
    COPIES,
    IN_THOUGHT,
    MAX_PERIOD,
    MIN_PERIOD,
    SHORT,
    LoopFinder,
    cycle_start,
)

PROSE = tuple(range(1000, 1000 + AFTER))
"""A beginning in which nothing is said twice."""


def naive(ids: Sequence[int], span: int = 0) -> int:
    """The period of the cycle at the end, by looking at every one."""
    for period in range(1, MAX_PERIOD + 1):
        least = max(span, COPIES * period if period >= MIN_PERIOD else SHORT)
        block = ids[-period:]
        multiple = any(block == block[:q] * (period // q) for q in range(1, min(MIN_PERIOD, period)))
        if AFTER <= len(ids) >= least and not (multiple and period >= MIN_PERIOD):
            end = ids[len(ids) - least :]
            if all(end[i] == end[i + period] for i in range(len(end) - period)):
                return period
    return 0


def seen(ids: Sequence[int], finder: LoopFinder | None = None) -> tuple[int, int]:
    """After how many tokens a cycle is seen first, and its period."""
    finder = finder or LoopFinder()
    periods = map(finder.feed, ids)
    return next(((count, period) for count, period in enumerate(periods, 1) if period), (0, 0))


@pytest.mark.parametrize("period", [4, 5, 7, 16, 63, 100, 255, 256])
def test_a_cycle_is_seen_within_one_period_of_its_third_copy(period: int) -> None:
    ids = PROSE + tuple(range(period)) * 5
    third = AFTER + COPIES * period
    count, found = seen(ids)
    assert third <= count < third + period
    assert found == period
    assert cycle_start(ids[:count], found) == AFTER


def test_a_cycle_in_the_beginning_is_seen_when_the_beginning_is_over() -> None:
    count, period = seen(tuple(range(10)) * 100)
    assert (count, period) == (AFTER, 10)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_the_shortest_cycles_are_seen_once_they_are_long(period: int) -> None:
    ids = PROSE + tuple(range(period)) * 100
    assert SHORT <= seen(ids)[0] - AFTER < SHORT + MIN_PERIOD
    assert seen(ids[: AFTER + SHORT - 1]) == (0, 0)


NEARLY = {
    "sums": "".join(f"{n} + {n + 1} = {2 * n + 1}. " for n in range(200)),
    "table": "".join(f"| {n:04d} | 0 | 0 | 0 | {n % 7} |\n" for n in range(150)),
    "steps": "".join(f"Step {n}: so the next is {n * n}.\n" for n in range(200)),
    "decimals": "1/3 = 0." + "3" * 50 + ", 1/7 = 0." + "142857" * 7 + ", and so on. " + "x" * 60,
    "rule": "| --- | --- | --- | --- | --- | --- |\n",
}
"""Texts that repeat for a while, a token for each character."""


@pytest.mark.parametrize("kind", NEARLY)
def test_what_nearly_repeats_is_no_loop_of_a_thought(kind: str) -> None:
    assert seen(PROSE + tuple(map(ord, NEARLY[kind])), LoopFinder(span=IN_THOUGHT)) == (0, 0)


def test_two_copies_are_no_cycle() -> None:
    assert seen(PROSE + tuple(range(50)) * 2 + PROSE) == (0, 0)


def test_a_longer_span_may_be_asked_for() -> None:
    ids = PROSE + tuple(range(10)) * 60
    assert 400 <= seen(ids, LoopFinder(span=400))[0] - AFTER < 410
    assert seen(ids * 9, LoopFinder(span=2000))[0] == 0
    assert 2000 <= seen(PROSE + ids[AFTER:] * 4, LoopFinder(span=2000))[0] - AFTER < 2010


def test_a_text_that_began_elsewhere_counts_from_its_beginning() -> None:
    looping = PROSE + tuple(range(20)) * 3
    assert seen(range(20), LoopFinder(looping))[0] <= 4


@st.composite
def texts(draw: st.DrawFn) -> tuple[int, ...]:
    """Texts full of repeats: blocks said a few times, whole or in part, with noise between."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    few = rng.choice((2, 3, 40, 152_000))
    ids = [rng.randrange(few) for _ in range(draw(st.integers(0, 600)))]
    for _ in range(draw(st.integers(1, 6))):
        block = [rng.randrange(few) for _ in range(rng.choice((1, 2, 3, 4, 5, 12, 33, 120, 256)))]
        length = draw(st.integers(1, 4 * len(block) + 9))
        ids += (block * 6)[:length]
    return tuple(ids)


@given(texts())
def test_the_finder_agrees_with_a_naive_one_wherever_it_looks(ids: tuple[int, ...]) -> None:
    finder = LoopFinder()
    for count, token in enumerate(ids, 1):
        found = finder.feed(token)
        if count % MIN_PERIOD == 0 and count >= AFTER:
            assert found == naive(ids[:count])
        else:
            assert found == 0


@given(texts(), st.integers(MIN_PERIOD, MAX_PERIOD), st.randoms(use_true_random=False))
def test_any_cycle_is_seen_within_one_period(ids: tuple[int, ...], period: int, rng: random.Random) -> None:
    block = [rng.randrange(152_000) for _ in range(period)]
    whole = [*ids, *block * 6]
    third = max(AFTER, len(ids) + COPIES * period)
    finder = LoopFinder(ids)
    found = [finder.feed(token) for token in whole[len(ids) :]]
    assert any(found[max(0, third - len(ids) - 1) :][:period]) or third + period > len(whole)


@given(texts(), st.integers(MIN_PERIOD, 40), st.integers(0, 30))
def test_a_cycle_begins_where_the_text_before_it_ends(ids: tuple[int, ...], period: int, more: int) -> None:
    block = list(range(-period, 0))  # of no other text
    whole = [*ids, *(block * 5)[: 3 * period + more]]
    assert cycle_start(whole, period) == len(ids)
    assert cycle_start(whole, period, floor=len(ids) + 2) == len(ids) + 2
