"""Files of many kinds, as text."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.documents import Document, read_document, reading
from r1chat.errors import UsageError
from tests.documents.pages import pdf

GREETING = "Grüße, wie heißt er?\nπ ≈ 3"


def read(tmp_path: Path, data: bytes) -> Document:
    path = tmp_path / "file"
    path.write_bytes(data)
    return read_document(path, name="file")


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("utf-32", "UTF-32"), ("utf-16-le", "UTF-16")],
)
def test_its_encoding_is_found(tmp_path: Path, encoding: str, kind: str) -> None:
    text = GREETING if encoding != "utf-16-le" else "Grüße, wie heißt er?"
    assert read(tmp_path, text.encode(encoding)) == Document(text, kind)


def test_what_is_no_unicode_is_read_as_latin_1(tmp_path: Path) -> None:
    assert read(tmp_path, "Grüße: 5 €".encode("cp1252")) == Document("Grüße: 5 €", "Latin-1")


def test_lines_end_alike_and_indents_stay(tmp_path: Path) -> None:
    assert read(tmp_path, b"\r\n    def f():\r\n        pass\r\n\r\n").text == "    def f():\n        pass"
    assert read(tmp_path, b"") == Document("", "")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"PK\x03\x04",
        b"\x7fELF\x02\x01\x01\x00",
        b"\xff\xfea",
        b"\x00\x01",
        bytes(range(256)),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UsageError, match="file is not a text file"):
        read(tmp_path, data)


def test_what_is_not_there_or_too_large_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_document(tmp_path / "nothing")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_document(tmp_path)
    with pytest.raises(UsageError, match="larger than any context"):
        read(tmp_path, b"a" * (reading.MAX_TEXT + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text, _ = reading._decoded(data, "x")
    except UsageError:
        return
    assert "\0" not in text


def test_a_pdf_is_its_pages(tmp_path: Path) -> None:
    assert read(tmp_path, pdf("Hello there.", "And goodbye.")) == Document(
        "Hello there.\n\nAnd goodbye.", "PDF, 2 pages"
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pdf(), "without text: its pages are pictures"),
        (b"%PDF-1.7\nnonsense", "that could not be read"),
        (pdf("secret", lock="x"), "that asks for a password"),
    ],
    ids=["empty", "damaged", "locked"],
)
def test_a_pdf_without_text_is_said(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(UsageError, match=f"file is a PDF {sentence}"):
        read(tmp_path, data)


def test_without_pypdf_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pypdf").mkdir()
    (tmp_path / "pypdf" / "__init__.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    with pytest.raises(UsageError, match="cannot read those as it is installed") as refused:
        read(tmp_path, pdf("Hello."))
    assert "r1chat[pdf]" in refused.value.hint
