import errno
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from r1chat.core.conversation import Message, Role
from r1chat.errors import StoreError
from r1chat.store import Store
from r1chat.store.trouble import explained

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny")
CRASHES = """
import os, sys
from r1chat.core.conversation import Message, Role
from r1chat.store import Store
draft = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
Store(sys.argv[1]).ask(None, None, "in the log", draft)
os._exit(0)
"""
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "data %41?#" / "chats.db"
    with closing(Store(path)) as store:
        store.ask(None, None, "kept", DRAFT)
    yield path
    path.parent.chmod(0o700)


def titles(path: Path) -> list[str]:
    with closing(Store(path, read_only=True)) as store:
        return [store.conversation(chat.id).chat.title for chat in store.chats()]


def test_reading_changes_no_byte(path: Path) -> None:
    before = path.read_bytes()
    assert titles(path) == ["kept"]
    assert path.read_bytes() == before


def test_a_store_that_is_not_there_has_no_chats_and_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "chats.db"
    assert titles(missing) == []
    assert not missing.parent.exists()


def test_an_empty_file_has_no_chats_and_stays_empty(tmp_path: Path) -> None:
    empty = tmp_path / "chats.db"
    empty.touch()
    assert titles(empty) == []
    assert empty.read_bytes() == b""


def test_what_another_program_writes_just_now_is_read(path: Path) -> None:
    with closing(Store(path)) as other:
        other.ask(None, None, "new", DRAFT)
        assert titles(path) == ["new", "kept"]


@as_user
@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500)])
def test_chats_are_read_where_nothing_may_be_written(path: Path, file: int, folder: int) -> None:
    path.chmod(file)
    path.parent.chmod(folder)
    assert titles(path) == ["kept"]
    assert [one.name for one in path.parent.iterdir()] == ["chats.db"]


@as_user
def test_what_a_crash_left_in_the_log_is_read_where_nothing_may_be_written(path: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASHES, str(path)], check=True, cwd=Path(__file__).parents[2])
    path.parent.chmod(0o500)
    assert titles(path) == ["in the log", "kept"]


@as_user
def test_where_the_log_cannot_be_read_it_is_an_error_and_not_an_older_state(path: Path) -> None:
    subprocess.run([sys.executable, "-c", CRASHES, str(path)], check=True, cwd=Path(__file__).parents[2])
    Path(f"{path}-shm").unlink()
    path.parent.chmod(0o500)
    with pytest.raises(StoreError) as caught:
        titles(path)
    assert "saved" not in caught.value.message


def test_writing_to_it_is_refused_in_words(path: Path) -> None:
    with closing(Store(path, read_only=True)) as store:
        with pytest.raises(StoreError, match="may not be written to, so your question was not saved"):
            store.ask(None, None, "Why?", DRAFT)
        assert len(store.chats()) == 1


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL]
)
def test_where_nothing_was_to_be_saved_nothing_is_said_of_it(code: int) -> None:
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError) as reading, explained("chats.db"):
        raise error
    with pytest.raises(StoreError, match="so the reply was not saved"), explained("chats.db", "the reply"):
        raise error
    assert "not saved" not in reading.value.message


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EMFILE, "open files"),
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "disk is read-only"),
        (errno.EACCES, "who owns the file"),
    ],
)
def test_the_hint_follows_the_systems_own_reason(number: int, hint: str) -> None:
    with pytest.raises(StoreError) as caught, explained("chats.db"):
        raise OSError(number, os.strerror(number))
    assert hint in caught.value.hint
    assert os.strerror(number) in caught.value.message


def test_too_many_open_files_are_told_as_that(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with path.open("rb") as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
        try:
            with pytest.raises(StoreError) as caught:
                Store(path, read_only=True)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "open files" in caught.value.hint
