"""A download outlives `kill -9`. Short form of tests/stress/kill_transfer.py."""

from pathlib import Path

from tests.stress.kill_transfer import kill_often


async def test_a_download_that_is_killed_again_and_again_ends_in_the_right_file(tmp_path: Path) -> None:
    outcome = await kill_often(tmp_path, size=12_000_000, kills=3, pace=8e6, seed=3)
    assert outcome.right
    assert outcome.kills >= 2
    assert outcome.read_twice <= 120_000
    assert outcome.fetched_twice < 12_000_000  # the system's buffers are in it
