"""What can be done with a model that is here: bring it into the library, check it, remove it."""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from r1chat.core.catalog import choose
from r1chat.errors import R1ChatError, UsageError
from r1chat.hub.discovery import HIDDEN, Origin
from r1chat.hub.library import LocalModel
from r1chat.hub.record import read_record, record_path
from r1chat.modelfile import CheckedModel, check_file
from r1chat.paths import Paths

STEP = 8 << 20
"""Bytes that are hashed or copied at once."""

Progress = Callable[[int, int], None]
"""Told of bytes done and of all."""


class How(StrEnum):
    """How a file gets into r1chat's folder."""

    LINK = "link"
    HARDLINK = "hardlink"
    COPY = "copy"
    MOVE = "move"


class ImportFailed(R1ChatError):
    """The file could not be brought into the library; it lies where it lay."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of a model found."""

    size: int
    sha256: tuple[str, ...]
    """Of each part."""
    known: bool
    """There was a checksum to hold it against."""
    matches: bool
    """False where it is another file than the one that was published or recorded."""
    note: str
    """One sentence."""


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What went."""

    files: tuple[str, ...]
    freed: int
    """Bytes; a link to another file frees none."""
    note: str = ""


def import_model(source: Path, how: How, paths: Paths, progress: Progress | None = None) -> tuple[Path, ...]:
    """Bring a file, and the parts that belong to it, into r1chat's own folder. Returns where they are now.

    Checked first. Raises ModelFileError for what is no model, ImportFailed where it cannot be done.
    """
    model = check_file(Path(os.path.abspath(os.path.expanduser(source))))
    folder = paths.models / "imported"
    if paths.models in model.path.parents:
        raise ImportFailed(f"{model.path.name} is in r1chat's own folder already.", "Use it by its name.")
    if how is How.MOVE and any(part.is_symlink() for part in model.files):
        raise ImportFailed(
            f"{model.path.name} is a link into another program's files.", "Link to it or copy it instead."
        )
    targets = [folder / _shown(part.name) for part in model.files]
    for target in targets:
        if os.path.lexists(target):
            raise ImportFailed(
                f"There is a {target.name} in {folder} already.", "Remove it first, or rename the new file."
            )
    if how is How.COPY:
        _check_room(folder, model.size)
    made: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = 0
        for part, target in zip(model.files, targets, strict=True):
            _bring(part, target, how, _behind(progress, done, model.size))
            made.append(target)
            done += target.stat().st_size
    except OSError as error:
        if how is not How.MOVE:
            for target in made:
                target.unlink(missing_ok=True)
        raise _explained(error, how, model) from error
    return tuple(targets)


def _shown(name: str) -> str:
    """A name by which the library finds it. Raises ImportFailed."""
    if name.startswith(HIDDEN):
        raise ImportFailed(
            f"A file whose name begins as that of {name} is taken for no model.", "Rename it first."
        )
    return name if name.endswith(".gguf") else f"{name}.gguf"


def verify_model(model: LocalModel, progress: Progress | None = None) -> Verified:
    """Check structure and checksum of a model. Raises ModelFileError where its structure is wrong.

    A checksum that r1chat or another program recorded is an authority; the catalog's is not, since
    repositories replace their files.
    """
    checked = check_file(Path(model.path))
    sums, done = [], 0
    for part in checked.files:
        sums.append(_sha256(part, _behind(progress, done, checked.size)))
        done += part.stat().st_size
    recorded = _recorded(model, checked)
    published = choose(model.catalog).entry.sha256 if model.catalog and len(sums) == 1 else None
    matches, note = _judge(sums, recorded, published)
    return Verified(
        size=checked.size, sha256=tuple(sums), known=recorded is not None or published is not None,
        matches=matches, note=note,
    )  # fmt: skip


def freed_by_removal(model: LocalModel) -> int:
    """Bytes that `remove_model` would free; a link to another file frees none.

    Raises UsageError for a model that is another program's or embedded.
    """
    match model.origin:
        case Origin.OWN:
            return sum(path.lstat().st_size for path in map(Path, model.files) if not _is_link(path))
        case Origin.EMBEDDED:
            raise UsageError(
                "The embedded model is a part of r1chat.", "It takes no more than a few megabytes."
            )
        case _:
            raise UsageError(
                f"{model.name} belongs to {model.origin.value}; r1chat does not delete it.",
                "Remove it there.",
            )


def remove_model(model: LocalModel) -> Removed:
    """Delete a model of r1chat's own. Raises UsageError for one that is another program's or embedded."""
    freed = freed_by_removal(model)
    linked = any(map(_is_link, map(Path, model.files)))
    for name in model.files:
        path = Path(name)
        path.unlink()
        record_path(path).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        Path(model.path).parent.rmdir()  # only where nothing else is in it
    note = "It was a link; the file itself stays where it is." if linked else ""
    return Removed(files=model.files, freed=freed, note=note)


def _is_link(path: Path) -> bool:
    """Its bytes have another name too, and stay."""
    return path.is_symlink() or path.stat().st_nlink > 1


def _bring(source: Path, target: Path, how: How, progress: Callable[[int], None]) -> None:
    match how:
        case How.LINK:
            target.symlink_to(source)
        case How.HARDLINK:
            os.link(source.resolve(), target)
        case How.MOVE:
            try:
                os.rename(source, target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                _copy(source, target, progress)
                source.unlink()
        case How.COPY:
            _copy(source, target, progress)


def _copy(source: Path, target: Path, progress: Callable[[int], None]) -> None:
    """Copy under another name, which it loses only when it is whole."""
    draft = target.with_name(f"{target.name}.copying")
    try:
        with source.open("rb") as reader, draft.open("wb") as writer:
            while piece := reader.read(STEP):
                writer.write(piece)
                progress(writer.tell())
            writer.flush()
            os.fsync(writer.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def _check_room(folder: Path, size: int) -> None:
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if size > free:
        raise ImportFailed(
            f"{place} has {free / 1e9:.1f} GB free and the model takes {size / 1e9:.1f} GB.",
            "Import it by link (the default): that takes no room.",
        )


def _explained(error: OSError, how: How, model: CheckedModel) -> ImportFailed:
    name = model.path.name
    if error.errno == errno.EXDEV:
        return ImportFailed(f"{name} lies on another disk, so no hard link can be made.", "Link or copy it.")
    return ImportFailed(
        f"{name} could not be brought in ({how}): {error.strerror or error}.", "Nothing is lost."
    )


def _sha256(path: Path, progress: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(STEP):
            digest.update(piece)
            progress(file.tell())
    return digest.hexdigest()


def _recorded(model: LocalModel, checked: CheckedModel) -> list[str | None] | None:
    """The recorded checksum of each part; None where there is none at all."""
    if model.origin is Origin.OWN:
        records = [read_record(part) for part in checked.files]
        sums = [record.sha256 if record else None for record in records]
    else:
        sums = [model.sha256 if len(checked.files) == 1 else None] * len(checked.files)
    return sums if any(sums) else None


def _judge(sums: list[str], recorded: list[str | None] | None, published: str | None) -> tuple[bool, str]:
    if recorded is not None:
        if all(was in {None, now} for now, was in zip(sums, recorded, strict=True)):
            return True, "Whole and right: its checksum is the recorded one."
        return False, "It is not the file that was fetched: its bytes have changed. Fetch it again."
    if published is not None:
        if published == sums[0]:
            return True, "Whole and right: its checksum is the published one."
        return True, "Whole, but not the file that the catalog knows: its repository may have replaced it."
    return True, "Whole as far as its structure tells; no checksum of it is known."


def _behind(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    """Tells `progress` of bytes of one part, `before` of which other parts had."""

    def tell(count: int) -> None:
        if progress is not None:
            progress(before + count, total)

    return tell
