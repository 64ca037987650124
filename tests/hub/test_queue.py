"""Several downloads: in order, a few at a time, kept on disk, one r1chat a file."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import msgspec
import pytest

from r1chat.errors import R1ChatError
from r1chat.hub.items import Item, Shelf
from r1chat.hub.job import Means
from r1chat.hub.part import Part, Promise, part_path
from r1chat.hub.queue import Downloads
from r1chat.hub.source import RemoteFile
from r1chat.hub.space import check_room
from r1chat.hub.states import Complete, Downloading, Failed, Paused, Queued, State
from r1chat.hub.throttle import Throttle
from r1chat.hub.trouble import DiskTrouble
from tests.hub.conftest import NAME, REPO, SkippingClock
from tests.hub.fake_hub import FakeHub, sha256
from tests.hub.faults import Corrupt, Drop, Stall
from tests.hub.models import gguf

Open = Callable[[], Downloads]


@pytest.fixture
def files(hub: FakeHub) -> dict[str, bytes]:
    """Three models and a split one, all on the Hub."""
    split = {
        f"R1-Q8_0-0000{index + 1}-of-00002.gguf": gguf(
            100_000 + index * 4000, index, **{"split.no": index, "split.count": 2}
        )
        for index in (0, 1)
    }
    made = {f"R1-Q{bits}_K.gguf": gguf(100_000 * bits, bits) for bits in (2, 3, 4)} | split
    hub.repos[REPO].files |= made
    return made


@pytest.fixture
async def opened(hub: FakeHub, tmp_path: Path, clock: SkippingClock) -> AsyncGenerator[Open, None]:
    """Opens queues, of which each stands for one run of r1chat."""
    queues: list[Downloads] = []

    def run() -> Downloads:
        means = Means(tmp_path / "models", clock, Throttle(clock))
        queues.append(Downloads(Shelf(tmp_path / "downloads"), means, endpoint=hub.endpoint))
        return queues[-1]

    yield run
    for queue in queues:
        await queue.aclose()


def item(hub: FakeHub, *names: str, added: float = 0) -> Item:
    held = hub.repos[REPO].files
    return Item(
        name=names[0],
        files=tuple(
            RemoteFile(repo=REPO, revision="main", name=name, size=len(data), sha256=sha256(data))
            for name in names
            if isinstance(data := held[name], bytes)
        ),
        added=added,
    )


async def until(queue: Downloads, holds: Callable[[list[State]], bool]) -> list[State]:
    """The states once `holds` is true of them."""
    async with asyncio.timeout(60):
        while not holds(states := [entry.state for entry in queue.entries()]):
            await asyncio.sleep(0.002)
    return states


def over(states: list[State]) -> bool:
    return all(isinstance(state, Complete | Failed | Paused) for state in states)


async def test_everything_in_the_queue_arrives_two_at_a_time(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    queue = opened()
    for index, name in enumerate(list(files)[:3]):
        queue.add(item(hub, name, added=index))
    assert [type(entry.state) for entry in queue.entries()][2] is Queued
    await until(queue, over)
    for name in list(files)[:3]:
        assert (tmp_path / "models" / "acme__R1-GGUF" / name).read_bytes() == files[name]
    assert list((tmp_path / "downloads").iterdir()) == []


async def test_a_split_set_is_one_item(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    names = [name for name in files if "-of-" in name]
    hub.faults.extend([Drop(50_000), None, Drop(70_000)])
    queue = opened()
    queue.add(item(hub, *names))
    (state,) = await until(queue, over)
    assert state == Complete(
        done=204_000, total=204_000, path=str(tmp_path / "models" / "acme__R1-GGUF" / names[0])
    )


async def test_a_paused_download_goes_on_where_it_was(
    hub: FakeHub, opened: Open, files: dict[str, bytes]
) -> None:
    hub.faults.append(Stall(150_000))
    queue = opened()
    queue.add(item(hub, NAME))
    (key,) = [entry.item.key for entry in queue.entries()]
    await hub.stalled.wait()
    await until(queue, lambda states: isinstance(states[0], Downloading))
    await queue.pause(key)
    (state,) = [entry.state for entry in queue.entries()]
    assert isinstance(state, Paused)
    assert state.done > 0
    queue.resume(key)
    await until(queue, over)
    assert hub.gets()[1].first_byte == state.done


async def test_the_next_run_goes_on_with_what_ran_and_leaves_what_was_paused(
    hub: FakeHub, opened: Open, files: dict[str, bytes]
) -> None:
    hub.faults.extend([Stall(50_000), Stall(50_000)])
    first = opened()
    for index, name in enumerate(("R1-Q2_K.gguf", "R1-Q3_K.gguf", "R1-Q4_K.gguf")):
        first.add(item(hub, name, added=index))
    await until(first, lambda _: len(hub.gets()) == 2)
    await first.pause(first.entries()[1].item.key)
    await first.aclose()
    second = opened()
    second.start()
    states = await until(second, over)
    assert [type(state) for state in states] == [Complete, Paused, Complete]


async def test_a_failure_is_told_kept_and_mended_by_resuming(
    hub: FakeHub, opened: Open, files: dict[str, bytes]
) -> None:
    hub.faults.append(Corrupt(at=100_000))
    queue = opened()
    queue.add(item(hub, NAME))
    (state,) = await until(queue, over)
    assert isinstance(state, Failed)
    assert "checksum" in state.reason
    assert state.hint
    later = opened()
    later.start()
    assert [type(entry.state) for entry in later.entries()] == [Failed]
    later.resume(later.entries()[0].item.key)
    assert [type(state) for state in await until(later, over)] == [Complete]


async def test_a_removed_download_leaves_nothing(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    hub.faults.append(Stall(150_000))
    queue = opened()
    queue.add(item(hub, NAME))
    await hub.stalled.wait()
    await queue.remove(queue.entries()[0].item.key)
    assert queue.entries() == ()
    assert [path for path in tmp_path.rglob("*") if path.is_file() and "home" not in path.parts] == []


async def test_a_removed_split_set_leaves_none_of_its_parts(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    hub.faults.extend([None, Stall(10_000)])
    queue, wanted = opened(), item(hub, *(name for name in files if "-of-" in name))
    queue.add(wanted)
    await hub.stalled.wait()
    assert wanted.targets(tmp_path / "models")[0].exists()
    await queue.remove(wanted.key)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and "home" not in path.parts] == []


async def test_a_whole_set_is_not_thrown_away_with_the_wish_to_fetch_it(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    queue, wanted = opened(), item(hub, *(name for name in files if "-of-" in name))
    queue.add(wanted)
    assert [type(state) for state in await until(queue, over)] == [Complete]
    Shelf(tmp_path / "downloads").put(msgspec.structs.replace(wanted, paused=True))
    another = opened()
    another.start()
    await another.remove(wanted.key)
    assert all(path.exists() for path in wanted.targets(tmp_path / "models"))


async def test_what_another_r1chat_fetches_is_left_to_it(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    queue, wanted = opened(), item(hub, NAME)
    other = Part(wanted.targets(tmp_path / "models")[0])
    queue.add(wanted)
    (state,) = await until(queue, over)
    assert isinstance(state, Failed)
    assert "Another r1chat" in state.reason
    assert [kept.reason for kept in Shelf(tmp_path / "downloads").items()] == [""]
    with pytest.raises(R1ChatError, match="Another r1chat"):
        await queue.remove(wanted.key)
    other.close()
    queue.resume(wanted.key)
    assert [type(state) for state in await until(queue, over)] == [Complete]


async def test_what_is_here_already_is_not_fetched_again(
    hub: FakeHub, opened: Open, files: dict[str, bytes]
) -> None:
    for _ in range(2):
        queue = opened()
        queue.add(item(hub, NAME))
        assert [type(state) for state in await until(queue, over)] == [Complete]
    assert len(hub.gets()) == 1


async def test_a_damaged_note_of_the_queue_does_not_stop_the_others(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "x.json").write_bytes(b'{"name": 3')
    (tmp_path / "downloads" / "y.json").write_bytes(b'{"name": "y", "files": []}')
    Shelf(tmp_path / "downloads").put(item(hub, NAME))
    queue = opened()
    queue.start()
    assert [type(state) for state in await until(queue, over)] == [Complete]


def test_a_closed_part_is_free_though_a_sync_of_it_is_under_way(tmp_path: Path) -> None:
    part = Part(tmp_path / NAME)
    second = os.dup(part._fd)
    part.close()
    Part(tmp_path / NAME).close()
    os.close(second)


async def test_a_part_is_trusted_to_its_last_sync_only_after_the_machine_was_started_anew(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.faults.append(Stall(150_000))
    queue, wanted = opened(), item(hub, NAME)
    queue.add(wanted)
    await hub.stalled.wait()
    await until(queue, lambda states: isinstance(states[0], Downloading))
    await queue.aclose()
    target = wanted.targets(tmp_path / "models")[0]
    assert part_path(target).stat().st_size > 0
    monkeypatch.setattr("r1chat.hub.part._boot_id", lambda: "another")
    part = Part(target)
    assert part.have == 0
    part.close()


def test_files_whose_names_differ_in_signs_alone_are_two_downloads(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    names = (("a/b_c", "m.gguf"), ("a_b/c", "m.gguf"), ("a/b", "x/m.gguf"), ("a/b", "x+m.gguf"))
    names += tuple(("a/b", f"{'n' * 150}/{'n' * 100}{end}.gguf") for end in "12")
    for repo, name in names:
        shelf.put(Item(name="m", files=(RemoteFile(repo=repo, revision="main", name=name),)))
    assert {(item.files[0].repo, item.files[0].name) for item in shelf.items()} == set(names)


def test_an_item_that_another_version_named_otherwise_is_kept_and_forgotten_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    item = Item(name="m", files=(RemoteFile(repo="a/b", revision="main", name="m.gguf"),))
    shelf.put(item)
    (kept,) = (tmp_path / "shelf").iterdir()
    kept.rename(kept.with_name("a_b__m.gguf.json"))
    assert shelf.items() == (item,)
    shelf.drop(item)
    assert shelf.items() == ()


@pytest.mark.parametrize("known", [True, False])
def test_a_clock_that_is_set_costs_nothing_where_the_system_tells_its_boots_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr("r1chat.hub.part._boot_id", lambda: "this" if known else "")
    promise = Promise(repo="a/b", file="m", revision="r", endpoint="", size=9, etag="e", sha256=None)
    part = Part(tmp_path / "m.gguf")
    part.begin(promise)
    part.append(b"12345")
    part.close()
    monkeypatch.setattr("psutil.boot_time", lambda: 1e9)
    again = Part(tmp_path / "m.gguf")
    assert again.have == (5 if known else 0)
    again.close()


class Broken(Throttle):
    """Breaks off in a way that is no trouble of a Hub's."""

    taken = 0

    def take(self, count: int) -> float:
        """Fail."""
        self.taken += 1
        raise RuntimeError("broken")


async def test_what_nobody_foresaw_is_told_once_and_not_tried_without_end(
    hub: FakeHub, files: dict[str, bytes], tmp_path: Path, clock: SkippingClock
) -> None:
    broken = Broken(clock)
    queue = Downloads(
        Shelf(tmp_path / "downloads"), Means(tmp_path / "models", clock, broken), endpoint=hub.endpoint
    )
    queue.add(item(hub, "R1-Q2_K.gguf"))
    (state,) = await until(queue, over)
    assert isinstance(state, Failed)
    assert "broken" in state.reason
    assert broken.taken == 1
    await queue.aclose()


async def test_a_folder_in_the_place_of_a_model_is_told(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    wanted = item(hub, "R1-Q2_K.gguf")
    (target,) = wanted.targets(tmp_path / "models")
    target.mkdir(parents=True)
    remote = msgspec.structs.replace(wanted.files[0], size=target.stat().st_size)
    queue = opened()
    queue.add(msgspec.structs.replace(wanted, files=(remote,)))
    (state,) = await until(queue, over)
    assert isinstance(state, Failed)
    assert "could not be written or read" in state.reason


async def test_what_is_to_go_on_while_it_is_still_stopping_goes_on(
    hub: FakeHub, opened: Open, files: dict[str, bytes]
) -> None:
    hub.faults.append(Stall(after=50_000))
    queue = opened()
    queue.add(wanted := item(hub, "R1-Q2_K.gguf"))
    await hub.stalled.wait()
    stopping = asyncio.create_task(queue.pause(wanted.key))
    await asyncio.sleep(0)
    queue.resume(wanted.key)
    await stopping
    (state,) = await until(queue, over)
    assert isinstance(state, Complete)


async def test_a_newer_file_counts_from_its_own_beginning(
    hub: FakeHub, opened: Open, files: dict[str, bytes], tmp_path: Path
) -> None:
    wanted = item(hub, "R1-Q2_K.gguf")
    (target,) = wanted.targets(tmp_path / "models")
    target.parent.mkdir(parents=True)
    target.write_bytes(gguf(200_000, 99))
    hub.faults.append(Stall(after=50_000))
    queue = opened()
    queue.add(wanted)
    await hub.stalled.wait()
    await until(queue, lambda states: states[0].done == 50_000)
    await queue.pause(wanted.key)
    assert [entry.state for entry in queue.entries()] == [Paused(done=50_000, total=200_000)]


def test_what_could_not_be_kept_leaves_no_draft_behind(
    hub: FakeHub, files: dict[str, bytes], tmp_path: Path
) -> None:
    shelf, wanted = Shelf(tmp_path / "downloads"), item(hub, "R1-Q2_K.gguf")
    (tmp_path / "downloads" / f"{wanted.key}.json").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        shelf.put(wanted)
    assert [path.suffix for path in (tmp_path / "downloads").iterdir()] == [".json"]


def test_a_disk_without_room_says_what_is_left_for_others(tmp_path: Path) -> None:
    with pytest.raises(DiskTrouble, match=r"0\.3 GB free; 0\.0 GB are still to come, and 0\.5 GB are left"):
        check_room(tmp_path, 40 << 20, free=300 << 20)
