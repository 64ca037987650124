import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from r1chat.errors import StoreError
from r1chat.store import Store
from r1chat.store.migrations import MIGRATIONS, migrate, version_of
from r1chat.store.upgrade import upgrade

NEXT = (*MIGRATIONS, ("ALTER TABLE chats ADD COLUMN colour INTEGER NOT NULL DEFAULT 0",))
NOW = len(MIGRATIONS)
OLD = Path(__file__).parent / "fixtures" / "v2.db"
BROKEN = (*MIGRATIONS, ("CREATE TABLE half (x)", "CREATE TABLE chats (x)"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "chats.db"
    store = Store(path)
    store.create_chat(title="kept")
    store.close()
    return path


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def test_an_older_store_is_backed_up_and_upgraded(path: Path) -> None:
    connection = connect(path)
    migrate(connection, str(path), NEXT)
    assert version_of(connection) == NOW + 1
    assert connection.execute("SELECT title, colour FROM chats").fetchall() == [("kept", 0)]
    connection.close()
    backup = Path(f"{path}.v{NOW}.bak")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    copy = connect(backup)
    assert version_of(copy) == NOW
    assert copy.execute("SELECT title FROM chats").fetchall() == [("kept",)]
    copy.close()


def test_a_step_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    connection = connect(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, str(path), BROKEN)
    assert version_of(connection) == NOW
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    connection.close()


def test_a_store_of_today_is_not_backed_up(path: Path) -> None:
    Store(path).close()
    assert list(path.parent.glob("*.bak")) == []


def test_a_newer_store_is_refused_and_left_alone(path: Path) -> None:
    connection = connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer r1chat") as caught:
        Store(path)
    assert "Update" in caught.value.hint
    connection = connect(path)
    assert version_of(connection) == 99
    connection.close()


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    connection = connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Store(path)


def test_an_older_program_that_has_it_open_is_not_upgraded_under(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(OLD.read_bytes())
    older = connect(path)
    older.execute("PRAGMA journal_mode = WAL")
    older.execute("SELECT count(*) FROM chats").fetchone()
    with pytest.raises(StoreError, match="another r1chat") as caught:
        upgrade(str(path), patience_s=0.0)
    assert "Close" in caught.value.hint
    assert version_of(older) == 2
    assert [one.name for one in tmp_path.iterdir() if "bak" in one.name] == []
    older.execute("UPDATE chats SET title = 'written by the older one' WHERE row = 1")
    older.close()
    store = Store(path)
    assert "written by the older one" in {chat.title for chat in store.chats()}
    assert Path(f"{path}.v2.bak").exists()


def test_an_older_store_is_read_while_an_older_program_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes(OLD.read_bytes())
    older = connect(path)
    older.execute("SELECT count(*) FROM chats").fetchone()
    assert Store(path, read_only=True).chats()
    assert version_of(older) == 2
    older.close()


@pytest.mark.parametrize("begin", [b"", OLD.read_bytes()])
def test_many_programs_may_open_a_new_or_an_older_store_at_once(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / "data" / "chats.db"
    path.parent.mkdir()
    path.write_bytes(begin)
    before = len(Store(path, read_only=True).chats())
    errors: list[Exception] = []
    start = threading.Barrier(8)

    def open_it() -> None:
        start.wait()
        try:
            store = Store(path)
            store.create_chat()
            store.close()
        except StoreError as error:
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(Store(path).chats()) == before + 8
