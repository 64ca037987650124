from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.thinking import Channel
from r1chat.engine.sse import MAX_EVENT, Events, ThoughtInText, TooLong

PIECES = st.sampled_from(
    ["<think>", "</think>", "<", "/think>", "\n", "\n\n", " ", "so", "é", "四", "</thin"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


def split(pieces: list[str], *, opened: bool) -> tuple[str, str, int]:
    text = ThoughtInText(opened=opened)
    splits = [found for piece in pieces for found in text.answer(piece)] + list(text.finish())
    said = {channel: "".join(one.text for one in splits if one.channel is channel) for channel in Channel}
    return said[Channel.THINKING], said[Channel.ANSWER], sum(one.closed for one in splits)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0)))
def test_events_are_the_same_however_the_stream_is_cut(texts: list[str], end: str, places: list[int]) -> None:
    flat = [text.replace("\n", " ") for text in texts]
    stream = "".join(f": hello{end}event: more{end}data: {text}x{end}{end}" for text in flat).encode()
    events = Events()
    found = [event for piece in cut(stream, places) for event in events.feed(piece)]
    assert [event.decode() for event in found] == [f"{text}x" for text in flat]
    assert list(events.finish()) == []


def test_an_event_may_have_several_lines_and_the_last_needs_no_empty_one() -> None:
    events = Events()
    assert list(events.feed(b"data: one\ndata:two\n\ndata: three")) == [b"one\ntwo"]
    assert list(events.finish()) == [b"three"]


@pytest.mark.parametrize(
    "line",
    [b"data: " + b"x" * 999, b"data: " + b"x" * 999 + b"\n", b"data:\n" * 200],
    ids=["no end of a line", "long lines", "empty lines"],
)
def test_an_event_without_an_end_is_not_kept_for_ever(line: bytes) -> None:
    events = Events()
    with pytest.raises(TooLong):
        for _ in range(2 * MAX_EVENT // len(line)):
            list(events.feed(line))


@given(TEXTS, st.lists(st.integers(0)), st.booleans())
def test_thought_and_answer_are_the_same_however_the_text_is_cut(
    text: str, places: list[int], opened: bool
) -> None:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    pieces = [text[start:end] for start, end in pairwise(edges)]
    assert split(pieces, opened=opened) == split([text], opened=opened)


@given(TEXTS)
def test_nothing_is_lost_but_markup_and_leading_blanks(text: str) -> None:
    thought, answer, _ = split([text], opened=False)
    markless = text.replace("<think>", "").replace("</think>", "")
    rest = (thought + answer).replace("<think>", "").replace("</think>", "")
    assert "".join(rest.split()) == "".join(markless.split())


@pytest.mark.parametrize(
    ("text", "opened", "thought", "answer"),
    [
        ("<think>\nso</think>\n\n4", False, "so", "4"),
        ("\n <think>so</think>4", False, "so", "4"),
        ("so\n</think>\n\n4", True, "so\n", "4"),
        ("<think>\nso</think>4", True, "so", "4"),
        ("4", False, "", "4"),
        ("so", True, "so", ""),
        ("so</thi", True, "so</thi", ""),
        ("</think>4", True, "", "4"),
        ("<think>so</think>use <think> and </think>", False, "so", "use <think> and </think>"),
        ("is <think> a tag?", False, "", "is <think> a tag?"),
        ("<thin", False, "", "<thin"),
    ],
)
def test_a_thought_in_the_text_is_told_from_the_answer(
    text: str, opened: bool, thought: str, answer: str
) -> None:
    assert split([text], opened=opened)[:2] == (thought, answer)


def test_a_server_that_tells_thoughts_apart_is_believed() -> None:
    text = ThoughtInText(opened=True)
    splits = [*text.thought("\nso"), *text.answer("\n"), *text.answer("use </think>"), *text.finish()]
    assert [(one.channel, one.text, one.closed) for one in splits] == [
        (Channel.THINKING, "so", False),
        (Channel.THINKING, "", True),
        (Channel.ANSWER, "use </think>", False),
    ]
