"""A child over lines, and every way in which it can end."""

import signal
import sys
from pathlib import Path

import pytest

from r1chat.childproc import KEPT_LOGS, Child, next_log

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


async def spawn(tmp_path: Path, code: str) -> Child:
    return await Child.spawn([sys.executable, "-c", code], next_log(tmp_path / "logs"), {"EXTRA": "yes"})


async def test_lines_go_both_ways(tmp_path: Path) -> None:
    child = await spawn(tmp_path, ECHO)
    child.send(b"hello")
    assert await child.line() == b"HELLO\n"
    child.send(b"x" * 1_000_000)
    assert await child.line() == b"X" * 1_000_000 + b"\n"
    await child.stop()
    assert not child.running


async def test_a_childs_last_words_are_its_log(tmp_path: Path) -> None:
    child = await spawn(
        tmp_path, "import os,sys\nprint(os.environ['EXTRA'], 'gone', file=sys.stderr); sys.exit(3)"
    )
    assert await child.line() is None
    end = await child.ended()
    assert end.cause == "ended with status 3"
    assert end.log_tail == "yes gone"


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGKILL, signal.SIGSEGV])
async def test_a_signal_is_named(tmp_path: Path, number: signal.Signals) -> None:
    child = await spawn(tmp_path, f"import os\nos.kill(os.getpid(), {int(number)})")
    assert await child.line() is None
    assert (await child.ended()).cause == f"was ended by {number.name}"


async def test_half_a_line_at_the_end_is_no_line(tmp_path: Path) -> None:
    child = await spawn(tmp_path, "import sys\nsys.stdout.write('half'); sys.stdout.flush()")
    assert await child.line() is None
    await child.ended()


async def test_a_flood_of_log_lines_does_not_block_it(tmp_path: Path) -> None:
    child = await spawn(tmp_path, "import sys\nsys.stderr.write('noise\\n' * 200_000); print('through')")
    assert await child.line() == b"through\n"
    assert "noise" in (await child.ended()).log_tail


async def test_a_child_that_ignores_everything_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("r1chat.childproc.STOP_S", 0.1)
    stubborn = (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
        "while True: signal.pause()"
    )
    child = await spawn(tmp_path, stubborn)
    assert await child.line() == b"deaf\n"
    await child.stop()
    assert not child.running


def test_old_logs_are_removed_and_the_newest_kept(tmp_path: Path) -> None:
    made = [next_log(tmp_path) for _ in range(KEPT_LOGS + 4)]
    assert made[-1].exists()
    assert next_log(tmp_path).exists()
    assert len(list(tmp_path.glob("*.log"))) == KEPT_LOGS + 1


def test_a_folder_that_cannot_be_written_gives_a_log_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = next_log(tmp_path / "file" / "logs")
    assert log.exists()
    log.unlink()


async def test_a_program_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await Child.spawn(["/nowhere/program"], tmp_path / "x.log", {})
