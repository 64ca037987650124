"""What of a sequence is put away, beside a plain list."""

from hypothesis import given
from hypothesis import strategies as st

from r1chat.tui.outside import FAR, NEAR, Outside, Side, Span, far

HEIGHT = 10
MOVES = st.lists(st.tuples(st.booleans(), st.sampled_from(Side), st.integers(0, 9)), max_size=60)


@given(st.integers(0, 60), st.integers(0, 60), MOVES)
def test_nothing_is_lost_and_nothing_changes_its_place(
    count: int, first: int, moves: list[tuple[bool, Side, int]]
) -> None:
    everything = list(range(count))
    outside, middle = Outside(everything[:first]), everything[first:]
    for takes, side, some in moves:
        if takes:
            taken = list(outside.take(side, some))
            middle = taken + middle if side is Side.ABOVE else middle + taken
        elif side is Side.ABOVE:
            outside.put(side, middle[:some])
            middle = middle[some:]
        else:
            kept = max(0, len(middle) - some)
            outside.put(side, middle[kept:])
            middle = middle[:kept]
        assert [*outside.above, *middle, *outside.below] == everything


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(0, 400), st.sampled_from(Side))
def test_what_is_put_away_is_far_and_what_is_near_is_wanted(heights: list[int], top: int, side: Side) -> None:
    spans, at = [], 0
    for height in heights:
        spans.append(Span(at, at + height))
        at += height
    seen = Span(top, top + HEIGHT)
    count = far(spans, seen, side)
    gone = spans[:count] if side is Side.ABOVE else spans[len(spans) - count :]
    for span in gone:
        away = seen.top - span.bottom if side is Side.ABOVE else span.top - seen.bottom
        assert away > FAR * HEIGHT
    left = spans[count:] if side is Side.ABOVE else spans[: len(spans) - count]
    if count and left:
        outside = Outside([1], []) if side is Side.ABOVE else Outside([], [1])
        moved = Span(seen.top - left[0].top, seen.bottom - left[0].top)
        assert outside.wanted(moved, left[-1].bottom - left[0].top) is None
    assert FAR > NEAR  # else what was put away would be wanted at once
