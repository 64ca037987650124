import json
from pathlib import Path

import pytest

from r1chat.core.catalog import catalog
from r1chat.paths import tiny_model
from tests.cli.program import r1chat
from tests.gguf_files import write_model
from tests.hub.models import gguf

TINY = tiny_model().read_bytes()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    path.write_bytes(TINY)
    return path


def test_the_catalog_is_printed_with_licences_and_scores() -> None:
    out = r1chat("models", "catalog").out
    assert all(word in out for word in ("r1-llama-70b", "llama3.3", "AIME 2024 70 %", "~4.68 GB"))
    assert len(json.loads(r1chat("models", "catalog", "--json").out)["models"]) == 7


def test_fit_prints_every_quantisation_and_recommends_one() -> None:
    report = json.loads(r1chat("models", "fit", "--json").out)
    assert len(report["models"]) == sum(len(model.quants) for model in catalog().models)
    assert all(len(row["contexts"]) == 6 for row in report["models"])
    assert report["recommended"] is None or report["recommended"].startswith("r1-")
    out = r1chat("models", "fit", "r1-qwen-7b", "--kv", "q8_0").out
    assert "Q4_K_M" in out
    assert "128k" in out
    assert r1chat("models", "fit", "r1-qwen-8b").code == 2
    own = json.loads(r1chat("models", "fit", "tiny", "--json").out)
    assert [row["model"] for row in own["models"]] == ["tiny:Q8_0"]
    assert own["models"][0]["largest_ctx"] == 4096


def test_info_tells_of_a_file_and_of_the_catalog(outside: Path, tmp_path: Path) -> None:
    info = json.loads(r1chat("models", "info", str(outside), "--json").out)
    assert info["shape"]["arch"] == "qwen2"
    assert info["catalog"] is None
    far = r1chat("models", "info", "r1-llama-70b:Q6_K")
    assert "not on this machine" in far.out
    assert "2 files" in far.out
    write_model(tmp_path / "70b.gguf", catalog().models[-1].shape)
    assert "70.55 billion weights" in r1chat("models", "info", str(tmp_path / "70b.gguf")).out


def test_a_file_is_imported_asked_verified_and_removed(outside: Path) -> None:
    imported = json.loads(r1chat("models", "import", str(outside), "--json").out)
    assert imported["name"] == "own"
    assert r1chat("ask", "-m", "own", "--max-tokens", "3", "x").code == 4
    verified = json.loads(r1chat("models", "verify", "own", "--json").out)
    assert verified["matches"]
    assert "stays where it is" in r1chat("models", "remove", "own").out
    assert outside.exists()
    assert r1chat("models", "verify", "own").code == 2
    reopened = r1chat("ask", "-c", "--max-tokens", "3", "And now?", "--json")
    assert json.loads(reopened.out)["model"] == "tiny"


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"<html>", "web page"), (TINY[:-9], "incomplete"), (b"", "empty"), (b"version https://git-lfs", "LFS")],
    ids=["page", "cut", "empty", "pointer"],
)
def test_what_is_no_model_gets_one_sentence(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    for command in ("info", "import", "verify"):
        result = r1chat("models", command, str(path))
        assert result.code == 1
        assert cause in result.err
        assert len(result.err.splitlines()) == 1


def test_a_hostile_name_reaches_the_terminal_without_its_escapes(tmp_path: Path) -> None:
    shape = catalog().models[0].shape
    write_model(tmp_path / "x.gguf", shape, n_layer=1, **{"general.name": "evil\x1b[2J\u202e"})
    out = r1chat("models", "info", str(tmp_path / "x.gguf")).out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_trouble_with_a_file_is_told_as_the_files(outside: Path, isolated: Path) -> None:
    assert r1chat("models", "import", str(outside)).code == 0
    (isolated / "data/models/imported/own.gguf.json").mkdir()
    removed = r1chat("models", "remove", "own")
    assert removed.code == 1
    assert "own.gguf.json could not be read or written" in removed.err


def test_a_very_long_name_does_not_fill_the_terminal(tmp_path: Path) -> None:
    long = tmp_path / "long.gguf"
    long.write_bytes(gguf(2_100_000, **{"general.name": "A" * 1_000_000}))
    result = r1chat("models", "info", str(long))
    assert (result.code, result.err) == (0, "")
    assert max(map(len, result.out.splitlines())) < 300


def test_a_name_that_is_no_text_is_told_in_json_too(isolated: Path) -> None:
    odd = Path(f"{isolated}/data/models/odd\udcff.gguf")
    odd.parent.mkdir(parents=True)
    odd.write_bytes(b"")
    result = r1chat("models", "list", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)[1]["path"] == str(odd)
