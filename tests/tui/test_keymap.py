"""Keys of a person's own: which can be, and what is said of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.commands import SECTIONS
from r1chat.tui.keymap import keymap

NAMES = [entry.name for section in SECTIONS for entry in section.commands]


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("stopp", "f7", "[keys] stopp: there is no such command. Did you mean 'stop'?"),
        ("stop", "f99", "[keys] stop: there is no key 'f99'. Such as f11, ctrl+b or shift+f2."),
        ("stop", "", "[keys] stop: there is no key ''."),
        ("stop", "strg+k", "there is no key 'strg+k'"),
        ("stop", "x", "[keys] stop: x is for typing in the prompt."),
        ("stop", "space", "space is for typing in the prompt."),
        ("stop", "question_mark", "question_mark is for typing in the prompt."),
        ("stop", "shift+x", "shift+x is for typing in the prompt."),
        ("prompt.send", "x", "x is for typing in the prompt."),
        ("search.open", "o", "o is for typing in that field."),
        ("stop", "backspace", "backspace is for typing in the prompt."),
        ("stop", "ctrl+p", "[keys] stop: ctrl+p opens the palette."),
        ("stop", "f1", "[keys] stop: f1 is the key of help (Help). Give that one another key too."),
        ("prompt.send", "f1", "f1 is the key of help (Help)."),
        ("models.look", "v", "v is the key of models.verify (Verify)."),
    ],
)
def test_a_key_that_cannot_be_is_told_in_a_sentence(name: str, key: str, said: str) -> None:
    found = keymap({name: key})
    assert not found.keys
    assert [said in str(problem) for problem in found.problems] == [True]


def test_two_commands_can_swap_their_keys() -> None:
    wanted = {"help": "f3", "models": "f1"}
    assert keymap(wanted).keys == wanted


def test_of_two_wishes_for_one_key_the_first_is_kept() -> None:
    found = keymap({"help": "f20", "models": "f20"})
    assert found.keys == {"help": "f20"}
    assert len(found.problems) == 1


def test_a_sign_and_its_long_name_are_keys_where_nobody_types() -> None:
    assert not keymap({"help.close": "?", "models.look": "question_mark"}).problems


def test_modifiers_may_stand_in_any_order() -> None:
    assert keymap({"stop": "Shift+Ctrl+F7"}).keys == {"stop": "ctrl+shift+f7"}


def test_everything_as_it_comes_is_no_problem() -> None:
    wanted = {entry.name: entry.key for section in SECTIONS for entry in section.commands if entry.key}
    assert keymap(wanted) == (wanted, ())


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=9), st.text(max_size=9)))
def test_any_wish_is_kept_or_refused(wanted: dict[str, str]) -> None:
    found = keymap(wanted)
    assert len(found.keys) + len(found.problems) == len(wanted)
