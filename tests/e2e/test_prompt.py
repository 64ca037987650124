"""The prompt in a real pseudo-terminal, on the embedded model: completing, attaching, copying, waiting."""

import base64
import re
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, terminal
from tests.e2e.test_terminal import ENTER, QUESTION, QUIT, ready

UP, ESCAPE, TAB, F4 = "\x1b[A", "\x1b", "\t", "\x1bOS"


def prompt(session: Terminal) -> str:
    """The last screen's prompt: what stands between its borders."""
    return " ".join(re.findall(r"│ (.*?) *│", session.text))


def test_a_command_is_completed_a_file_goes_with_a_question_and_the_answer_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.txt").write_text("Compute 47 + 386.\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with terminal() as session:
        session.wait(ready)
        session.type("/th")
        session.wait("Choose how much the next turns think")
        session.type(TAB + "300" + ENTER)
        session.wait("thinks ≤ 300 tok")
        session.type("@num")
        session.wait(lambda screen: "numbers.txt" in screen)
        session.type(TAB)
        session.wait("+ numbers.txt · 1 line")
        session.type("Do what it says." + ENTER)
        session.wait("▸ numbers.txt · 1 line")
        session.wait(lambda screen: "Thought for" in screen and "⟦" in screen)
        session.type(F4)
        session.wait("Copied the answer")
        copied = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\a", session.raw)
        assert base64.b64decode(copied[-1]).decode().strip()
        session.type(QUIT)
        assert session.ended() == 0


def test_a_paste_never_sends_and_questions_wait_and_are_taken_back() -> None:
    with terminal() as session:
        session.wait(ready)
        session.type("\x1b[200~pasted\nlines\n\x1b[201~")
        session.wait("lines")
        assert "pasted" in prompt(session)
        session.type("\x1a")  # undo
        session.wait(lambda screen: "lines" not in screen)
        session.engine.suspend()
        session.type(QUESTION + ENTER)
        session.wait("Waiting for the model")
        session.type("the second" + ENTER)
        session.wait("queued")
        session.type("the third" + ENTER)
        session.wait(lambda screen: screen.count("queued") == 2)
        session.type(UP)
        session.wait(lambda screen: screen.count("queued") == 1 and "the third" in prompt(session))
        session.type(ESCAPE)
        session.wait(lambda screen: "queued" not in screen and "the second" in prompt(session))
        session.engine.resume()
