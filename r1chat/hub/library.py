"""The models on this machine: the embedded one, and GGUF files in r1chat's own folder."""

import os
import re

import msgspec

from r1chat.errors import UsageError
from r1chat.paths import Paths, tiny_model

TINY = "tiny"
"""Name of the embedded model, and the one that is used where nothing else was chosen."""

_LATER_SHARD = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")


class LocalModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be loaded."""

    name: str
    """What `-m` takes."""
    path: str
    size: int
    """Bytes of the file; of a split set its first."""
    embedded: bool = False


def installed(paths: Paths) -> tuple[LocalModel, ...]:
    """Every model at hand, the embedded one first."""
    files = sorted(paths.models.rglob("*.gguf")) if paths.models.is_dir() else []
    own = [
        LocalModel(name=str(file), path=str(file), size=file.stat().st_size)
        for file in files
        if file.is_file() and not _LATER_SHARD.search(file.name)
    ]
    tiny = tiny_model()
    embedded = [LocalModel(name=TINY, path=str(tiny), size=tiny.stat().st_size, embedded=True)]
    return (*(embedded if tiny.exists() else ()), *own)


def resolve(name: str) -> str:
    """The path of a model by its name. Raises UsageError for a name that means nothing.

    Whether the file is there and sound is for the engine to say.
    """
    if name == TINY:
        return str(tiny_model())
    if not name.isprintable():
        raise UsageError(f"{name!r} is no name that r1chat can use.", "Rename the file.")
    if name.endswith(".gguf") or "/" in name:
        return os.path.expanduser(name)
    raise UsageError(
        f"There is no model {name!r}.", "Name `tiny` or the path of a .gguf file; see `r1chat models list`."
    )
