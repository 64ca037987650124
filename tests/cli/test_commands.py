import json
import os
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

import r1chat as package
from r1chat.cli.main import r1chat_command
from r1chat.paths import tiny_model
from tests.cli.program import r1chat


def test_the_version_is_the_packages() -> None:
    assert r1chat("--version").out.strip().endswith(package.__version__)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["ask", "--help"], ["models", "--help"], ["doctor", "--help"], ["bench", "--help"]],
)
def test_every_command_has_help(arguments: list[str]) -> None:
    result = r1chat(*arguments)
    assert result.code == 0
    assert "Usage:" in result.out


@pytest.mark.parametrize("command", [[], ["ask", "x"], ["chats", "list"], ["models", "list"]])
def test_a_home_with_bytes_that_are_no_utf_8_is_named_in_a_sentence(
    command: list[str], tmp_path: Path
) -> None:
    result = r1chat(*command, env={"R1CHAT_HOME": os.fsdecode(bytes(tmp_path) + b"/h\xff")})
    assert result.code == 2
    assert "no UTF-8" in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "begun", "completed"),
    [([], "ch", ["chats"]), (["chats"], "se", ["search"]), (["ask"], "--th", ["--think"])],
)
def test_a_shell_completes_commands(words: list[str], begun: str, completed: list[str]) -> None:
    shell = ShellComplete(r1chat_command, {}, "r1chat", "_R1CHAT_COMPLETE")
    assert [item.value for item in shell.get_completions(words, begun)] == completed


def test_help_lists_every_command() -> None:
    assert all(name in r1chat("--help").out for name in ("ask", "models", "chats", "doctor", "bench"))


@pytest.mark.parametrize("arguments", [["modles"], ["chat", "list"], ["--nonsense"], ["ask", "one", "two"]])
def test_a_mistyped_command_is_wrong_usage(arguments: list[str]) -> None:
    result = r1chat(*arguments)
    assert result.code == 2
    assert result.err


def test_the_embedded_model_is_listed_with_its_size() -> None:
    found = json.loads(r1chat("models", "list", "--json").out)
    expected = {
        "name": "tiny",
        "path": str(tiny_model()),
        "size": tiny_model().stat().st_size,
        "embedded": True,
    }
    assert found[0] | expected == found[0]
    assert r1chat("models", "list").out.startswith("tiny")


def test_a_model_file_in_the_models_folder_is_listed(isolated: Path) -> None:
    folder = isolated / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "own.gguf").write_bytes(tiny_model().read_bytes())
    (folder / "part-00002-of-00003.gguf").write_bytes(b"x")
    names = [model["name"] for model in json.loads(r1chat("models", "list", "--json").out)]
    assert names == ["tiny", "own"]
    assert r1chat("ask", "-m", names[1], "--max-tokens", "3", "x").code == 4


def test_doctor_finds_a_sound_engine_and_model() -> None:
    result = r1chat("doctor", "--json")
    assert result.code == 0, result.out
    report = json.loads(result.out)
    assert report["problems"] == []
    assert report["injected"] == 0
    assert report["engine"]["devices"]
    assert report["model"]["architecture"] == "qwen2"
    assert "Nothing to fix." in r1chat("doctor").out


def test_doctor_looks_at_the_model_that_is_set(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<html></html>")
    result = r1chat("doctor", env={"R1CHAT_MODEL": str(path)})
    assert result.code == 1
    assert "web page" in result.out


def test_doctor_names_a_broken_model(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<html></html>")
    result = r1chat("doctor", "-m", str(path))
    assert result.code == 1
    assert "web page" in result.out


@pytest.mark.parametrize("command", [("doctor",), ("bench", "--tokens", "8")], ids=["doctor", "bench"])
def test_what_is_examined_and_measured_is_loaded_as_the_settings_say(command: tuple[str, ...]) -> None:
    set_so = {"R1CHAT_ENGINE_KV": "q8_0", "R1CHAT_CONTEXT_SIZE": "768", "R1CHAT_ENGINE_THREADS": "1"}
    result = r1chat(*command, "--json", env=set_so)
    assert result.code == 0, result.err
    model = json.loads(result.out)["model"]
    assert (model["kv"], model["n_ctx"], model["n_threads"]) == ("q8_0", 768, 1)
