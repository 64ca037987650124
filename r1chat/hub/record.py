"""Where a file in r1chat's own folder came from: `NAME.gguf.json` beside it."""

import os
from pathlib import Path

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of one finished file."""

    repo: str = ""
    """On the Hub, as `owner/name`; empty for a file that was imported."""
    file: str = ""
    """Path in the repository, or of the file that was imported."""
    revision: str = ""
    sha256: str | None = None
    """As the Hub gave it for that revision, and as the file had it when it was finished."""
    size: int


def record_path(model: Path) -> Path:
    """Where the record of a file lies."""
    return model.with_name(f"{model.name}.json")


def write_record(model: Path, record: Record) -> None:
    """Write the record of a file, whole or not at all."""
    target = record_path(model)
    draft = target.with_name(f"{target.name}.new")
    draft.write_bytes(msgspec.json.encode(record))
    os.replace(draft, target)


def read_record(model: Path) -> Record | None:
    """The record of a file; None where there is none that can be read, or it is of another file."""
    try:
        record = msgspec.json.decode(record_path(model).read_bytes(), type=Record)
        return record if record.size == model.stat().st_size else None
    except (OSError, msgspec.MsgspecError):
        return None
