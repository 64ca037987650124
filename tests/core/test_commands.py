import pytest

from r1chat.core.commands import COMMANDS, command, parse_slash


@pytest.mark.parametrize("field", ["name", "slash", "key", "title"])
def test_no_two_commands_share_what_names_them(field: str) -> None:
    values = [getattr(entry, field) for entry in COMMANDS]
    assert len(set(values)) == len(values)


def test_every_command_has_a_sentence() -> None:
    assert all(entry.help.endswith(".") and entry.help[0].isupper() for entry in COMMANDS)


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
