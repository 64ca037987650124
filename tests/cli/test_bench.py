import json

from tests.cli.program import r1chat


def test_a_bench_measures_the_model_it_names() -> None:
    result = r1chat("bench", "--tokens", "8", "--ctx", "1024", "--json")
    assert result.code == 0, result.err
    assert result.err == ""
    found = json.loads(result.out)
    assert found["model"]["path"].endswith("tiny.gguf")
    assert found["build"]["devices"]
    assert [reading["prompt_tokens"] > 300 for reading in found["readings"]] == [True, True]
    assert all(reading["prompt_tokens"] < 1024 for reading in found["readings"])
    assert all(reading["prefill_tokens_per_s"] > 0 for reading in found["readings"])
    assert all(reading["decode_tokens_per_s"] > 0 for reading in found["readings"])
    assert [row["samples"] for row in found["sampled"]] == [1, 4, 8]
    assert all(row["tokens_per_s"] > 0 for row in found["sampled"])
    assert found["memory"] > found["model"]["size"]
    assert 0 < found["overhead_ms"] < 50


def test_a_bench_prints_a_table() -> None:
    result = r1chat("bench", "--tokens", "8", "--ctx", "512")
    assert result.code == 0
    lines = result.out.splitlines()
    assert all(
        any(line.startswith(word) for line in lines) for word in ("model", "build", "reading", "own cost")
    )
