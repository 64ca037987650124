"""The program after a crash on a disk that is full, and on one that is read-only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CRASHES = """
import os, sys
from pathlib import Path
from r1chat.core.conversation import Message, Role
from r1chat.store import Store
from r1chat.store.rows import Piece
store = Store(Path(sys.argv[1]) / "data" / "chats.db")
draft = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
_, left = store.ask(None, None, "crashed on zebras", draft)
store.append_draft(left.id, Piece("half a thought", "", (1,)))
gone, _ = store.ask(None, None, "to be deleted", draft)
store.remove(gone.chat_id, at_once=False)
os._exit(0)
"""
FULL = 'dd if=/dev/zero of="$R1CHAT_HOME/filler" bs=512 2>/dev/null'
READ_ONLY = 'mount -o remount,ro "$R1CHAT_HOME"'
SHORT = ("--think", "off", "--max-tokens", "4")
UNSHARED = ("unshare", "--map-root-user", "--mount")


def after_a_crash(home: Path, trouble: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`r1chat` on a small file system of its own, on which one was killed before `trouble` came."""
    script = f"""
        mount -t tmpfs -o size=4m,mode=700 none "$R1CHAT_HOME" || exit 99
        "$0" -c "$CRASHES" "$R1CHAT_HOME"
        {trouble}
        "$0" -m r1chat "$@"
    """
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("no file system may be mounted here")
    home.mkdir()
    done = subprocess.run(
        [*UNSHARED, "sh", "-c", script, sys.executable, *arguments],
        env={**os.environ, "R1CHAT_HOME": str(home), "CRASHES": CRASHES},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("no file system may be mounted here")
    return done


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (FULL, "The disk is full; everything saved before is safe."),
        (f'rm "$R1CHAT_HOME"/data/*-shm; {FULL}', "The disk is full; everything saved before is safe."),
        (READ_ONLY, "may not be written to; everything saved before is safe."),
        (f'rm "$R1CHAT_HOME"/data/*-shm; {READ_ONLY}', "cannot be opened; nothing in it was touched."),
        (f'rm -r "$R1CHAT_HOME"/data; {READ_ONLY}', "cannot be opened; nothing in it was touched."),
    ],
)
def test_a_question_is_answered_where_nothing_can_be_saved_and_that_is_told(
    tmp_path: Path, trouble: str, cause: str
) -> None:
    done = after_a_crash(tmp_path / "disk", trouble, "ask", "Why?", "--engine", "fake", *SHORT)
    assert done.stdout.startswith("I am")
    first, *_, last = done.stderr.strip().splitlines()
    assert cause in first
    assert "Until that changes, replies are only shown." in first
    assert cause in last
    assert "Question and reply are only shown here." in last
    assert done.returncode == 1


@pytest.mark.parametrize("trouble", [FULL, f'rm "$R1CHAT_HOME"/data/*-shm; {READ_ONLY}'])
def test_what_a_crash_left_is_listed_and_read_where_nothing_can_be_written(
    tmp_path: Path, trouble: str
) -> None:
    done = after_a_crash(tmp_path / "disk", trouble, "chats", "export", "--all", "--with-thinking")
    assert "crashed on zebras" in done.stdout
    assert "half a thought" in done.stdout
    assert "to be deleted" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("trouble", "cause"), [(FULL, "disk is full"), (READ_ONLY, "disk is read-only")])
def test_a_change_of_a_chat_is_refused_in_one_line(tmp_path: Path, trouble: str, cause: str) -> None:
    done = after_a_crash(tmp_path / "disk", trouble, "chats", "remove", "--yes", "0")
    assert done.returncode == 1
    assert cause in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("trouble", [FULL, READ_ONLY])
def test_a_whole_store_is_not_taken_for_a_damaged_one_where_nothing_can_be_written(
    tmp_path: Path, trouble: str
) -> None:
    trouble = f'rm "$R1CHAT_HOME"/data/*-shm; {trouble}'
    done = after_a_crash(tmp_path / "disk", trouble, "chats", "repair")
    assert (done.stdout, done.returncode) == ("The store is whole.\n", 0)
