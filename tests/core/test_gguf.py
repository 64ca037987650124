import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.gguf import Array, GgufError, read_header, strings
from r1chat.paths import tiny_model

WHOLE = tiny_model().read_bytes()
HEADER = WHOLE[: read_header(WHOLE).data_offset]


def test_a_header_tells_shape_and_tensors() -> None:
    header = read_header(WHOLE)
    assert header.architecture == "qwen2"
    assert header.shape("block_count") > 0
    assert header.tensors[0].end <= len(WHOLE)
    assert max(tensor.end for tensor in header.tensors) == len(WHOLE)


def test_a_vocabulary_is_found_without_being_built() -> None:
    tokens = read_header(WHOLE).values["tokenizer.ggml.tokens"]
    assert isinstance(tokens, Array)
    words = list(strings(WHOLE, tokens))
    assert len(words) == tokens.count
    assert b"<think>" in words


def test_the_header_alone_is_enough_when_the_size_is_known() -> None:
    assert read_header(HEADER, len(WHOLE)).architecture == "qwen2"
    with pytest.raises(GgufError, match="incomplete"):
        read_header(HEADER)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1", "LFS"),
        (b"PK\x03\x04", "not a GGUF"),
        (b"GGUF", "middle of its header"),
        (b"GGUF" + struct.pack("<I", 1), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 0), "1099511627776 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "metadata entries"),
    ],
)
def test_what_is_no_model_is_named(content: bytes, cause: str) -> None:
    with pytest.raises(GgufError, match=cause):
        read_header(content)


@given(st.integers(0, len(HEADER) - 1))
def test_a_header_cut_anywhere_is_an_error(cut: int) -> None:
    with pytest.raises(GgufError):
        read_header(WHOLE[:cut])


@given(st.lists(st.tuples(st.integers(0, len(HEADER) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_are_read_or_refused_and_nothing_else(flips: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for at, value in flips:
        data[at] = value
    try:
        header = read_header(bytes(data))
    except GgufError:
        return
    assert all(tensor.end <= len(data) for tensor in header.tensors)


@given(st.binary(max_size=400))
def test_noise_behind_the_magic_is_an_error_or_an_empty_model(noise: bytes) -> None:
    try:
        header = read_header(b"GGUF" + struct.pack("<I", 3) + noise)
    except GgufError:
        return
    assert header.data_offset >= 24
