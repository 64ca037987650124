import pytest

from r1chat.core.commands import COMMANDS, SECTIONS, Place, command, parse_slash

ALL = [entry for section in SECTIONS for entry in section.commands]


@pytest.mark.parametrize("field", ["name", "slash", "key", "title"])
def test_no_two_commands_of_a_chat_share_what_names_them(field: str) -> None:
    values = [value for entry in COMMANDS if (value := getattr(entry, field))]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("place", Place)
def test_no_two_commands_of_a_place_share_a_key(place: Place) -> None:
    sections = [section for section in SECTIONS if section.place is place]
    keys = [key for section in sections for entry in section.commands for key in entry.key.split(",") if key]
    assert keys
    assert len(set(keys)) == len(keys)


def test_every_name_is_its_own() -> None:
    assert len({entry.name for entry in ALL}) == len(ALL)


def test_a_command_can_be_had_from_the_prompt_or_by_a_key() -> None:
    assert all(entry.slash for entry in COMMANDS)
    assert all(entry.key or entry.slash for entry in ALL)


def test_every_command_has_a_sentence() -> None:
    assert all(entry.help.endswith(".") and entry.help[0].isupper() for entry in ALL)


def test_every_slash_command_is_understood() -> None:
    typed = [parse_slash(f" /{entry.slash.upper()} ") for entry in COMMANDS]
    assert [one.command for one in typed if one] == list(COMMANDS)


def test_an_argument_goes_only_with_a_command_that_takes_one() -> None:
    typed = parse_slash("/think 300")
    assert typed is not None
    assert (typed.command.name, typed.argument) == ("thinking", "300")
    assert parse_slash("/new things I want to know") is None


@pytest.mark.parametrize("text", ["", "/", "hello", "/etc/hosts", "/new\n/stop", "/unknown", "// comment"])
def test_anything_else_is_a_question(text: str) -> None:
    assert parse_slash(text) is None


def test_keys_are_named_as_people_say_them() -> None:
    assert [command(name).key_label for name in ("stop", "thought", "help")] == ["Esc", "Ctrl+T", "F1"]
