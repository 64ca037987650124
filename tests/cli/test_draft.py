"""`--draft`, as a script gives it."""

import json
from pathlib import Path
from typing import Any

import pytest

from r1chat.paths import tiny_model
from tests.cli.program import r1chat

QUESTION = "Solve: x^2 - 11x + 24 = 0"


def asked(*arguments: str) -> dict[str, Any]:
    result = r1chat("ask", "--json", "-t", "0.1", QUESTION, *arguments)
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def test_drafts_change_the_speed_and_not_the_words() -> None:
    alone = asked("--seed", "7", "--draft", "off")
    drafted = asked("--seed", "7", "--draft", "tiny")
    assert {**drafted, "chat_id": "", "seed": 0, "timings": {}} == {
        **alone, "chat_id": "", "seed": 0, "timings": {}
    }  # fmt: skip
    assert "drafted_tokens" not in alone["timings"]
    timings = drafted["timings"]
    assert 0 < timings["accepted_tokens"] <= timings["drafted_tokens"]


def test_a_seed_and_greed_have_the_same_words_again_without_drafts_unless_asked(isolated: Path) -> None:
    settings = isolated / "config" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[engine]\ndraft = "tiny"\n', encoding="utf-8")
    assert "drafted_tokens" in asked()["timings"]
    assert "drafted_tokens" not in asked("--seed", "7")["timings"]
    assert "drafted_tokens" not in asked("-t", "0")["timings"]
    assert "drafted_tokens" in asked("--seed", "7", "--draft", "tiny")["timings"]


def test_a_draft_model_that_means_nothing_is_wrong_usage() -> None:
    result = r1chat("ask", "--draft", "nonsense", QUESTION)
    assert result.code == 2
    assert "There is no model 'nonsense'" in result.err


@pytest.mark.parametrize("option", ["ngram", "off"])
def test_the_words_that_are_no_model(option: str) -> None:
    assert asked("--draft", option)["answer"]


def test_a_model_that_cannot_draft_is_done_without(tmp_path: Path) -> None:
    broken = tmp_path / "cut.gguf"
    broken.write_bytes(tiny_model().read_bytes()[:2000])
    assert asked("--draft", str(broken))["answer"]
