"""The text of a PDF, by pypdf in a process of its own: a hostile file costs time and memory there, not here.

Run as a module it reads a PDF from stdin and writes one JSON object.
"""

import json
import subprocess
import sys
from typing import NamedTuple

from r1chat.errors import UsageError

MAX_PDF = 64 << 20
"""Bytes of a PDF; its text is smaller."""
_SECONDS = 60
_MEMORY = 2 << 30
"""Bytes of address space, where the system can limit it."""
_MOST = 4 << 20
"""Characters of text; more than any context holds."""
_EXTRA = "pip install 'r1chat[pdf]' adds what it takes."


class Pages(NamedTuple):
    """The text of all pages."""

    text: str
    kind: str


def is_pdf(data: bytes) -> bool:
    """Whether a file begins as a PDF does."""
    return data.startswith(b"%PDF-")


def pdf_text(data: bytes, name: str) -> Pages:
    """The text of a PDF. Raises UsageError, which calls it `name`. May take a minute."""
    if len(data) > MAX_PDF:
        raise UsageError(f"{name} is a PDF of more than {MAX_PDF >> 20} MB.", "Attach a part of it.")
    try:
        run = subprocess.run(
            [sys.executable, "-P", "-m", "r1chat.documents.pdf"],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        found: dict[str, str | int] = json.loads(run.stdout)
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"{name} took more than {_SECONDS} s to read.", "Attach its text instead."
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} is a PDF that could not be read.", "Attach its text instead.") from error
    if trouble := found.get("trouble"):
        raise UsageError(f"{name} is a PDF {trouble}.", str(found.get("hint", "Attach its text instead.")))
    count = int(found["pages"])
    return Pages(str(found["text"]), f"PDF, {count:,} page{'s' if count != 1 else ''}")


def _main() -> None:
    sys.stdout.write(json.dumps(_read()))


def _read() -> dict[str, str | int]:
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError:
        return {"trouble": "and r1chat cannot read those as it is installed", "hint": _EXTRA}
    from io import BytesIO

    _limit_memory()
    try:
        reader = pypdf.PdfReader(BytesIO(sys.stdin.buffer.read()))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"trouble": "that asks for a password", "hint": "Attach one without."}
        pages, length = [], 0
        for page in reader.pages:
            pages.append(page.extract_text().strip())
            length += len(pages[-1])
            if length > _MOST:
                return {"trouble": "with more text than any context holds", "hint": "Attach a part of it."}
    except (PyPdfError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError):
        return {"trouble": "that could not be read"}  # pypdf lets more than its own escape from damaged files
    text = "\n\n".join(filter(None, pages))
    if not text:
        return {"trouble": "without text: its pages are pictures", "hint": "Attach its text instead."}
    return {"text": text.encode("utf-8", "replace").decode(), "pages": len(pages)}


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _main()
