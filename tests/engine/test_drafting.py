"""Drafts: what is proposed, what is wagered on it, and that the words stay the model's own."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.engine.worker.ngram import LONGEST, SHORTEST, Match, Ngrams
from r1chat.engine.worker.wager import FULL, MODEL, SHARE, Wager

ids = st.lists(st.integers(0, 3), max_size=60)


def indexed(text: list[int]) -> Ngrams:
    index = Ngrams()
    index.add(text)
    return index


def agreement(text: list[int], place: int) -> int:
    """How many tokens before `place` agree with the text's end."""
    pairs = zip(reversed(text[:place]), reversed(text), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b or n == LONGEST), place)


def test_a_text_that_repeats_itself_is_drafted_as_it_went_on() -> None:
    index = indexed([1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4])
    match = index.match()
    assert match == Match(4, 3)
    assert index.draft(Match(4, 3), 3) == [5, 6, 7]


def test_a_longer_agreement_goes_before_a_newer_and_a_newer_before_an_older() -> None:
    assert indexed([9, 1, 2, 3, 4, 8, 1, 2, 3, 5, 9, 1, 2, 3]).match() == Match(4, 4)
    assert indexed([9, 1, 2, 3, 4, 8, 1, 2, 3, 5, 7, 1, 2, 3]).match() == Match(9, 3)


def test_a_cycle_is_drafted_round_and_round() -> None:
    index = indexed([1, 2, 3, 4, 1, 2, 3, 4, 1, 2])
    match = index.match()
    assert match is not None
    assert index.draft(match, 7) == [3, 4, 1, 2, 3, 4, 1]


@given(ids, st.lists(st.tuples(st.integers(0, 60), ids), max_size=5))
def test_an_index_that_was_cut_back_is_as_one_of_the_shorter_text(
    text: list[int], changes: list[tuple[int, list[int]]]
) -> None:
    index = indexed(text)
    for length, more in changes:
        index.cut(length)
        text = text[:length] + more
        index.add(more)
        fresh = indexed(text)
        assert len(index) == len(fresh) == len(text)
        assert index.match() == fresh.match()
        assert vars(index) == vars(fresh)


@given(ids)
def test_a_match_is_a_place_that_agrees(text: list[int]) -> None:
    match = indexed(text).match()
    places = [place for place in range(SHORTEST, len(text)) if agreement(text, place) >= SHORTEST]
    assert (match is None) == (not places)
    if match is not None:
        assert match.length == agreement(text, match.start)


class Machine:
    """Decodes in simulated time, with drafts of luck `chance`; `costs` are of batches, in singles."""

    def __init__(self, costs: dict[int, float], kind: int = LONGEST, seed: int = 1) -> None:
        self.wager = Wager()
        self.tokens, self.seconds, self.batches = 0, 0.0, 0
        self._costs, self._kind, self._rng = costs, kind, random.Random(seed)

    def decode(self, tokens: int, chance: float, single: float = 0.05) -> float:
        """Decode about so many tokens; returns the singles saved."""
        before, start = self.tokens, self.seconds
        while self.tokens < before + tokens:
            bet = self.wager.choose([self._kind])
            if bet is None:
                seconds, made = single, 1
                self.wager.tell_single(seconds)
            else:
                hits = (self._rng.random() < chance for _ in range(bet.tokens))
                accepted = next((n for n, hit in enumerate(hits) if not hit), bet.tokens)
                seconds, made = single * self._costs[bet.tokens + 1], 1 + accepted
                self.wager.tell_batch(bet.kind, bet.tokens, accepted, seconds)
                self.batches += 1
            self.tokens += made
            self.seconds += seconds
        return (self.tokens - before) - (self.seconds - start) / single


CPU = {4: 1.55, 8: 3.5}
GPU = {4: 1.05, 8: 1.1}
HOPELESS = {4: 4.0, 8: 8.0}


@pytest.mark.parametrize("costs", [CPU, GPU, HOPELESS])
@pytest.mark.parametrize("chance", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("kind", [MODEL, 3, 8])
def test_drafts_never_lose_more_than_the_purse(costs: dict[int, float], chance: float, kind: int) -> None:
    machine = Machine(costs, kind)
    saved = machine.decode(5000, chance)
    assert saved >= -(SHARE * 5000 + costs[8] / 2)


@pytest.mark.parametrize(("costs", "chance", "least"), [(CPU, 0.9, 0.4), (GPU, 0.9, 0.7), (GPU, 0.5, 0.4)])
def test_drafts_that_pay_are_used(costs: dict[int, float], chance: float, least: float) -> None:
    machine = Machine(costs)
    machine.decode(1000, chance)
    assert machine.decode(2000, chance) > least * 2000


def test_larger_batches_are_found_where_they_pay() -> None:
    machine = Machine(GPU)
    machine.decode(1000, 0.95)
    bet = machine.wager.choose([LONGEST])
    assert bet is not None
    assert bet.tokens == 7


def test_drafting_ends_when_the_text_turns_and_comes_back_when_it_turns_again() -> None:
    machine = Machine(CPU)
    machine.decode(2000, 0.9)
    before = machine.batches
    assert machine.decode(4000, 0.05) >= -(FULL + SHARE * 4000)
    assert machine.batches - before < 120
    machine.decode(4000, 0.9)
    assert machine.decode(2000, 0.9) > 0.4 * 2000


def test_a_stall_of_the_machine_does_not_end_drafting() -> None:
    machine = Machine(CPU)
    machine.decode(1000, 0.9)
    machine.wager.tell_batch(LONGEST, 3, 3, 60.0)
    machine.decode(500, 0.9)
    assert machine.decode(1000, 0.9) > 0.4 * 1000


def test_a_machine_that_slows_down_is_measured_anew() -> None:
    machine = Machine(CPU)
    for before, now in pairwise([0.01, 0.02, 0.05, 0.02]):
        machine.decode(1000, 0.9, before)
        machine.decode(500, 0.9, now)
        assert machine.decode(1000, 0.9, now) > 0.4 * 1000
