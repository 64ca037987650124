"""One file: every fault ends in the right file or in a sentence, and never in a wrong file."""

import asyncio
import errno
import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from r1chat.hub.part import part_path
from r1chat.hub.record import read_record
from r1chat.hub.states import Connecting, Downloading, Stalled, State, Verifying
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Transfer
from r1chat.hub.trouble import Busy, Damaged, DiskTrouble, Missing, RateLimited, Temporary
from tests.hub.conftest import MODEL, NAME, QUICK, REPO, SkippingClock
from tests.hub.fake_hub import FakeHub
from tests.hub.faults import (
    Corrupt,
    Drop,
    Endless,
    Fault,
    IgnoreRange,
    Mute,
    Oversize,
    Refuse,
    Replace,
    Reset,
    Stall,
    Truncate,
    WebPage,
    WrongRange,
)
from tests.hub.models import gguf

Make = Callable[..., Transfer]
BUSY = {"Retry-After": "7"}


async def test_a_file_arrives_whole_and_its_record_says_what_it_is(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    assert await transfer().run() == target
    assert target.read_bytes() == MODEL
    record = read_record(target)
    assert record is not None
    assert (record.repo, record.file, record.revision) == (REPO, NAME, hub.repos[REPO].commit)
    assert sorted(path.name for path in target.parent.iterdir()) == [NAME, NAME + ".json"]


@pytest.mark.parametrize(
    "faults",
    [
        [Drop(100_000)],
        [Drop(0)],
        [Drop(50_000)] * 12,
        [Reset(100_000), Reset(60_000)],
        [Refuse(503), Refuse(500), Refuse(408)],
        [Refuse(429, BUSY)],
        [Drop(100_000), Refuse(503), Drop(100_000), Refuse(429, BUSY)],
        [Drop(100_000), IgnoreRange()],
        [Drop(200_000), IgnoreRange(after=250_000), IgnoreRange()],
        [Drop(100_000), WrongRange(by=1000)],
        [Oversize(5000)],
        [Endless(5000)],
        [Truncate(100_000), Truncate(20_000)],
        [Drop(100_000), Truncate(0)],
        [WebPage()],
    ],
    ids=str,
)
async def test_a_fault_that_passes_ends_in_the_right_file(
    hub: FakeHub, transfer: Make, target: Path, faults: list[Fault]
) -> None:
    hub.faults.extend(faults)
    await transfer().run()
    assert target.read_bytes() == MODEL
    assert not part_path(target).exists()


async def test_what_was_dropped_is_not_fetched_twice(hub: FakeHub, transfer: Make, target: Path) -> None:
    hub.faults.extend([Drop(100_000), Drop(100_000), Refuse(503)])
    await transfer().run()
    assert [request.first_byte for request in hub.gets()] == [0, 100_000, 200_000, 200_000]
    assert hub.sent == len(MODEL)


async def test_a_stalled_server_is_said_to_stall_and_then_left(
    hub: FakeHub, transfer: Make, target: Path, clock: SkippingClock
) -> None:
    hub.faults.append(Stall(100_000))
    running = transfer(patience=QUICK)
    task = asyncio.create_task(running.run())
    await hub.stalled.wait()
    while running.state.done < 90_000:
        await asyncio.sleep(0)
    clock.seconds += 20
    state = running.state
    assert isinstance(state, Stalled)
    assert state.idle_s >= 20
    await task
    assert target.read_bytes() == MODEL


async def test_a_cancelled_transfer_ends_at_once_though_the_server_stalls(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Stall(100_000))
    running = transfer()
    task = asyncio.create_task(running.run())
    await hub.stalled.wait()
    while not isinstance(running.state, Downloading):
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    began = loop.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert loop.time() - began < 1  # 50 ms on a machine of its own: tests/perf/transfer.py
    assert part_path(target).stat().st_size > 0
    await transfer().run()
    assert target.read_bytes() == MODEL
    assert hub.gets()[1].first_byte > 0


async def test_a_cancelled_transfer_does_not_wait_for_a_server_that_says_nothing_at_all(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Mute())
    task = asyncio.create_task(transfer().run())
    await hub.stalled.wait()
    task.cancel()
    async with asyncio.timeout(10):  # a reading thread would wait for 20 s
        with pytest.raises(asyncio.CancelledError):
            await task
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_a_throttled_transfer_takes_its_time_and_can_be_cancelled_meanwhile(
    hub: FakeHub, transfer: Make, target: Path, clock: SkippingClock
) -> None:
    running = transfer(throttle=Throttle(clock, 1000))
    task = asyncio.create_task(running.run())
    while not running.state.done:
        await asyncio.sleep(0.001)
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert 0 < part_path(target).stat().st_size < len(MODEL)


async def test_what_was_read_is_in_the_part_file_before_more_is_read(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Stall(123_456))
    task = asyncio.create_task(transfer().run())
    await hub.stalled.wait()
    async with asyncio.timeout(10):
        while not target.parent.exists() or part_path(target).stat().st_size < 123_456:
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait({task})


async def test_wrong_bytes_of_the_right_length_are_thrown_away(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Corrupt(at=250_000))
    with pytest.raises(Damaged, match="checksum"):
        await transfer().run()
    assert list(target.parent.iterdir()) == []
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_an_older_file_of_the_name_stays_until_the_new_one_is_whole(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    hub.faults.append(Corrupt(at=1000))
    with pytest.raises(Damaged):
        await transfer().run()
    assert target.read_bytes() == b"old"
    await transfer().run()
    assert target.read_bytes() == MODEL


@pytest.mark.parametrize("size", [200_000, 300_000, 400_000])
async def test_a_file_that_changes_between_two_drops_is_fetched_from_its_beginning(
    hub: FakeHub, transfer: Make, target: Path, size: int
) -> None:
    told: list[State] = []
    fresh = gguf(size, seed=7)
    hub.faults.append(Replace(150_000, fresh))
    await transfer(tell=told.append).run()
    assert target.read_bytes() == fresh
    assert any(isinstance(state, Connecting) and "changed on the server" in state.reason for state in told)


async def test_a_file_that_changes_between_two_runs_is_fetched_from_its_beginning(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Stall(200_000))
    await _interrupted(hub, transfer())
    hub.repos[REPO].files[NAME] = fresh = gguf(350_000, seed=9)
    await transfer().run()
    assert target.read_bytes() == fresh


async def test_a_part_of_unknown_origin_is_not_trusted(transfer: Make, target: Path) -> None:
    target.parent.mkdir()
    part_path(target).write_bytes(b"x" * 1000)
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_a_part_that_was_changed_is_caught_by_the_checksum(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Stall(200_000))
    await _interrupted(hub, transfer())
    part = part_path(target)
    part.write_bytes(b"y" * part.stat().st_size)
    with pytest.raises(Damaged):
        await transfer().run()
    assert not target.exists()


async def test_a_server_that_ignores_ranges_mends_a_part_that_was_changed(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.faults.append(Stall(200_000))
    await _interrupted(hub, transfer())
    part = part_path(target)
    part.write_bytes(MODEL[:50_000] + b"y" * (part.stat().st_size - 50_000))
    hub.faults.append(IgnoreRange())
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_retries_go_on_without_end_while_bytes_flow(
    hub: FakeHub, transfer: Make, target: Path, clock: SkippingClock
) -> None:
    hub.faults.extend([Drop(4000)] * 70)
    await transfer().run()
    assert target.read_bytes() == MODEL
    assert set(clock.slept) == {0.5}


async def test_without_a_new_byte_it_waits_longer_and_longer_and_then_gives_up(
    hub: FakeHub, transfer: Make, target: Path, clock: SkippingClock
) -> None:
    hub.faults.append(Drop(100_000))
    hub.faults.extend([Refuse(503)] * 20)
    with pytest.raises(Temporary, match="503"):
        await transfer().run()
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert part_path(target).stat().st_size == 100_000
    hub.faults.clear()
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_retry_after_is_honoured_and_said(hub: FakeHub, transfer: Make, clock: SkippingClock) -> None:
    told: list[State] = []
    hub.faults.append(Refuse(429, {"Retry-After": "42"}))
    hub.head_faults.extend([None, Refuse(429, {"RateLimit": '"api";r=0;t=17'})])
    await transfer(tell=told.append).run()
    assert clock.slept == [42, 17]
    waits = [state for state in told if isinstance(state, Connecting) and state.retry_in_s]
    assert [state.retry_in_s for state in waits] == [42, 17]
    assert "limits" in waits[0].reason


async def test_a_server_that_asks_to_wait_for_days_is_not_waited_for(
    hub: FakeHub, transfer: Make, clock: SkippingClock
) -> None:
    hub.faults.append(Refuse(429, {"Retry-After": "99999"}))
    with pytest.raises(RateLimited):
        await transfer().run()
    assert clock.slept == []


async def test_progress_never_runs_backwards(hub: FakeHub, transfer: Make) -> None:
    told: list[State] = []
    hub.faults.extend([Drop(100_000), IgnoreRange(after=50_000), Reset(50_000), Truncate(10), IgnoreRange()])
    await transfer(tell=told.append).run()
    done = [state.done for state in told]
    assert done == sorted(done)
    assert isinstance(told[-1], Verifying)


async def test_a_second_r1chat_is_kept_from_the_same_file(hub: FakeHub, transfer: Make, target: Path) -> None:
    hub.faults.append(Stall(100_000))
    first = asyncio.create_task(transfer().run())
    await hub.stalled.wait()
    with pytest.raises(Busy, match="Another r1chat"):
        await transfer().run()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_what_lies_under_the_name_of_a_part_that_was_deleted_is_not_taken_for_it(
    transfer: Make, target: Path
) -> None:
    def exchange(state: State) -> None:
        if isinstance(state, Verifying):
            part_path(target).unlink()
            part_path(target).write_bytes(b"of another r1chat")

    with pytest.raises(DiskTrouble, match="was taken away"):
        await transfer(tell=exchange).run()
    assert not target.exists()
    assert part_path(target).read_bytes() == b"of another r1chat"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can be told to begin writing")
async def test_the_disk_is_told_early_of_what_has_come_and_may_refuse(
    hub: FakeHub, transfer: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []

    def refuse(_fd: int, start: int, count: int, _advice: int) -> None:
        told.append((start, start + count))
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("r1chat.hub.part.EARLY_BYTES", 50_000)
    monkeypatch.setattr(os, "posix_fadvise", refuse)
    hub.faults.append(Drop(120_000))
    await transfer().run()
    assert target.read_bytes() == MODEL
    assert told[0][0] == 0
    assert all(end == start for (_, end), (start, _) in pairwise(told))
    assert told[-1][1] > len(MODEL) - 50_000


async def test_a_folder_that_is_shut_while_it_is_fetched_into_is_not_said_to_be_gone(
    transfer: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.stat

    def refuse(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == part_path(target):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path, follow_symlinks=follow_symlinks)

    def shut(state: State) -> None:
        if isinstance(state, Verifying):
            monkeypatch.setattr(os, "stat", refuse)

    with pytest.raises(DiskTrouble, match="Permission denied"):
        await transfer(tell=shut).run()
    assert part_path(target).read_bytes() == MODEL


async def test_a_disk_without_room_is_told_before_the_first_byte(hub: FakeHub, transfer: Make) -> None:
    with pytest.raises(DiskTrouble, match=r"0\.0 GB free"):
        await transfer(free=lambda _: 400_000).run()
    assert hub.gets() == []


async def test_a_full_disk_keeps_what_has_arrived(hub: FakeHub, transfer: Make, target: Path) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, limit[1]))
    try:
        with pytest.raises(DiskTrouble, match="full"):
            await transfer().run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert part_path(target).stat().st_size == 150_000
    await transfer().run()
    assert target.read_bytes() == MODEL
    assert hub.gets()[1].first_byte == 150_000


async def test_a_whole_file_that_is_no_model_is_not_given_a_name(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.repos[REPO].files[NAME] = b"version https://git-lfs.github.com/spec/v1\n" * 9
    with pytest.raises(Damaged, match="Git LFS pointer"):
        await transfer().run()
    assert list(target.parent.iterdir()) == []


async def test_a_file_that_is_no_model_is_left_long_before_its_end(
    hub: FakeHub, transfer: Make, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("r1chat.hub.transfer.EARLY_LOOK", 40_000)
    hub.repos[REPO].files[NAME] = b"GGUF" + bytes(40_000_000)
    with pytest.raises(Damaged, match="no model"):
        await transfer().run()
    assert hub.sent < 40_000_000
    assert list(target.parent.iterdir()) == []


async def test_a_file_outside_git_lfs_is_checked_by_git_s_own_checksum(
    hub: FakeHub, transfer: Make, target: Path
) -> None:
    hub.repos[REPO].lfs = False
    hub.faults.append(Corrupt(at=200_000))
    with pytest.raises(Damaged):
        await transfer().run()
    await transfer().run()
    assert target.read_bytes() == MODEL


async def test_a_missing_file_is_not_tried_twice(hub: FakeHub, transfer: Make, clock: SkippingClock) -> None:
    hub.repos[REPO].files.clear()
    with pytest.raises(Missing, match="not in its repository"):
        await transfer().run()
    assert clock.slept == []


async def _interrupted(hub: FakeHub, running: Transfer) -> None:
    """Run until the server stalls and what it sent is on the disk, then cancel."""
    task = asyncio.create_task(running.run())
    await hub.stalled.wait()
    while not isinstance(running.state, Downloading):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
