"""Finds the GGUF files that other programs have fetched. Nothing of theirs is ever written or deleted.

Where each keeps them was read from its documentation or source; a folder that is not there costs nothing.
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain
from pathlib import Path

import msgspec

MAX_DEPTH = 6
"""Folders below a program's own that are looked into."""
HIDDEN = (".", "incomplete-", "mmproj")
"""Beginnings of names that are no finished model's."""

_SHA256 = re.compile(r"(?:sha256-)?([0-9a-f]{64})")


class Origin(StrEnum):
    """Whose a file is."""

    EMBEDDED = "embedded"
    OWN = "r1chat"
    HUGGING_FACE = "Hugging Face cache"
    LLAMA_CPP = "llama.cpp"
    LM_STUDIO = "LM Studio"
    OLLAMA = "Ollama"
    JAN = "Jan"
    GPT4ALL = "GPT4All"


class Found(msgspec.Struct, frozen=True):
    """A file as its program knows it."""

    path: Path
    origin: Origin
    label: str
    """What its program or its file name calls it."""
    sha256: str | None = None
    """As its program recorded it."""


def own_files(folder: Path) -> Iterator[Found]:
    """r1chat's own."""
    return _named(walk([folder]), Origin.OWN)


def other_programs() -> Iterator[Found]:
    """What all known programs have, in the order of preference where two have the same file."""
    home = Path(os.path.expanduser("~"))
    data = _data(home)
    return chain(
        _hugging_face(home),
        _named(walk([_cache(home) / "llama.cpp"]), Origin.LLAMA_CPP),
        _named(walk(_lm_studio(home)), Origin.LM_STUDIO),
        chain.from_iterable(map(_ollama, _ollama_folders(home))),
        _jan([data / "Jan/data/llamacpp/models", data / "Jan/data/models", home / "jan/models"]),
        _named(walk([data / "nomic.ai/GPT4All"]), Origin.GPT4ALL),
    )


def walk(folders: Iterable[Path], depth: int = MAX_DEPTH) -> Iterator[Path]:
    """Every finished GGUF file below some folders, in order; links to folders are not followed."""
    for folder in folders:
        for place, below, names in os.walk(folder):
            below.sort()
            if len(Path(place).relative_to(folder).parts) >= depth:
                below.clear()
            for name in sorted(names):
                if name.endswith(".gguf") and not name.startswith(HIDDEN):
                    yield Path(place, name)


def _named(paths: Iterable[Path], origin: Origin) -> Iterator[Found]:
    for path in paths:
        yield Found(path, origin, path.stem)


def _hugging_face(home: Path) -> Iterator[Found]:
    """`models--owner--name/snapshots/COMMIT/FILE`, links to `blobs/SHA256`; llama.cpp uses it too."""
    environ = os.environ
    folders = [environ.get("HF_HUB_CACHE"), environ.get("HUGGINGFACE_HUB_CACHE"), environ.get("LLAMA_CACHE")]
    if own := environ.get("HF_HOME"):
        folders.append(f"{own}/hub")
    caches = [Path(os.path.expanduser(folder)) for folder in folders if folder]
    for cache in (*caches, Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "huggingface/hub"):
        for path in walk(sorted(cache.glob("models--*/snapshots"))):
            yield Found(path, Origin.HUGGING_FACE, path.stem, _sum_of_blob(path))
        if cache.name != "hub":
            yield from _named(walk([cache], depth=0), Origin.LLAMA_CPP)


def _sum_of_blob(path: Path) -> str | None:
    """The name of the blob that a file of a snapshot links to.

    No further: the blob may itself be a link, into a store that all repositories share and whose names are
    other sums (huggingface_hub 2, `utils/_shared_blobs.py`).
    """
    try:
        blob = _SHA256.fullmatch(os.path.basename(os.readlink(path)))
    except OSError:
        return None
    return blob[1] if blob else None


def _lm_studio(home: Path) -> Iterator[Path]:
    pointer = home / ".lmstudio-home-pointer"
    with contextlib.suppress(OSError, ValueError):
        place = pointer.read_text(encoding="utf-8").strip()
        if os.path.isabs(place) and place.isprintable():
            yield Path(place) / "models"
    yield home / ".lmstudio/models"
    yield home / ".cache/lm-studio/models"


def _ollama_folders(home: Path) -> Iterator[Path]:
    if own := os.environ.get("OLLAMA_MODELS"):
        yield Path(os.path.expanduser(own))
    yield home / ".ollama/models"
    yield Path("/usr/share/ollama/.ollama/models")


class _Layer(msgspec.Struct, rename="camel"):
    media_type: str
    digest: str


class _Manifest(msgspec.Struct):
    layers: list[_Layer]


def _ollama(folder: Path) -> Iterator[Found]:
    """`manifests/HOST/OWNER/MODEL/TAG` names the layers, `blobs/sha256-…` are they."""
    for place, below, names in os.walk(folder / "manifests"):
        below.sort()
        for tag in sorted(names):
            digest = _model_layer(Path(place, tag))
            if digest is None:
                continue
            *_, owner, model = Path(place).parts
            label = f"{model}:{tag}" if owner == "library" else f"{owner}.{model}:{tag}"
            yield Found(folder / "blobs" / f"sha256-{digest}", Origin.OLLAMA, label, digest)


def _model_layer(manifest: Path) -> str | None:
    try:
        layers = msgspec.json.decode(manifest.read_bytes(), type=_Manifest).layers
    except (OSError, msgspec.MsgspecError):
        return None
    models = [layer.digest for layer in layers if layer.media_type == "application/vnd.ollama.image.model"]
    found = _SHA256.fullmatch(models[0].replace(":", "-")) if len(models) == 1 else None
    return found[1] if found else None


def _jan(folders: Iterable[Path]) -> Iterator[Found]:
    """`ID/model.gguf`; the folder has the name."""
    for path in walk(folders):
        label = path.parent.name if path.stem == "model" else path.stem
        yield Found(path, Origin.JAN, label)


def _data(home: Path) -> Path:
    if sys.platform == "darwin":
        return home / "Library/Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")


def _cache(home: Path) -> Path:
    if sys.platform == "darwin":
        return home / "Library/Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
