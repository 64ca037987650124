"""What a person types, in a real pseudo-terminal: an editor of their own, and a program that is killed."""

import signal
from pathlib import Path

import pytest

from tests.e2e.terminal import terminal

QUIT, EDIT, INTERRUPT = "\x11", "\x07", "\x03"
HOME, UP, DOWN = "\x1b[H", "\x1b[A", "\x1b[B"
EDITOR = """#!/bin/sh
printf 'EDITOR IS HERE '
ls -l "$1" | cut -c 1-10
printf %s "$1" > "$HOME/where"
read answer
printf ' and two more lines\\nsecond\\nthird\\n' >> "$1"
"""
FAILING = """#!/bin/sh
trap 'printf CAUGHT' INT
printf 'EDITOR %s IS HERE ' $$
while read answer; [ "$answer" != go ]; do :; done
printf ', caf\\351' >> "$1"
exit 3
"""


def test_the_editor_gets_the_terminal_and_the_prompt_gets_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "my editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{editor}'")
    with terminal("--engine", "fake") as session:
        session.wait("Ask anything")
        session.type("typed")
        session.wait("typed")
        session.type(EDIT)
        assert "EDITOR IS HERE -rw-------" in session.wait("-rw-")
        session.type("\r")
        assert "typed and two more lines" in session.wait("third")
        assert not Path((Path.home() / "where").read_text()).parent.exists()
        session.type(QUIT)
        assert session.ended() == 0


def test_keys_are_the_editors_and_what_it_saved_is_kept_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(FAILING)
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    with terminal("--engine", "fake") as session:
        session.wait("Ask anything")
        session.type("typed")
        session.wait("typed")
        session.type(EDIT + EDIT)
        session.wait("IS HERE")
        session.type(INTERRUPT)
        session.wait("CAUGHT")
        session.type("\rgo\r")
        assert "typed, café" in session.wait("What it had saved is in the prompt.")
        session.type(QUIT)
        assert session.ended() == 0


def test_a_program_that_is_ended_below_an_editor_keeps_what_that_had_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR.replace("read answer", "") + "echo SAVED; read answer\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    with terminal("--engine", "fake") as session:
        session.wait("Ask anything")
        session.type("typed")
        session.wait("typed")
        session.type(EDIT)
        session.wait("SAVED")
        session.child.kill(signal.SIGTERM)
        assert session.ended() == 130
    with terminal("--engine", "fake") as again:
        again.wait("typed and two more lines")
        again.type(QUIT)
        assert again.ended() == 0


def test_a_question_has_lines_and_comes_back_with_an_arrow() -> None:
    with terminal() as session:
        session.wait("tiny · CPU")
        session.type("Compute\x0a17 + 26.\r")
        session.wait("⟦")
        session.wait(lambda screen: "Esc stop" not in screen)
        session.type("typed since")
        session.wait("typed since")
        session.type(HOME + UP)
        session.wait(lambda screen: screen.count("17 + 26.") > 1)
        session.type(DOWN + DOWN + DOWN)
        session.wait("typed since")
        session.type(QUIT)
        assert session.ended() == 0


def test_what_was_typed_survives_a_kill(isolated: Path) -> None:
    with terminal("--engine", "fake") as session:
        session.wait("Ask anything")
        session.type("a long thought of mine")
        session.wait("a long thought of mine")
        while not any("of mine" in file.read_text() for file in isolated.glob("state/unsent/*.txt")):
            assert session.read()
        session.child.kill(9)
        session.ended()
    with terminal("--engine", "fake") as again:
        again.wait("a long thought of mine")
        again.type(QUIT)
        assert again.ended() == 0
