"""Files of saved KV: whole or as good as not there, within their room, and gone with their chat."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from r1chat.engine.state_folder import CLOCK_S, chat_folder, forget, tombstone, tombstones
from r1chat.engine.worker.pace import Pace, Rate
from r1chat.engine.worker.state_block import Bad, Block, extend, read, write
from r1chat.engine.worker.state_files import StateFiles, shared
from r1chat.engine.worker.writer import Job, Writer

MODEL, OTHER = b"m" * 32, b"o" * 32
SIZE = 32
IDS = list(range(100, 220))


def save(
    files: StateFiles, chat: str, ids: list[int], payload: bytes = b"cells", since: float = 1e9
) -> list[Path]:
    """Write what a chat lacks; returns the new files."""
    paths = []
    for block in files.missing(chat, ids):
        place = files.place(chat, since, block)
        if place is not None:
            path, temporary = place
            write(temporary, block, memoryview(payload))
            files.settle(path, temporary, since, block)
            paths.append(path)
    return paths


def found(files: StateFiles, prompt: list[int], held: int = 0) -> int:
    """Tokens of a prompt that files hold."""
    blocks = [block for _, block in files.find(prompt, held)]
    return max((block.start + shared(block.ids, prompt[block.start :]) for block in blocks), default=0)


@pytest.fixture
def files(tmp_path: Path) -> StateFiles:
    return StateFiles(tmp_path / "kv", MODEL, SIZE, max_bytes=1 << 20)


def a_block(folder: Path, payload: bytes = bytes(range(256))) -> tuple[Path, Block]:
    block = Block(MODEL, extend(MODEL, ()), 0, tuple(IDS))
    write(folder / block.name, block, memoryview(payload))
    return folder / block.name, block


def test_a_block_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, block = a_block(tmp_path)
    room = bytearray(300)
    assert read(path, block._replace(ids=()), room) == (block, 256)
    assert room[:256] == bytes(range(256))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_no_flipped_bit_and_no_other_length_goes_unseen(tmp_path: Path, data: st.DataObject) -> None:
    for old in tmp_path.glob("*.kv"):
        old.unlink()
    path, block = a_block(tmp_path)
    whole = bytearray(path.read_bytes())
    match data.draw(st.sampled_from(["flip", "cut", "grow"])):
        case "flip":
            whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        case "cut":
            del whole[data.draw(st.integers(0, len(whole) - 1)) :]
        case _:
            whole += data.draw(st.binary(min_size=1, max_size=20))
    path.write_bytes(whole)
    with pytest.raises(Bad):
        read(path, block, bytearray(300))


@pytest.mark.parametrize(
    "other", [{"fingerprint": OTHER}, {"before": OTHER}, {"start": 32}], ids=["model", "history", "place"]
)
def test_a_block_of_another_place_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    path, block = a_block(tmp_path)
    with pytest.raises(Bad):
        read(path, block._replace(**other), bytearray(300))


def test_what_is_no_file_of_this_user_is_refused(tmp_path: Path) -> None:
    path, block = a_block(tmp_path)
    path.chmod(0o622)
    with pytest.raises(Bad):
        read(path, block, bytearray(300))
    target = path.rename(tmp_path / "elsewhere")
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        read(path, block, bytearray(300))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Bad):
        read(path, block, bytearray(300))


def test_a_prompt_finds_the_longest_beginning_that_any_chat_saved(files: StateFiles) -> None:
    save(files, "one", IDS[:80])
    save(files, "two", IDS)
    assert found(files, [*IDS, 7, 7]) == 120
    assert found(files, [*IDS[:70], 7, 7]) == 70
    assert found(files, [*IDS[:3], 7, 7]) == 3
    assert found(files, [7, *IDS]) == 0
    assert found(files, IDS, held=120) == 0
    assert [block.start for _, block in files.find(IDS, held=70)] == [64, 96]
    assert found(StateFiles(files.root, OTHER, SIZE), IDS) == 0


def test_a_chat_that_grows_writes_only_its_end(files: StateFiles) -> None:
    assert len(save(files, "one", list(range(330)))) == 10  # what is behind the last whole block is too short
    assert save(files, "one", list(range(330))) == []
    assert save(files, "one", list(range(180))) == []
    assert len(save(files, "one", list(range(400)))) == 3


def test_a_longer_end_takes_the_place_of_a_shorter_one(tmp_path: Path) -> None:
    files = StateFiles(tmp_path, MODEL, 64)
    save(files, "one", list(range(100)))
    save(files, "one", [*range(100), 7, 8])
    folder = chat_folder(files.root, "one")
    assert len(list(folder.iterdir())) == 2
    assert save(files, "one", list(range(100))) == []
    save(files, "one", [*range(90), *range(30)])
    assert len(list(folder.iterdir())) == 3


def test_the_folders_are_private_even_where_they_were_not(files: StateFiles) -> None:
    files.root.mkdir(mode=0o755)
    save(files, "one", IDS)
    for folder in (files.root, chat_folder(files.root, "one")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_was_used_longest_ago_goes_first_and_a_chats_end_before_its_beginning(tmp_path: Path) -> None:
    files = StateFiles(tmp_path, MODEL, SIZE, max_bytes=4 * 1300)
    old, new = list(range(96)), list(range(100, 196))
    save(files, "old", old, bytes(1000))
    for path in tmp_path.glob("*/*"):
        used = path.stat().st_mtime - 1000
        os.utime(path, (used, used))
    save(files, "new", new, bytes(1000))
    assert found(files, new) == 96
    assert found(files, old) == 32
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 4 * 1300


def test_a_full_disk_leaves_room_for_a_twentieth_at_most(files: StateFiles) -> None:
    assert files.limit(0) == 1 << 20
    files.root.mkdir()
    assert 0 < StateFiles(files.root, MODEL, SIZE).limit(0) <= 2 << 30


def test_a_deleted_chat_is_gone_and_is_not_saved_again(files: StateFiles) -> None:
    save(files, "one", IDS)
    save(files, "two", IDS[:32])
    forget(files.root, "one")
    assert not chat_folder(files.root, "one").exists()
    assert save(files, "one", IDS) == []
    assert found(files, IDS) == 32


def test_a_chat_deleted_before_anything_was_saved_is_not_saved_either(files: StateFiles) -> None:
    forget(files.root, "one")
    assert stat.S_IMODE(files.root.stat().st_mode) == 0o700
    assert save(files, "one", IDS, since=time.time()) == []


def test_a_chat_deleted_while_it_is_written_does_not_stay(files: StateFiles) -> None:
    block = files.missing("one", IDS)[0]
    place = files.place("one", 1e9, block)
    assert place is not None
    path, temporary = place
    forget(files.root, "one")
    path.parent.mkdir()
    write(temporary, block, memoryview(b"cells"))
    files.settle(path, temporary, 1e9, block)
    assert not path.parent.exists()


def test_a_chat_of_which_a_part_was_deleted_is_saved_again_as_it_is_now(files: StateFiles) -> None:
    save(files, "one", IDS)
    forget(files.root, "one")
    assert save(files, "one", IDS, since=time.time()) == []
    assert save(files, "one", IDS[:64], since=time.time() + 2 * CLOCK_S)
    files.sweep()
    assert found(files, IDS) == 64


def test_a_sweep_removes_what_the_killed_left_and_not_what_the_living_write(files: StateFiles) -> None:
    path = save(files, "one", IDS)[0]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, written = (path.with_name(f"{pid}-5.tmp") for pid in (dead.pid, os.getpid()))
    for temporary in (left, written):
        temporary.write_bytes(b"half")
    forget(files.root, "recent")
    forget(files.root, "old")
    os.utime(tombstone(chat_folder(files.root, "old")), (1e9, 1e9))
    files.sweep()
    assert path.exists()
    assert written.exists()
    assert not left.exists()
    assert tombstones(files.root) == [tombstone(chat_folder(files.root, "recent"))]


def test_a_file_that_is_not_whole_is_removed_when_it_is_looked_at(files: StateFiles) -> None:
    first = save(files, "one", IDS)[0]
    first.write_bytes(first.read_bytes()[:70])
    assert found(files, IDS) == 0
    assert not first.exists()
    assert found(files, IDS) == 0
    save(files, "one", IDS)
    assert found(files, IDS) >= 96


WRITE_FOR_EVER = """
import sys
from pathlib import Path
from tests.engine.test_saved_states import SIZE, MODEL, StateFiles, save
files = StateFiles(Path(sys.argv[1]), MODEL, SIZE, 1 << 22)
print("writing", flush=True)
number = int(sys.argv[2])
while True:
    number += 1
    save(files, "one", [number, *range(100)], bytes(1 << 18))
"""


def test_programs_that_share_a_folder_and_are_killed_leave_whole_files_only(tmp_path: Path) -> None:
    root, repository = tmp_path / "kv", Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE_FOR_EVER, root, "0"], cwd=repository, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    until(lambda: len(list(root.glob("*/*.kv"))) > 6)
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    files, room = StateFiles(root, MODEL, SIZE), bytearray(1 << 19)
    files.sweep()
    assert not list(root.glob("*/*.tmp"))
    hits = 0
    for number in range(1, 200):
        for path, block in files.find([number, *range(100)], 0):
            hits += 1
            read(path, block, room)
    assert hits >= 6


def until(condition: Callable[[], bool]) -> None:
    """Look again and again."""
    while not condition():
        os.sched_yield()


class Vanishing(StateFiles):
    """Another program removes a folder before a file is in it."""

    def place(self, chat: str, since: float, block: Block) -> tuple[Path, Path] | None:
        raise FileNotFoundError(chat)


def test_a_folder_that_another_program_removed_does_not_end_all_saving(tmp_path: Path) -> None:
    writer = Writer(Vanishing(tmp_path, MODEL, SIZE), Pace(), threading.Event())
    writer.put(Job("chat", 1e9, Block(MODEL, extend(MODEL, ()), 0, tuple(IDS)), memoryview(b"cells")))
    assert writer.free(lambda: False)
    writer.close()


def test_a_file_that_cannot_be_read_now_is_not_removed(
    files: StateFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path, *_) = save(files, "one", IDS[:SIZE])

    def refuse(*_: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("r1chat.engine.worker.state_files.read_head", refuse)
        assert found(files, IDS) == 0
    assert path.exists()
    assert found(files, IDS) == SIZE


def test_only_what_is_quicker_from_disk_is_worth_a_file() -> None:
    pace = Pace()
    assert not pace.worth(4000, 1)
    pace.prefill.add(100, 2.0)
    assert pace.worth(100, 30_000 * 100)
    pace.prefill.add(1_000_000, 1.0)
    assert not pace.worth(100, 30_000 * 100)


def test_a_rate_follows_what_is_measured() -> None:
    rate = Rate(10.0)
    assert rate.value == 10.0
    for _ in range(8):
        rate.add(50, 1.0)
    assert rate.value == 50
    for _ in range(8):
        rate.add(100, 1.0)
    assert rate.value is not None
    assert 99 < rate.value <= 100
