"""Files in a question: joined, and taken apart again."""

from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.attached import Attached, join, split, words_of
from r1chat.core.conversation import title_of

names = st.text(alphabet="ab:`. \n/", min_size=1, max_size=9).filter(
    lambda name: name.strip() == name and "\n" not in name
)
texts = st.text(alphabet="ab:` \n~", max_size=30).map(lambda text: text.strip("\n"))


@given(st.lists(st.builds(Attached, names, texts), max_size=3), st.text(alphabet="ab ?\n", max_size=20))
def test_what_is_joined_is_taken_apart_again(files: list[Attached], words: str) -> None:
    found, said = split(join(files, words))
    assert list(found) == files
    assert said == (words if words.strip() else "")


def test_a_question_without_files_is_its_words() -> None:
    for question in ("", "Why?", "notes:\n```\nunclosed", "a:\n\n```\nx\n```", "```\ncode\n```\n\nWhy?"):
        assert words_of(question) == question


def test_a_name_cannot_break_out_of_its_line() -> None:
    (file,), words = split(join([Attached("a\nb\x1b[2J", "text")], "Why?"))
    assert (file.name, words) == ("a b [2J", "Why?")


def test_a_title_is_of_the_words_else_of_the_files() -> None:
    file = Attached("notes.txt", "a\nb")
    assert title_of(join([file], "What is this?")) == "What is this?"
    assert title_of(join([file, Attached("b.txt", "")], "")) == "notes.txt, b.txt"
