import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1chat.core.search import Term, parse
from r1chat.store import snippets
from r1chat.store.snippets import finders, first, snippet

LONG = "était déjà l'élève naïf – " * 20_000


def place(query: str, text: str) -> int | None:
    return first(finders(parse(query).terms), text)


def marked(query: str, text: str) -> str:
    found = finders(parse(query).terms)
    spans = snippet(found, text, first(found, text))
    return "".join(f"[{span.text}]" if span.hit else span.text for span in spans)


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("zebra ", "a zebra came", "a [zebra] came"),
        ("zebra ", "zebras ZÉBRA zebra", "zebras [ZÉBRA] [zebra]"),
        ("zeb", "zebras", "[zebras]"),
        ("ZÉBRA ", "the zebra", "the [zebra]"),
        ('"two words" ', "two,\n words and two words", "[two, words] and [two words]"),
        ("snake_case ", "a snake-case", "a [snake-case]"),
        ("整数", "先看整数部分", "先看[整数]部分"),
        ("abc的 ", "xabc的 abc的", "xabc的 [abc的]"),
        ("istanbul ", "zu İSTANBUL ist", "zu [İSTANBUL] ist"),
        ("σας ", "ΣΑΣ σας", "[ΣΑΣ] [σας]"),
        ("и ", "й и", "[й] [и]"),
        ("a b ", "b a ab", "[b] [a] ab"),
        ("missing ", "nothing", "nothing"),
        ("x_ ", "a_x x", "a_[x] [x]"),
    ],
)
def test_every_match_is_marked(query: str, text: str, shown: str) -> None:
    assert marked(query, text) == shown


@pytest.mark.parametrize(
    ("query", "end"), [("zebrure ", "zebrure"), ("zebrure ", "ZÉBRURE"), ("fin zebrure ", "Zébrure")]
)
def test_the_end_of_a_long_foreign_text_is_found(query: str, end: str) -> None:
    assert place(query, LONG + end) == len(LONG)
    assert place(query, LONG) is None


def test_a_long_text_is_not_looked_through_letter_by_letter_where_a_word_stands_as_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (finder,) = finders((Term("zebrure"),))
    never = re.compile("(?!)")
    for text in (LONG + "zebrure", LONG + "ZEBRURE", "先看整数部分" * 9000 + " zebrure"):
        typed = finder._replace(pattern=re.compile("zebrure"))
        assert first((typed,), text) == len(text) - 7
    assert snippets._typed(finder._replace(pattern=never), "zebrure " * 9999) is None


@settings(max_examples=200)
@given(st.text(st.sampled_from("abéÀßçñżΣσςий的推 -_\n1."), min_size=1, max_size=30), st.data())
def test_every_word_of_a_text_is_found_in_it_with_and_without_its_marks(
    text: str, data: st.DataObject
) -> None:
    words = re.findall(r"[^\W_]+", text)
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    bare = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    for typed in (word, word.upper() if len(word.upper()) == len(word) else word, bare):
        at = first(finders((Term(typed),)), text)
        assert at is not None
        assert text[at : at + len(word)].strip()
