"""`r1chat config`, and what a setting changes."""

import json
from pathlib import Path

from tests.cli.program import r1chat


def test_what_is_set_is_shown_and_used(tmp_path: Path) -> None:
    assert r1chat("config", "set", "thinking.mode", "off").code == 0
    shown = json.loads(r1chat("config", "show", "--json").out)
    assert shown["thinking.mode"] == "off"
    assert "* thinking.mode = off" in r1chat("config", "show").out
    assert 'mode = "off"' in Path(r1chat("config", "path").out.strip()).read_text()
    reply = json.loads(r1chat("ask", "--json", "--seed", "1", "What is 2+2?").out)
    assert reply["usage"]["thinking_tokens"] == 0
    louder = json.loads(r1chat("ask", "--json", "--seed", "1", "--think", "full", "What is 2+2?").out)
    assert louder["usage"]["thinking_tokens"] > 0


def test_a_value_that_cannot_be_is_mended_from_here() -> None:
    file = Path(r1chat("config", "path").out.strip())
    file.parent.mkdir(parents=True)
    file.write_text("[sampling]\ntop_p = 7\n")
    assert r1chat("config", "set", "sampling.top_p", "0.7").code == 0
    assert r1chat("config", "show").code == 0


def test_a_mistake_in_the_settings_stops_every_command_that_reads_them_with_one_line(tmp_path: Path) -> None:
    file = Path(r1chat("config", "path").out.strip())
    file.parent.mkdir(parents=True)
    file.write_text("[sampling]\ntemprature = 1\n")
    for command in (("ask", "hello"), ("config", "show")):
        run = r1chat(*command)
        assert run.code == 2
        assert "line 2: there is no setting 'sampling.temprature'" in run.err
        assert run.err.count("\n") == 1
        assert not run.out


def test_the_environment_sets_too() -> None:
    run = r1chat("config", "show", "--json", env={"R1CHAT_SAMPLING_TOP_P": "0.5"})
    assert json.loads(run.out)["sampling.top_p"] == 0.5
    assert r1chat("config", "show", env={"R1CHAT_SAMPLING_TOP_P": "5"}).code == 2
