"""What a terminal sends around and within a paste."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from r1chat.tui.terminal_input import END, START, WholePastes

ODD = st.lists(st.sampled_from([*"aé😀 \n\t\x00\x07\x1b\x7f\x9b[]~;?M<201OA", "\x1b[A", START]), max_size=40)
CUTS = st.lists(st.integers(0, 99), max_size=9)


def heard(sent: str, cuts: Sequence[int] = ()) -> list[str]:
    """Keys and pastes of what was sent in pieces."""
    parser, events = WholePastes(), list[str]()
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    for start, end in pairwise(places):
        for event in parser.feed(sent[start:end]):
            match event:
                case Key(key=key):
                    events.append(key)
                case Paste(text=text):
                    events.append(f"pasted {text}")
    return events


def test_what_looks_like_keys_in_a_paste_is_text() -> None:
    sent = f"a{START}\x1b[31mred\x1b[0m\n\x1b\x1b[A\tok{END}b"
    assert heard(sent) == ["a", "pasted [31mred[0m\n[A\tok", "b"]


@given(ODD, CUTS)
def test_a_paste_arrives_whole_and_alone_in_whatever_pieces_it_comes(
    parts: list[str], cuts: list[int]
) -> None:
    text = "".join(parts).replace(END, "")
    sent = f"x\x1b[A{START}{text}{END}\x1b[By{START}again{END}"
    kept = "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
    assert heard(sent, cuts) == ["x", "up", f"pasted {kept}", "down", "y", "pasted again"]


def test_a_large_paste_is_read_in_small_pieces() -> None:
    lines = "a line of a file\x1b[0m\n" * 9_000
    (event,) = heard(f"{START}{lines}{END}", range(0, len(lines), 1024))
    assert event == "pasted " + "a line of a file[0m\n" * 9_000
