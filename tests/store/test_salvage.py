import os
import random
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Message, Role, Status
from r1chat.core.search import parse
from r1chat.errors import StoreError
from r1chat.store import Store
from r1chat.store.rows import Piece
from r1chat.store.salvage import finish_repair, is_whole, replace_damaged

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny")
CHATS = 60
ROOT = Path(__file__).parents[2]
DIES = """
import os, sys
from pathlib import Path
from r1chat.store.salvage import replace_damaged
left = int(sys.argv[2])
def dies(name):
    act = getattr(Path, name)
    def step(self, target):
        global left
        if "data" in str(self):
            left -= 1
            if left < 0:
                os._exit(9)
        return act(self, target)
    setattr(Path, name, step)
for name in ("rename", "hardlink_to", "replace"):
    dies(name)
replace_damaged(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Sixty chats of one turn each, some large, and a draft."""
    path = tmp_path_factory.mktemp("sixty") / "chats.db"
    with closing(Store(path)) as store:
        for number in range(CHATS):
            _, draft = store.ask(None, None, f"question {number}", DRAFT)
            done = {"text": f"answer {number} " * 40, "thinking": f"thought {number} " * (number * 9)}
            store.finish_draft(msgspec.structs.replace(draft, status=Status.COMPLETE, **done))
        _, draft = store.ask(None, None, "unfinished", DRAFT)
        store.append_draft(draft.id, Piece("so far", "", (1,)))
        store.label(store.chats()[1].id, tags=("a", "b c"))
        store.forget()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, sixty: bytes) -> Path:
    path = tmp_path / "data" / "chats.db"
    path.parent.mkdir()
    path.write_bytes(sixty)
    return path


def whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_of_a_store_that_is_whole_everything_is_read_out(path: Path) -> None:
    with closing(Store(path)) as store:
        tags = [chat.tags for chat in store.chats()]
        before = {chat.id: store.conversation(chat.id).messages for chat in store.chats()}
    data = path.read_bytes()
    salvaged = replace_damaged(path)
    assert (salvaged.chats, salvaged.messages) == (CHATS + 1, 2 * (CHATS + 1))
    assert salvaged.kept.read_bytes() == data
    assert str(salvaged.kept) in salvaged.sentence
    whole(path)
    with closing(Store(path)) as store:
        assert {chat.id: store.conversation(chat.id).messages for chat in store.chats()} == before
        assert [chat.tags for chat in store.chats()] == tags
        assert ("a", "b c") in tags
        assert len(store.search(parse('"question 7"'))) == 1
        store.ask(None, None, "it goes on", DRAFT)


@pytest.mark.parametrize("seed", range(8))
def test_around_flipped_pages_the_rest_is_read_out(path: Path, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(6):
        start = dice.randrange(4096, len(data) - 500)
        data[start : start + 500] = dice.randbytes(500)
    path.write_bytes(data)
    salvaged = replace_damaged(path)
    assert salvaged.kept.read_bytes() == bytes(data)
    whole(path)
    with closing(Store(path)) as store:
        for chat in store.chats():
            store.conversation(chat.id)
        assert salvaged.messages == sum(chat.messages for chat in store.chats())
        store.ask(None, None, "it goes on", DRAFT)


def test_of_a_truncated_store_the_beginning_is_read_out(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    salvaged = replace_damaged(path)
    assert salvaged.messages > 10
    whole(path)


@pytest.mark.parametrize("data", [b"no database at all " * 400, b"SQLite format 3\0" + b"\xff" * 9000])
def test_what_is_no_database_is_kept_beside_a_new_store(path: Path, data: bytes) -> None:
    assert is_whole(path)
    path.write_bytes(data)
    assert not is_whole(path)
    salvaged = replace_damaged(path)
    assert (salvaged.chats, salvaged.messages) == (0, 0)
    assert salvaged.kept.read_bytes() == data
    assert is_whole(path)
    with closing(Store(path)) as store:
        assert store.chats() == ()


@pytest.mark.parametrize(
    "damage",
    [b"\0" * 4096, b"\xff" * 100, b"x" * 4096, b"SQLite format 3\0" + b"\xff" * 4080],
    ids=["zeros", "header", "other", "all but the name"],
)
def test_a_damaged_first_page_costs_no_chat(path: Path, damage: bytes) -> None:
    with closing(Store(path)) as store:
        before = {chat.id: store.conversation(chat.id).messages for chat in store.chats()}
        store.forget()
    data = damage + path.read_bytes()[len(damage) :]
    path.write_bytes(data)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert "r1chat chats repair" in caught.value.hint
    salvaged = replace_damaged(path)
    assert salvaged.chats == CHATS + 1
    assert salvaged.kept.read_bytes() == data
    whole(path)
    with closing(Store(path)) as store:
        assert {chat.id: store.conversation(chat.id).messages for chat in store.chats()} == before
    assert sorted(one.name for one in path.parent.iterdir() if one.is_dir()) == []


def test_the_first_page_of_an_older_store_is_known_too(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    data = (Path(__file__).parent / "fixtures" / "v1.db").read_bytes()
    path.write_bytes(b"\0" * 4096 + data[4096:])
    assert replace_damaged(path).messages == 14
    whole(path)


@pytest.mark.parametrize("step", range(5))
def test_a_repair_that_is_killed_anywhere_loses_nothing_and_is_ended(path: Path, step: int) -> None:
    with closing(Store(path)) as store:
        before = [chat.title for chat in store.chats()]
        store.forget()
    data = b"\0" * 4096 + path.read_bytes()[4096:]
    path.write_bytes(data)
    done = subprocess.run([sys.executable, "-c", DIES, str(path), str(step)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert path.exists()
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert "`r1chat chats repair`" in caught.value.hint
    kept = finish_repair(path) or replace_damaged(path).kept
    assert kept.read_bytes() == data
    whole(path)
    with closing(Store(path)) as store:
        assert [chat.title for chat in store.chats()] == before
    assert finish_repair(path) is None


def test_a_new_store_beside_a_missing_one_is_not_passed_over(path: Path) -> None:
    path.rename(f"{path}.new")
    for read_only in (False, True):
        with pytest.raises(StoreError, match="interrupted"):
            Store(path, read_only=read_only)
    finish_repair(path)
    with closing(Store(path)) as store:
        assert len(store.chats()) == CHATS + 1


def test_halves_that_a_killed_upgrade_left_are_removed_and_those_at_work_are_not(path: Path) -> None:
    names = ("chats.db.v1.bak.part-0a", "chats.db.new", "chats.db.new-wal", "chats.db.v1.bak")
    for name in names:
        for place in (name, name.replace("0a", "0b")):
            path.with_name(place).write_bytes(b"half")
            os.utime(path.with_name(place), (1, 1))
    os.utime(path.with_name("chats.db.v1.bak.part-0b"))
    Store(path).close()
    left = {one.name for one in path.parent.iterdir()} - {path.name}
    assert left == {"chats.db.v1.bak", "chats.db.v1.bak.part-0b"}


def test_what_a_killed_repair_had_copied_goes_with_the_next_one(path: Path) -> None:
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])
    scratch = path.with_name(f"{path.name}.scratch-killed")
    scratch.mkdir()
    (scratch / "copy.db").write_bytes(b"all that was said")
    replace_damaged(path)
    assert not list(path.parent.glob("*scratch*"))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_neither_waited_for_nor_called_damaged(
    tmp_path: Path, make: Callable[[Path], None], read_only: bool
) -> None:
    path = tmp_path / "chats.db"
    make(path)
    with pytest.raises(StoreError, match="no store; it was not touched"):
        Store(path, read_only=read_only, patient=True)
    with pytest.raises(StoreError, match="no store; it was not touched"):
        is_whole(path)
    assert not list(tmp_path.glob("chats.db?*"))


def test_a_store_of_an_older_version_is_read_out_too(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    path.write_bytes((Path(__file__).parent / "fixtures" / "v1.db").read_bytes())
    assert replace_damaged(path).messages == 14
    whole(path)


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99", "ALTER TABLE messages RENAME TO letters"])
def test_a_store_of_a_newer_version_or_of_another_program_is_not_touched(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()
    data = path.read_bytes()
    with pytest.raises(StoreError, match="was not touched"):
        replace_damaged(path)
    assert path.read_bytes() == data
    assert [one.name for one in path.parent.iterdir() if "damaged" in one.name] == []


def test_a_store_that_is_whole_is_told_from_one_that_is_not(path: Path) -> None:
    data = path.read_bytes()
    assert is_whole(path)
    assert path.read_bytes() == data
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE messages SET parent_id = 'missing'")
        connection.commit()
    assert not is_whole(path)
    path.write_bytes(data[: len(data) // 2 // 4096 * 4096])
    assert not is_whole(path)


@pytest.mark.parametrize(
    ("damage", "messages"),
    [
        ("UPDATE chats SET title = CAST(x'66FF6F' AS TEXT) WHERE row = 3", 122),
        ("UPDATE messages SET text = CAST(x'66FF6F' AS TEXT) WHERE row = 9", 122),
        ("UPDATE drafts SET thinking = CAST(x'66FF6F' AS TEXT)", 122),
        ("UPDATE messages SET status = 'done?' WHERE row = 9", 121),
    ],
)
def test_a_text_with_flipped_bytes_is_told_as_damage_and_repaired(
    path: Path, damage: str, messages: int
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage)
        connection.commit()
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with pytest.raises(StoreError) as caught, closing(Store(path)) as store:
        for chat in store.chats():
            store.conversation(chat.id)
    assert "chats repair" in caught.value.hint
    assert not is_whole(path)
    assert replace_damaged(path).messages == messages
    assert is_whole(path)
    with closing(Store(path)) as store:
        assert sum(len(store.conversation(chat.id).messages) for chat in store.chats()) == messages


def test_what_a_damaged_beginning_is_called_is_true_of_the_log_beside_it_too(path: Path) -> None:
    leave = "import os, sys; from r1chat.store import Store; s = Store(sys.argv[1]);"
    leave += " s.label(s.chats()[0].id, add=('in the log',)); os._exit(0)"
    subprocess.run([sys.executable, "-c", leave, str(path)], cwd=ROOT, check=True)
    assert Path(f"{path}-wal").stat().st_size
    with path.open("r+b") as file:
        file.write(random.Random(2).randbytes(4096))
    with pytest.raises(StoreError, match="nothing of it was thrown away"):
        Store(path)
    assert replace_damaged(path).chats == CHATS + 1
    with closing(Store(path)) as store:
        assert store.chats()[0].tags == ("in the log",)


def test_pages_that_lead_back_to_themselves_are_left(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        if data[start] == 5:  # an inner page of a table: https://sqlite.org/fileformat2.html#b_tree_pages
            (cells,) = struct.unpack_from(">H", data, start + 3)
            places = struct.unpack_from(f">{cells}H", data, start + 12)
            for place in (8, *places[1:]):
                struct.pack_into(">I", data, start + place, start // 4096 + 1)
    path.write_bytes(data)
    salvaged = replace_damaged(path)
    assert salvaged.chats > 0
    whole(path)


def test_a_schema_that_is_no_text_is_told_as_damage_and_repaired(path: Path) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"CREATE TABLE messages")
    data[at : at + 6] = b"CR\x80\xb4\xffE"
    path.write_bytes(data)
    for read_only in (False, True):
        with pytest.raises(StoreError, match="damaged"):
            Store(path, read_only=read_only)
    assert not is_whole(path)
    assert replace_damaged(path).chats == CHATS + 1
    whole(path)
