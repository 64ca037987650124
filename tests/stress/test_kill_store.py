from pathlib import Path

from tests.stress.kill_store import kill_many


def test_no_kill_at_any_moment_damages_a_store_or_loses_more_than_the_last_tokens(tmp_path: Path) -> None:
    summary = kill_many(tmp_path / "chats.db", runs=12, seed=7)
    assert (summary.kills, summary.whole) == (12, 12)
