import hashlib
import json
from pathlib import Path

import pytest

from r1chat.core.gguf import Array, strings
from r1chat.modelfile import CheckedModel, check_file
from r1chat.paths import tiny_model

ROOT = Path(__file__).parents[2]
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


@pytest.fixture(scope="module")
def shipped() -> CheckedModel:
    return check_file(tiny_model())


@pytest.fixture(scope="module")
def words(shipped: CheckedModel) -> dict[str, int]:
    """Every token's type."""
    tokens, types = (shipped.header.values[f"tokenizer.ggml.{name}"] for name in ("tokens", "token_type"))
    assert isinstance(tokens, Array)
    assert isinstance(types, Array)
    kinds = memoryview(shipped.head)[types.start : types.end].cast("i")
    return dict(zip((word.decode() for word in strings(shipped.head, tokens)), kinds, strict=True))


def test_it_is_a_small_qwen2_with_room_for_4096_tokens(shipped: CheckedModel) -> None:
    values = shipped.header.values
    assert values["general.architecture"] == "qwen2"
    assert values["tokenizer.ggml.pre"] == "deepseek-r1-qwen"
    assert int(str(values["qwen2.context_length"])) >= 4096
    assert shipped.size <= 8_000_000


def test_marks_of_turns_are_control_tokens_and_those_of_a_thought_come_back_as_text(
    words: dict[str, int],
) -> None:
    special = {word: kind for word, kind in words.items() if kind != NORMAL}
    assert special == {
        "<｜begin▁of▁sentence｜>": CONTROL,
        "<｜end▁of▁sentence｜>": CONTROL,
        "<｜User｜>": CONTROL,
        "<｜Assistant｜>": CONTROL,
        "<|EOT|>": CONTROL,
        "<｜▁pad▁｜>": CONTROL,
        "<think>": USER_DEFINED,
        "</think>": USER_DEFINED,
    }


def test_every_digit_is_a_token_of_its_own(words: dict[str, int]) -> None:
    assert {word for word in words if any("0" <= sign <= "9" for sign in word)} == set("0123456789")


def test_its_template_opens_a_thought_and_drops_those_of_earlier_turns(shipped: CheckedModel) -> None:
    template = str(shipped.header.values["tokenizer.chat_template"])
    assert r"<｜Assistant｜><think>\n" in template
    assert "split('</think>')[-1]" in template


def test_the_card_and_the_results_are_those_of_the_shipped_file() -> None:
    digest = hashlib.sha256(tiny_model().read_bytes()).hexdigest()
    results = json.loads((ROOT / "packaging" / "tiny" / "results.json").read_text(encoding="utf-8"))
    card = (ROOT / "assets" / "tiny" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert results["sha256"] == digest
    assert digest in card
