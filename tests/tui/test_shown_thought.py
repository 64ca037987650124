from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.prompt import CLOSING, closing_words, injected_words
from r1chat.core.provenance import Foreign, Whose
from r1chat.tui.caret import next_word, spot, vertically, word_before
from r1chat.tui.finding import Finder
from r1chat.tui.line_drawing import clean
from r1chat.tui.shown_thought import ShownThought

TEXT = st.text(st.sampled_from("ab \n\t\r\x1b漢⟨"), max_size=30)
PIECES = st.lists(st.tuples(TEXT, st.booleans()), max_size=8)


def grown(pieces: list[tuple[str, bool]]) -> tuple[ShownThought, str]:
    thought = ShownThought()
    shown = "".join(thought.append(text, forced=forced) for text, forced in pieces)
    return thought, shown + thought.settle()


@given(PIECES)
def test_what_is_shown_piece_by_piece_is_what_is_shown_in_all(pieces: list[tuple[str, bool]]) -> None:
    thought, shown = grown(pieces)
    assert thought.thought == "".join(text for text, _ in pieces)
    assert thought.shown == shown
    anew = ShownThought(thought.thought, thought.foreign)
    if "\r" not in thought.thought:  # before a newline that comes later it is shown as a sign
        assert (anew.foreign, anew.marks) == (thought.foreign, thought.marks)


@given(PIECES)
def test_every_place_of_the_thought_is_shown_where_it_leads_back_to(pieces: list[tuple[str, bool]]) -> None:
    thought, shown = grown(pieces)
    said = thought.thought
    places = [thought.place(at) for at in range(len(said) + 1)]
    assert places == sorted(places)
    for at, place in enumerate(places):
        if at < len(said) and clean(said[at]) == said[at] and not said[:at].endswith("\r"):
            assert shown[place] == said[at]
            assert thought.place_said(place) == at
    assert all(0 <= thought.place_said(at) <= len(said) for at in range(len(shown) + 1))


@given(PIECES, st.integers(0, 40))
def test_a_thought_that_was_cut_is_the_beginning_of_what_it_was(
    pieces: list[tuple[str, bool]], at: int
) -> None:
    thought, _ = grown(pieces)
    cut = thought.cut(at)
    assert cut.thought == thought.thought[:at]
    assert thought.foreign[: len(cut.foreign)] == cut.foreign


def test_words_of_a_person_and_of_r1chat_are_told_apart() -> None:
    thought = ShownThought()
    thought.append("I add them.")
    for piece in injected_words("I add them.", "Try it backwards."):
        thought.append(piece, forced=True)
    thought.append("\nBackwards, then. ")
    thought.append(closing_words("Backwards, then. "), forced=True)
    thought.settle()
    assert thought.shown == (
        f"I add them.\n\n⟨you: Try it backwards.⟩\n\nBackwards, then. \n\n⟨r1chat: {CLOSING}⟩\n"
    )
    assert [words.whose for words in thought.foreign] == [Whose.YOU, Whose.R1CHAT]


def test_words_of_a_person_right_before_the_end_stay_a_persons() -> None:
    thought = ShownThought("One.")
    thought.append("\n\nTwo.\n\n" + CLOSING + "\n", forced=True)
    thought.settle()
    assert [(thought.thought[w.start : w.end], w.whose) for w in thought.foreign] == [
        ("Two.", Whose.YOU),
        (CLOSING, Whose.R1CHAT),
    ]


def test_a_tab_before_foreign_words_moves_nothing() -> None:
    thought = ShownThought("a\tb c", [Foreign(2, 3, Whose.YOU)])
    assert thought.shown == "a    ⟨you: b⟩ c"
    assert thought.place(4) == thought.shown.index("c")
    assert thought.place_said(thought.shown.index("c")) == 4


@given(st.lists(st.text("abA ", max_size=6), max_size=8), st.text("abA", min_size=1, max_size=3))
def test_words_are_found_in_a_growing_text_as_in_the_whole(pieces: list[str], words: str) -> None:
    growing, text = Finder(words), ""
    for piece in pieces:
        text += piece
        growing.look(text)
    whole = Finder(words)
    whole.look(text)
    assert growing.places == whole.places
    assert all(text[at : at + len(words)].lower() == words.lower() for at in whole.places)


def test_a_search_goes_round() -> None:
    finder = Finder("a")
    finder.look("a.a.a")
    assert [finder.after(at) for at in (-1, 0, 3, 4)] == [0, 1, 2, 0]
    assert [finder.before(at) for at in (4, 1, 0)] == [1, 0, 2]
    assert Finder("x").after(0) is None
    assert finder.within(1, 3) == [2]


@given(st.text("ab 漢字\n", max_size=40))
def test_the_caret_reaches_every_word_and_comes_back(text: str) -> None:
    stops = [0]
    while stops[-1] < len(text):
        stops.append(next_word(text, stops[-1]))
        assert stops[-1] > stops[-2]
    place = len(text)
    while place > 0:
        before = word_before(text, place)
        assert before < place
        place = before


def test_the_caret_keeps_its_column_over_a_short_line() -> None:
    lines, starts = ["first line", "", "third"], [0, 11, 12]
    down = vertically(starts, lines, 4, 1, 4)
    assert spot(starts, down) == (1, 0)
    assert vertically(starts, lines, down, 1, 4) == 16
    assert vertically(starts, lines, 0, -1, 4) == 4
