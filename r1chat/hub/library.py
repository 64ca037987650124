"""The models on this machine: the embedded one, r1chat's own files, and those of other programs."""

import contextlib
import difflib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISLNK, S_ISREG

import msgspec

from r1chat.core.address import is_address, parse_address
from r1chat.core.catalog import DEFAULT_QUANT, Choice, choice_of_file, choose, looks_like_id
from r1chat.core.gguf import GgufError, Header
from r1chat.core.identity import choice_of_header, quant_of
from r1chat.core.units import size
from r1chat.errors import R1ChatError, UsageError
from r1chat.hub import names
from r1chat.hub.discovery import Found, Origin, other_programs, own_files
from r1chat.hub.record import read_record
from r1chat.modelfile import peek
from r1chat.paths import Paths, tiny_model

TINY = "tiny"
"""Name of the embedded model, and the one that is used where nothing else was chosen."""

_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})")


class LocalModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model on this machine."""

    name: str
    """What `-m` takes."""
    path: str
    """The file, or the first of its parts."""
    size: int
    """Bytes, all parts together."""
    embedded: bool = False
    origin: Origin = Origin.OWN
    files: tuple[str, ...] = ()
    """All parts in order."""
    catalog: str | None = None
    """Its name in the catalog, such as `r1-qwen-7b:Q4_K_M`."""
    architecture: str = ""
    quant: str = ""
    sha256: str | None = None
    """What it should be, where that is known."""
    problem: str = ""
    """One sentence where it can be seen at a glance that it cannot be used."""


def installed(paths: Paths) -> tuple[LocalModel, ...]:
    """Every model at hand: the embedded one, then r1chat's own, then other programs'. A file counts once."""
    tiny = tiny_model()
    models = [_embedded(tiny)] if os.path.exists(tiny) else []
    seen: set[tuple[int, int]] = set()
    taken = {TINY}
    for found, parts, gap in _sets((*own_files(paths.models), *other_programs())):
        stats = _stats(parts, links=found.origin is Origin.OWN)
        if not stats:
            continue  # it went while we looked, or is another program's link to what is gone
        inodes = [(stat.st_dev, stat.st_ino) for stat in stats]
        if seen.isdisjoint(inodes):
            seen.update(inodes)
            model = _model(found, parts, sum(stat.st_size for stat in stats), gap)
            models.append(msgspec.structs.replace(model, name=_unique(model.name, taken)))
    return tuple(models)


def find(name: str, paths: Paths) -> LocalModel:
    """A model of the library by its name, its catalog name or its path. Raises UsageError."""
    _check_here(name)
    models = installed(paths)
    for model in models:
        if name in {model.name, model.path} or os.path.expanduser(name) == model.path:
            return model
    if pulled := _by_repository(name, models, paths.models):
        return pulled
    if looks_like_id(name):
        return _by_catalog(choose(name), ":" in name, models)
    close = difflib.get_close_matches(name, [model.name for model in models], n=1)
    hint = f"Did you mean {close[0]!r}?" if close else "See `r1chat models list`."
    raise UsageError(f"There is no model {name!r} on this machine.", hint)


def resolve(name: str, paths: Paths) -> str:
    """The path of a model by its name. Raises UsageError for a name that means nothing.

    Whether a file that was named by its path is there and sound is for the engine to say.
    """
    if name == TINY:
        return str(tiny_model())
    _check_here(name)
    if not name.isprintable():
        raise UsageError(f"{name!r} is no name that r1chat can use.", "Rename the file.")
    if name.endswith(".gguf") or "/" in name:
        path = os.path.expanduser(name)
        return path if os.path.exists(path) else _pulled(name, paths) or path
    return find(name, paths).path


def _check_here(name: str) -> None:
    """Raise UsageError for the address of a server."""
    if is_address(name):
        raise UsageError(
            f"{parse_address(name).host} is a server, and this works with models of this machine.",
            "`r1chat -m`, `r1chat ask -m` and `r1chat doctor -m` take its address.",
        )


def _pulled(name: str, paths: Paths) -> str | None:
    """The path of what was fetched under the name of its repository; None where it has no such form."""
    if model := _by_repository(name, installed(paths), paths.models):
        return model.path
    if not name.endswith(".gguf") and names.is_repo(name.partition(":")[0]):
        raise UsageError(
            f"There is no model {name!r} on this machine.", f"Fetch it with `r1chat models pull {name}`."
        )
    return None


def _embedded(tiny: Path) -> LocalModel:
    return LocalModel(
        name=TINY,
        path=str(tiny),
        size=tiny.stat().st_size,
        embedded=True,
        origin=Origin.EMBEDDED,
        files=(str(tiny),),
        architecture="qwen2",
    )


def _sets(found: Iterable[Found]) -> Iterator[tuple[Found, list[Path], str]]:
    """Files with split sets put together, and what a set lacks."""
    for item in found:
        part = _PART.fullmatch(item.label)
        if part is None or int(part[3]) == 0:
            yield item, [item.path], ""
        elif part[2] == "00001":
            every = (
                f"{part[1]}-{index:05d}-of-{part[3]}.gguf" for index in range(1, min(int(part[3]), 999) + 1)
            )
            paths = [item.path.with_name(name) for name in every]
            there = [path for path in paths if os.path.isfile(path) or path == item.path]
            gap = (
                ""
                if len(there) == len(paths)
                else f"{len(paths) - len(there)} of {len(paths)} parts are missing."
            )
            yield msgspec.structs.replace(item, label=part[1]), there, gap


def _stats(parts: list[Path], *, links: bool) -> list[os.stat_result]:
    """What the system says of each part, or of its link where `links` of ours lead nowhere; else nothing."""
    looks = (os.stat, os.lstat) if links else (os.stat,)
    for look in looks:
        with contextlib.suppress(OSError):
            stats = [look(part) for part in parts]
            # To open a pipe would wait for whoever writes into it.
            return stats if all(S_ISREG(one.st_mode) or S_ISLNK(one.st_mode) for one in stats) else []
    return []


def _model(found: Found, parts: list[Path], total: int, gap: str) -> LocalModel:
    header, problem = _glance(parts[0])
    if not _is_text(found.path):
        problem = "Its path is no text in UTF-8, and so has no name: rename it."
    choice = choice_of_file(found.path.name) or (choice_of_header(header) if header else None)
    record = read_record(parts[0]) if found.origin is Origin.OWN and len(parts) == 1 else None
    return LocalModel(
        name=choice.name if choice else " ".join(found.label.split()),
        path=str(parts[0]),
        size=total,
        origin=found.origin,
        files=tuple(str(part) for part in parts),
        catalog=choice.name if choice else None,
        architecture=header.architecture if header else "",
        quant=quant_of(header) if header else "",
        sha256=record.sha256 if record else found.sha256,
        problem=problem or gap,
    )


def _is_text(path: Path) -> bool:
    """The path can be told to another program; other bytes are halves of characters in Python."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _glance(path: Path) -> tuple[Header | None, str]:
    """The start of a file's header, or why there is none."""
    try:
        return peek(path), ""
    except GgufError as error:
        return None, error.message
    except FileNotFoundError:
        return None, "The file that it links to is gone."
    except OSError as error:
        return None, f"It cannot be read: {error.strerror or error}."


def _unique(name: str, taken: set[str]) -> str:
    """`name`, numbered where another model has it already."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    taken.add(free)
    return free


def _by_repository(name: str, models: tuple[LocalModel, ...], folder: Path) -> LocalModel | None:
    """What was fetched from the Hub under this name: owner/repository, perhaps :QUANT or /file.gguf."""
    try:
        asked = names.parse(name)
        kept = names.local_path(folder, asked.repo, asked.file or "any.gguf")
    except R1ChatError:
        return None
    own = [model for model in models if model.origin is Origin.OWN and not model.problem]
    if asked.file:
        return next((model for model in own if str(kept) in model.files), None)
    here = [
        model
        for model in own
        if Path(model.path).is_relative_to(kept.parent)
        and asked.quant in {"", names.quant_of(model.path), model.quant.upper()}
    ]
    return max(here, key=lambda model: (model.quant == DEFAULT_QUANT, model.size), default=None)


def _by_catalog(choice: Choice, exact: bool, models: tuple[LocalModel, ...]) -> LocalModel:
    """The model that a catalog name means; without a quantisation the usual one, or else the largest here."""
    here = [model for model in models if model.catalog is not None and not model.problem]
    for model in here:
        if model.catalog == choice.name:
            return model
    others = [model for model in here if (model.catalog or "").startswith(f"{choice.model.id}:")]
    if others and not exact:
        return max(others, key=lambda model: (model.quant == DEFAULT_QUANT, model.size))
    raise UsageError(
        f"{choice.name} is not on this machine.",
        f"Fetch it with `r1chat models pull {choice.name}` ({size(choice.entry.size)}).",
    )
