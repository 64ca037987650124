"""`r1chat --plain`: line by line, nothing that moves a cursor."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.cli.program import r1chat


def test_a_piped_conversation_is_answered_line_by_line() -> None:
    run = r1chat("--plain", stdin="What is 2+2×2?\n/thought\n/nothing\n/think off\n/new\n/quit\n")
    assert run.code == 0
    lines = run.out.splitlines()
    assert lines[0].startswith("r1chat, tiny.")
    assert "Thinking …" in lines
    assert any("\\boxed{6}" in line for line in lines)
    assert any(line.startswith("[Thought for ") for line in lines)
    assert "There is no command /nothing here; /help lists them." in lines
    assert "From now on it does not think." in lines
    assert lines[-1] == "A new chat."
    assert "\x1b" not in run.out


def test_a_question_takes_files_along_and_a_thought_is_thought_on(tmp_path: Path) -> None:
    (tmp_path / "sum.txt").write_text("2+2×2")
    asked = f"What is this? @{tmp_path}/sum.txt\n@{tmp_path}/blob.bin what?\n"
    (tmp_path / "blob.bin").write_bytes(bytes(range(256)))
    run = r1chat("--plain", stdin=f"/more\n{asked}/more\n")
    assert run.code == 0
    assert "/more works after an answer." in run.out
    assert f"[with {tmp_path}/sum.txt: ≈ " in run.out
    assert "Nothing was sent" in run.out
    assert sum(line.startswith("[Thought for ") for line in run.out.splitlines()) == 2


def in_terminal(kind: str) -> "pexpect.spawn[str]":
    """It in a terminal of that kind, at its first prompt."""
    command = ["-m", "r1chat", "--plain", "--engine", "fake"]
    env = {**os.environ, "TERM": kind}
    child = pexpect.spawn(sys.executable, command, env=env, timeout=60, encoding="utf-8")
    child.expect("> ")
    return child


def stop_and_leave(child: "pexpect.spawn[str]") -> None:
    """Ctrl+C in the thought, and Ctrl+D after it."""
    child.expect("Thinking …")
    os.kill(child.pid, signal.SIGINT)
    child.expect("Stopped")
    child.expect("> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()


def test_a_dumb_terminal_gets_it_unasked_and_goes_on_with_the_last_chat() -> None:
    assert r1chat("--plain", stdin="What is 2+2×2?\n").code == 0
    run = r1chat("-c", stdin="/continue\n/regenerate\n", env={"TERM": "dumb"})
    assert run.code == 0
    assert "> What is 2+2×2?" in run.out
    assert "/continue works after an unfinished reply." in run.out
    assert run.out.count("\\boxed{6}") >= 2


def test_in_a_terminal_ctrl_c_stops_a_reply_and_ctrl_d_leaves() -> None:
    child = in_terminal("dumb")
    child.sendline("Hello?")
    stop_and_leave(child)
    assert child.exitstatus == 0
    assert "\x1b" not in child.before


def test_a_chat_gone_on_with_folds_its_files_and_tells_that_its_last_reply_was_cut_off(
    tmp_path: Path,
) -> None:
    (tmp_path / "sum.txt").write_text("2+2×2\n" * 40)
    assert r1chat("--plain", stdin=f"What is this? @{tmp_path}/sum.txt\n").code == 0
    run = r1chat("--plain", "-c")
    assert f"[with {tmp_path}/sum.txt" in run.out
    assert f"> What is this? @{tmp_path}/sum.txt" in run.out
    assert "2+2×2\n" not in run.out
    child = in_terminal("dumb")
    child.sendline("What is 2345×6789?")
    child.expect("Thinking …")
    child.kill(signal.SIGKILL)
    child.expect(pexpect.EOF)
    child.close()
    run = r1chat("--plain", "-c")
    assert "> What is 2345×6789?" in run.out
    assert "[Cut off: r1chat ended before this reply did. /continue goes on from here.]" in run.out
    assert "\n\n" not in run.out


def test_a_paste_of_several_lines_waits_for_enter() -> None:
    pytest.importorskip("readline")
    child = in_terminal("xterm")
    child.send("\x1b[200~one\rtwo\r\x1b[201~three\r")
    stop_and_leave(child)
    run = r1chat("--plain", "-c")
    assert "> one\ntwo\nthree\n" in run.out
    assert "2 messages" in run.out


def test_ctrl_c_ends_it_where_its_questions_come_by_a_pipe() -> None:
    command = [sys.executable, "-m", "r1chat", "--plain", "--engine", "fake"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(b"Hello?\n")
        child.stdin.flush()
        while b"[Thought for" not in (line := child.stdout.readline()):
            assert line
        while child.poll() is None:  # one that comes before the turn is over stops that
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(1)
        assert child.returncode == 130
