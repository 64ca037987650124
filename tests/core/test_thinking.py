from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.thinking import Channel, ThoughtSplitter

THINK, END, WORD = 100, 101, 1
"""Ids of `<think>`, `</think>`, and of everything else."""


class Listener:
    """What a splitter said in each channel."""

    def __init__(self, *, thinking: bool = True, text_before: str = "") -> None:
        self.splitter = ThoughtSplitter(THINK, END, thinking=thinking, text_before=text_before)
        self.said = {Channel.THINKING: "", Channel.ANSWER: ""}
        self.closed = 0

    def feed(self, *tokens: bytes | int) -> "Listener":
        for token in tokens:
            piece = token if isinstance(token, bytes) else b""
            split = self.splitter.feed(WORD if isinstance(token, bytes) else token, piece)
            self.said[split.channel] += split.text
            self.closed += split.closed
        return self

    def finish(self) -> tuple[str, str]:
        split = self.splitter.finish()
        self.said[split.channel] += split.text
        return self.said[Channel.THINKING], self.said[Channel.ANSWER]


@st.composite
def cut(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """`data` in pieces, cut anywhere, empty ones among them."""
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


@given(st.data(), st.text(), st.text())
def test_however_the_bytes_are_cut_both_channels_come_out_whole(
    data: st.DataObject, thought: str, answer: str
) -> None:
    listener = Listener().feed(*data.draw(cut(thought.encode())), END, *data.draw(cut(answer.encode())))
    assert listener.finish() == (thought, answer.lstrip("\n"))
    assert listener.closed == 1


@given(st.data(), st.binary())
def test_broken_bytes_become_replacement_characters_and_never_stall(
    data: st.DataObject, noise: bytes
) -> None:
    listener = Listener().feed(*data.draw(cut(noise)), b" end")
    assert listener.finish() == (noise.decode(errors="replace") + " end", "")


@given(st.lists(st.one_of(st.binary(max_size=4), st.just(THINK), st.just(END))))
def test_any_sequence_of_tokens_gives_text_in_one_switch_at_most(tokens: list[bytes | int]) -> None:
    listener = Listener().feed(*tokens)
    listener.finish()
    assert listener.closed == (END in tokens)


def test_a_character_cut_by_the_end_of_the_thought_is_replaced_there() -> None:
    assert Listener().feed(b"a\xe4\xbd", END, b"\xa0b").finish() == ("a\ufffd", "\ufffdb")


def test_a_character_cut_by_the_end_of_the_stream_is_replaced() -> None:
    assert Listener().feed(b"a\xf0\x9f").finish() == ("a\ufffd", "")


def test_text_that_spells_the_closing_tag_does_not_close() -> None:
    assert Listener().feed(b"</think>", b"still").finish() == ("</think>still", "")


def test_blank_lines_before_the_first_word_of_an_answer_are_left_out() -> None:
    assert Listener().feed(b"x", END, b"\n", b"\n\n", b"a", b"\n\n", b"b").finish() == ("x", "a\n\nb")


def test_blank_lines_are_kept_where_the_answer_had_begun_before() -> None:
    listener = Listener(thinking=False, text_before="It is").feed(b"\n\n", b"so")
    assert listener.finish() == ("", "\n\nso")


def test_the_answer_begins_with_its_first_word() -> None:
    listener = Listener().feed(b"x", END)
    assert not listener.splitter.answer_begun
    listener.feed(b"\n\n")
    assert not listener.splitter.answer_begun
    listener.feed(b"a")
    assert listener.splitter.answer_begun


def test_a_second_opener_or_closer_means_nothing_at_the_start_and_is_text_later() -> None:
    assert Listener().feed(THINK, b"x", END, END, b"y").finish() == ("x", "y")
    assert Listener().feed(b"x", THINK, END, b"y", END, THINK).finish() == ("x<think>", "y</think><think>")
