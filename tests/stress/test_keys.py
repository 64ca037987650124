"""A short form of the random steps; `python -m tests.stress.keys` takes thousands of others."""

from pathlib import Path

import pytest

from tests.stress.keys import play
from tests.stress.steps import steps

STEPS = 200


async def test_nothing_that_anybody_does_breaks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated: Path
) -> None:
    (tmp_path / "notes.md").write_text("# Notes\nof mine\n")
    monkeypatch.chdir(tmp_path)
    found = await play(list(enumerate(steps(2, STEPS))), 2, tmp_path)
    assert found is None, f"seed 2, {STEPS} steps, broke at {found}"
