import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from r1chat.paths import tiny_model
from tests.cli.program import r1chat

QUESTION = "Compute 47 + 386."
BUDGET_ENDED = "The thought was ended by its budget.\n"


def asked(*arguments: str, stdin: str = "") -> dict[str, Any]:
    result = r1chat("ask", "--json", "-t", "0", *arguments, stdin=stdin)
    assert result.code == 0, result.err
    assert result.err in {"", BUDGET_ENDED}
    lines = result.out.splitlines()
    assert len(lines) == 1
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_stdout_is_the_answer_alone() -> None:
    result = r1chat("ask", "-t", "0", QUESTION)
    assert result.code == 0
    assert result.err in {"", BUDGET_ENDED}
    assert result.out.strip()
    assert "<think>" not in result.out
    assert result.out.endswith("\n")
    assert result.out.strip() == asked(QUESTION)["answer"]


def test_json_is_the_object_of_the_contract() -> None:
    found = asked(QUESTION, "--seed", "5")
    assert list(found) == [
        "model", "chat_id", "thinking", "answer", "finish_reason", "seed", "usage", "timings"
    ]  # fmt: skip
    usage, timings = found["usage"], found["timings"]
    assert set(usage) == {"prompt_tokens", "cached_tokens", "thinking_tokens", "answer_tokens"}
    assert set(timings) == {"load_s", "prefill_s", "first_token_s", "decode_tokens_per_s"}
    assert found["thinking"]
    assert found["model"] == "tiny"
    assert found["seed"] == 5
    assert found["finish_reason"] == "stop"
    assert all(value > 0 for value in timings.values())


def test_piped_input_is_the_question_or_joins_it() -> None:
    assert asked(stdin=QUESTION + "\n")["answer"] == asked(QUESTION)["answer"]
    joined = asked("Compute it.", "--engine", "fake", stdin="one two three\n")
    assert "one two three Compute it." in str(joined["thinking"])
    alone = asked("-", "--engine", "fake", stdin="one two three\n")
    assert "is: one two three\n" in str(alone["thinking"])


def test_a_file_joins_the_question(tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text("four five six")
    said = str(asked("Sum?", "-f", str(path), "--engine", "fake")["thinking"])
    assert "numbers.txt: ``` four five six ``` Sum?" in said


def test_continue_goes_on_with_the_last_chat() -> None:
    first = asked(QUESTION)
    second = asked("-c", "Now double it.")
    assert second["chat_id"] == first["chat_id"]
    assert second["usage"]["prompt_tokens"] > first["usage"]["prompt_tokens"]


def test_continue_in_a_new_process_reads_only_what_is_new() -> None:
    first = asked("seven plus eight is fifteen, " * 60 + QUESTION)
    second = asked("-c", "Now double it.")
    assert second["usage"]["cached_tokens"] > first["usage"]["prompt_tokens"] - 40


def test_a_choice_made_for_the_person_is_told_on_stderr() -> None:
    result = r1chat("ask", QUESTION, "--ctx", "8192", "--max-tokens", "2")
    assert "trained for 4,096 tokens" in result.err
    assert "trained" not in r1chat("ask", QUESTION, "--max-tokens", "2").err


def test_continue_without_a_chat_is_wrong_usage() -> None:
    result = r1chat("ask", "-c", "More?")
    assert result.code == 2
    assert result.err.startswith("r1chat: There is no chat to go on with.")


def test_no_save_keeps_nothing(isolated: Path) -> None:
    assert asked(QUESTION, "--no-save")["chat_id"] is None
    assert not (isolated / "data" / "chats.db").exists()


def test_thinking_off_has_no_thought_and_a_budget_has_a_short_one() -> None:
    assert asked(QUESTION, "--think", "off")["thinking"] == ""
    usage = asked(QUESTION, "--think", "30")["usage"]
    assert 0 < usage["thinking_tokens"] <= 40


def test_the_same_seed_gives_the_same_answer() -> None:
    runs = [r1chat("ask", "--seed", "9", "-t", "1", "--max-tokens", "60", QUESTION).out for _ in range(2)]
    assert runs[0] == runs[1]


def test_too_few_tokens_leave_with_four_and_what_there_is() -> None:
    result = r1chat("ask", "--max-tokens", "4", QUESTION, "--json")
    assert result.code == 4
    assert json.loads(result.out)["finish_reason"] == "length"


def test_the_thought_goes_to_stderr_when_it_is_asked_for() -> None:
    result = r1chat("ask", "-t", "0", "--show-thinking", QUESTION)
    assert result.err.strip()
    assert result.err.strip() not in result.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is no question."),
        (["-m", "nonsense", "x"], "There is no model 'nonsense' on this machine."),
        (["-f", "/nowhere/x.txt", "x"], "/nowhere/x.txt cannot be read"),
        (["-c", "--no-save", "x"], "exclude each other"),
        (["--think", "much", "x"], "neither `full` nor `off`"),
        (["--ctx", "3", "x"], "--ctx"),
        (["--temperature", "-1", "x"], "-1"),
        (["-t", "nan", "x"], "nan"),
        (["--top-p", "nan", "x"], "nan"),
        (["--top-p", "0", "x"], "above 0"),
        (["-m", "", "x"], "There is no model '' on this machine."),
        (["-m", "./a\udcff.gguf", "x"], "no name that r1chat can use"),
        (["-m", "~nosuch/x.gguf", "--think", "bad", "x"], "--think"),
        (["-f", "/dev/zero", "x"], "larger than any context"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_two(arguments: list[str], sentence: str) -> None:
    result = r1chat("ask", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert sentence in result.err
    assert "Traceback" not in result.err


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    path.write_bytes(bytes(range(256)))
    result = r1chat("ask", "-f", str(path), "x")
    assert result.code == 2
    assert "not a text file" in result.err


def test_a_missing_model_is_an_error_and_the_question_is_kept(isolated: Path) -> None:
    result = r1chat("ask", "-m", "/nowhere/model.gguf", QUESTION)
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "There is no model file /nowhere/model.gguf." in result.err
    rows = sqlite3.connect(isolated / "data" / "chats.db").execute("SELECT text FROM messages").fetchall()
    assert (QUESTION,) in rows


def test_a_question_too_long_for_the_context_is_an_error() -> None:
    result = r1chat("ask", "--ctx", "256", stdin="seven plus eight is fifteen, " * 200)
    assert result.code == 1
    assert "of the context's 256 tokens" in result.err


def test_hostile_text_reaches_stdout_harmless() -> None:
    result = r1chat("ask", "--engine", "fake", "a\x1b]0;pwned\x07b\x9b31m")
    assert result.code == 0
    assert not set(result.out) & {"\x1b", "\x07", "\x9b"}


def shell(command: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    program = f"{sys.executable} -m r1chat"
    return subprocess.run(
        ["bash", "-c", command.replace("r1chat", program)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **env},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("r1chat ask --engine fake one <&-", 0),
        ("r1chat ask --engine fake one >&-", 0),
        ("r1chat ask --engine fake one 2>&-", 0),
        ("r1chat ask --engine fake one >/dev/full", 1),
        ("printf 'caf\\xe9' | r1chat ask --engine fake", 0),
        ("r1chat ask --engine fake 'how many ½ × words'", 0),
        ("head -c 5000000 /dev/zero | r1chat ask --engine fake", 2),
        ("r1chat", 2),
        ("r1chat | cat", 2),
        ("R1CHAT_HOME='~nosuch/x' r1chat ask --engine fake --no-save x", 0),
        ("r1chat chats list --limit 99999999999999999999", 2),
    ],
)
def test_odd_streams_and_values_never_show_a_traceback(command: str, code: int) -> None:
    run = shell(f"set -o pipefail; {command}", PYTHONIOENCODING="ascii:strict")
    assert b"Traceback" not in run.stderr + run.stdout
    assert b"Exception ignored" not in run.stderr
    assert run.returncode == code, run.stderr


def test_a_refused_question_does_not_spoil_the_chat() -> None:
    asked(QUESTION)
    refused = r1chat("ask", "-c", "--ctx", "256", stdin="seven plus eight is fifteen, " * 200)
    assert refused.code == 1
    assert asked("-c", "--ctx", "512", "Now double it.")["answer"]


def test_continue_keeps_the_model_of_the_chat(isolated: Path) -> None:
    folder = isolated / "data" / "models"
    folder.mkdir(parents=True)
    own = folder / "own.gguf"
    own.symlink_to(tiny_model())
    asked("-m", str(own), QUESTION)
    assert asked("-c", "Now double it.")["model"] == str(own)
    assert asked("-c", "-m", "tiny", "Now double it.")["model"] == "tiny"


def is_engine(process: psutil.Process) -> bool:
    try:
        return "r1chat.engine.worker" in process.cmdline() and process.ppid() > 0
    except psutil.Error:
        return False


@pytest.mark.parametrize("signals", [1, 2])
def test_a_model_that_does_not_hear_does_not_hold_an_interrupt_up(isolated: Path, signals: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "r1chat", "ask", "--show-thinking", "Solve: x^2 - 11x + 24 = 0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            # halted between fork and exec it would halt its parent with it
            while not (engines := [p for p in psutil.Process(process.pid).children() if is_engine(p)]):
                assert process.poll() is None
            engines[0].suspend()
            for _ in range(signals):
                process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) in {130, -signal.SIGINT}
        finally:
            process.kill()
    assert not engines[0].is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_what_there_is_and_leaves_with_130(isolated: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "r1chat",
            "ask",
            "--engine",
            "fake",
            "--show-thinking",
            "How many words are here?",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    assert process.stdout is not None
    first = os.read(process.stderr.fileno(), 4096)
    assert first
    process.send_signal(number)
    with process:
        assert process.wait(timeout=30) == 130
    rows = sqlite3.connect(isolated / "data" / "chats.db").execute(
        "SELECT status, thinking FROM messages WHERE role = 'assistant'"
    )
    (row,) = rows.fetchall()
    assert row[0] == "cancelled"
    assert row[1]


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"{sys.executable} -m r1chat ask --engine fake x </dev/null | true"
    run = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in run.stderr


FORBID_SOCKETS = """
import socket
def refuse(*_args, **_more):
    with open({log!r}, "a") as log:
        log.write("a socket was opened\\n")
    raise OSError("no network")
class Refused(socket.socket):
    def __init__(self, family=-1, *args, **more):
        if family in (-1, socket.AF_INET, socket.AF_INET6):
            refuse()
        super().__init__(family, *args, **more)
socket.socket = Refused
socket.create_connection = socket.getaddrinfo = refuse
"""


def test_neither_program_nor_engine_opens_a_socket(tmp_path: Path) -> None:
    log = tmp_path / "sockets.log"
    (tmp_path / "sitecustomize.py").write_text(FORBID_SOCKETS.format(log=str(log)))
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    result = r1chat("ask", QUESTION, env={"PYTHONPATH": path})
    assert result.code == 0
    assert result.out.strip()
    assert not log.exists()


def test_whatever_the_program_writes_is_its_owners_alone(isolated: Path) -> None:
    short = ("--think", "off", "--max-tokens", "4")
    old = os.umask(0o022)
    try:
        assert r1chat("config", "set", "model", "tiny").code == 0
        assert r1chat("ask", "Why?", *short).code == 4
    finally:
        os.umask(old)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in isolated.rglob("*")}
    assert {"data", "state", "config", "logs", "chats.db", "config.toml"} <= {path.name for path in found}
    assert [path for path, mode in found.items() if mode & 0o077] == []
