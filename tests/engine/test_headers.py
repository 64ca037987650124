import struct
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from r1chat.modelfile import ModelFileError, check_file
from tests.gguf_files import entry, text
from tests.mutations import mutate, seed
from tests.perf.headers import HANG_S, ROOM, Loader, Tally

SHORT = 3_000
"""Headers of one run in the tests; `tests/perf/headers.py` takes 100,000."""
LOADED = 40


def test_tampered_headers_are_refused_in_a_sentence_and_what_passes_does_not_kill_llama_cpp(
    tmp_path: Path,
) -> None:
    tally = Tally()
    for number in range(SHORT):
        tally.check(number)
    assert tally.slowest[0] < HANG_S
    assert tally.growth < ROOM
    assert len(tally.refused) > 50
    loader = Loader(tmp_path)
    for number in tally.accepted[:: len(tally.accepted) // LOADED]:
        loader.load(number)
    loader.close()
    assert loader.died == []
    assert loader.results["loaded"] > 5


def test_a_mutation_can_be_drawn_again() -> None:
    assert mutate(7) == mutate(7)
    assert mutate(7) != mutate(8)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_header_that_nobody_touched_passes(tmp_path: Path, index: int) -> None:
    data, size = seed(index).build()
    path = tmp_path / "seed.gguf"
    with path.open("wb") as file:
        file.write(data)
        file.truncate(size)
    assert check_file(path).size == size


HEAD = b"GGUF" + struct.pack("<IQQ", 3, 0, 10_000)
GIANTS: dict[str, Callable[[], Iterable[bytes]]] = {
    "empty words": lambda: (text("a"), struct.pack("<IIQ", 9, 8, 2_400_000), bytes(8 * 2_400_000)),
    "one text": lambda: (text("a"), struct.pack("<IQ", 8, 19 << 20), bytes(19 << 20)),
    "texts that grow in memory": lambda: (entry(f"k{n}", "😀" + "x" * 65_000) for n in range(300)),
    "keys": lambda: (entry(f"k{n}", n) for n in range(9_999)),
    "words": lambda: (entry("tokenizer.ggml.tokens", [f"{n:08d}" for n in range(250_000)]),),
    "zeros": lambda: (bytes(24 << 20),),
}
"""Headers that are large on purpose."""


@pytest.mark.parametrize("name", GIANTS)
def test_a_giant_header_costs_little(tmp_path: Path, name: str) -> None:
    path = tmp_path / "giant.gguf"
    path.write_bytes(HEAD + b"".join(GIANTS[name]()))
    assert cost(path) < ROOM


def test_a_table_of_twenty_thousand_tensors_costs_little(tmp_path: Path) -> None:
    rows = (text(f"t{n}") + struct.pack("<IQIQ", 1, 32, 0, 0) for n in range(20_000))
    path = tmp_path / "giant.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 20_000, 0) + b"".join(rows))
    assert cost(path) < ROOM


def cost(path: Path) -> int:
    """Bytes of memory that refusing a file takes at most."""
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            check_file(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4683073504\n", "LFS pointer"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b'{"error":"Repository not found"}', "not a GGUF"),
        (b"", "empty"),
        (b"\x00" * 4096, "not a GGUF"),
    ],
    ids=["pointer", "page", "json", "empty", "zeros"],
)
def test_what_a_failed_download_leaves_is_named(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=cause):
        check_file(path)


def test_a_folder_a_loop_and_nothing_are_no_model(tmp_path: Path) -> None:
    (tmp_path / "loop.gguf").symlink_to("loop.gguf")
    (tmp_path / "dir.gguf").mkdir()
    for name in ("loop.gguf", "dir.gguf", "none.gguf"):
        with pytest.raises(ModelFileError):
            check_file(tmp_path / name)
