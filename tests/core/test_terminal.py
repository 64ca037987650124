import json
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.terminal import plain, plain_json

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for char in plain(text):
        assert char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}
        assert unicodedata.bidirectional(char) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
    assert plain(plain(text)) == plain(text)
    plain(text).encode()


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert plain(text) == text


def test_an_escape_is_seen() -> None:
    assert plain("a\x1b[31mred\x07\x7f\x9b0m") == "a␛[31mred␇␡\ufffd0m"


def test_newlines_and_tabs_stay_and_a_lone_return_is_seen() -> None:
    assert plain("a\tb\r\nc\rd") == "a\tb\nc␍d"


@given(ANY)
def test_json_means_the_same_and_has_nothing_that_a_terminal_obeys(text: str) -> None:
    safe = plain_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(safe) == {"text": text}
    assert plain(safe) == safe
