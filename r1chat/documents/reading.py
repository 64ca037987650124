"""The text of a file: its encoding is found, what is no text is refused."""

import codecs
import re
from pathlib import Path
from typing import NamedTuple

from r1chat.documents.pdf import MAX_PDF, is_pdf, pdf_text
from r1chat.errors import UsageError

MAX_TEXT = 4 << 20
"""Bytes of one file; more than any context holds."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""That of UTF-32 begins with that of UTF-16."""
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""No text holds these; logs do hold ESC."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 4096
"""Bytes from which UTF-16 without a mark is told."""
_ZEROS = 0.3
"""The share of one half of all bytes that is 0 in UTF-16 of languages that stand in Latin letters."""


class Document(NamedTuple):
    """A file as text."""

    text: str
    kind: str
    """How it was read, where that was not UTF-8: `Latin-1`, `PDF, 12 pages`."""


def read_document(path: Path, *, name: str = "") -> Document:
    """The text of a file, without blank lines around it. `name` is what a person calls it.

    Raises UsageError for what cannot be read, is no text, or is larger than any context. A PDF is read by
    another process, which may take long.
    """
    name = name or str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT + 1)
            if is_pdf(data):
                data += file.read(MAX_PDF + 1 - len(data))
                pages = pdf_text(data, name)
                return Document(_trimmed(pages.text), pages.kind)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", "Check the path.") from error
    if len(data) > MAX_TEXT:
        raise UsageError(f"{name} is larger than any context.", "Attach a smaller file.")
    text, kind = _decoded(data, name)
    return Document(_trimmed(text), kind)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    for mark, encoding, kind in _BOMS:
        if data.startswith(mark):
            return _strictly(data, encoding, name), "" if kind == "UTF-8" else kind
    if (encoding := _unmarked_utf16(data[:_SAMPLE])) and not _CONTROLS.search(
        text := _strictly(data, encoding, name)
    ):
        return text, "UTF-16"
    if _BINARY.search(data):
        raise _no_text(name)
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        # what Windows calls Latin-1 has letters where the standard has controls
        return data.decode("cp1252", "replace"), "Latin-1"


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _no_text(name) from error
    if "\0" in text:
        raise _no_text(name)
    return text


def _unmarked_utf16(sample: bytes) -> str:
    """The encoding, where every other byte is 0 and hardly any of the rest is."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > _ZEROS * half and not even:
        return "utf-16-le"
    if even > _ZEROS * half and not odd:
        return "utf-16-be"
    return ""


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").strip("\n").rstrip()


def _no_text(name: str) -> UsageError:
    return UsageError(f"{name} is not a text file.", "Attach text, or a PDF.")
