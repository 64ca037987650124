"""Opens GGUF files and says in one sentence what is wrong with them; no llama.cpp, no memory map.

A file that shrinks while it is mapped kills the process, and files of other programs are read here too.
"""

from dataclasses import dataclass
from pathlib import Path

from r1chat.core.gguf import GgufError, Header, HeaderCut, read_header, read_start
from r1chat.core.soundness import check_model, check_part, check_tensors, part_names
from r1chat.errors import R1ChatError

START = 64 << 10
"""Bytes that hold a file's metadata up to its vocabulary."""
FIRST_READ, MAX_HEADER = 10 << 20, 20 << 20
"""Bytes that hold a header as a rule (R1's distills have 6 to 8 MB), and at most."""


class ModelFileError(R1ChatError):
    """The model file is missing, damaged, foreign, or of no kind that r1chat can think with."""


@dataclass(frozen=True)
class CheckedModel:
    """A model whose files are whole and sane as far as their headers tell."""

    path: Path
    """The file, or the first of its parts."""
    header: Header
    head: bytes
    """The bytes of the header."""
    files: tuple[Path, ...]
    size: int
    """Bytes, all parts together."""


def check_file(path: Path) -> CheckedModel:
    """Check a model file, and its parts where it is split. Raises ModelFileError."""
    try:
        header, head, size = _read(path)
        check_model(head, header)
        names = part_names(path.name, header)
        files = tuple(path.with_name(name) for name in names)
        for index, part in enumerate(files[1:], start=1):
            later, _, more = _read(part)
            check_part(later, index, len(files))
            check_tensors(later, header)
            size += more
    except GgufError as error:
        raise ModelFileError(f"{path.name} cannot be used. {error.message}", error.hint) from error
    except OSError as error:
        raise ModelFileError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error
    return CheckedModel(path, header, head, files, size)


def peek(path: Path) -> Header:
    """A file's metadata up to its vocabulary, in a millisecond. Raises GgufError, OSError."""
    with path.open("rb") as file:
        return read_start(file.read(START))


def _read(path: Path) -> tuple[Header, bytes, int]:
    """Header, its bytes, and the file's size."""
    if not path.exists():
        raise ModelFileError(
            f"There is no model file {path}.", "Check the path, or see `r1chat models list`."
        )
    if not path.is_file():
        raise ModelFileError(f"{path} is not a file.", "Name a .gguf file.")
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(FIRST_READ)
        try:
            header = read_header(head, size)
        except HeaderCut:
            if len(head) == size:
                raise
            file.seek(0)
            head = b""  # one of the two at a time
            head = file.read(MAX_HEADER)
            header = _read_all(head, size)
    return header, head[: header.data_offset], size


def _read_all(head: bytes, size: int) -> Header:
    try:
        return read_header(head, size)
    except HeaderCut as error:
        if len(head) == size:
            raise
        raise GgufError(
            f"Its header is larger than {MAX_HEADER >> 20} MB, which no model's is.",
            "The file is damaged or hostile: fetch it again.",
        ) from error
