"""Names from the net and from people: which are safe, what they mean, and where a file goes.

A name of a repository's file is hostile until every part of it is known to be harmless; the path that is
written to is then made of those parts.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from r1chat.errors import UsageError
from r1chat.hub.trouble import HubError

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=~-]{0,150}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,99}", re.ASCII)
_QUANT = re.compile(
    r"(?<![A-Za-z0-9])((?:UD-)?(?:I?Q[1-8](?:_[A-Z0-9]{1,3})*|TQ[12]_0|MXFP4(?:_MOE)?|BF16|F16|F32|FP16|FP32))"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf")
_MAX_FOLDERS = 3
_HUB = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
"""Hosts under which the Hub knows its repositories; a mirror takes the same addresses."""


class UnsafeName(HubError):
    """A repository names a file in a way that is not written to this disk."""


class Shard(NamedTuple):
    """Where a file stands in a split set."""

    stem: str
    """Common beginning of all names, folders included."""
    number: int
    """From 1."""
    of: int


class Asked(NamedTuple):
    """What a person named: a repository, and as much more as they said."""

    repo: str
    revision: str = ""
    quant: str = ""
    file: str = ""


def is_repo(name: str) -> bool:
    """`name` has the form `owner/name`."""
    return _REPO.fullmatch(name) is not None and ".." not in name and "--" not in name


def is_safe(name: str) -> bool:
    """Every part of the path `name` can be written to a disk as it is."""
    parts = name.split("/")
    return len(parts) <= _MAX_FOLDERS + 1 and all(_SAFE.fullmatch(part) for part in parts)


def local_path(models: Path, repo: str, name: str) -> Path:
    """Where a file of a repository is kept below `models`. Raises UnsafeName."""
    if not is_repo(repo) or not is_safe(name):
        raise UnsafeName(
            f"The repository names a file {name!r}, which r1chat does not write to a disk.",
            "Choose another repository of the same model.",
        )
    return models.joinpath(repo.replace("/", "__"), *name.split("/"))


def quant_of(name: str) -> str:
    """The quantisation that a file's name tells, such as `Q4_K_M`; empty where it tells none."""
    found = _QUANT.findall(name.rpartition("/")[2].removesuffix(".gguf"))
    return str(found[-1]).upper() if found else ""


def shard_of(name: str) -> Shard | None:
    """Its place in a split set; None for a file that is whole by itself."""
    found = _SHARD.fullmatch(name)
    return Shard(found[1], int(found[2]), int(found[3])) if found else None


def parse(text: str, host: str = "") -> Asked:
    """`owner/name`, with `@revision`, `:QUANT` or `/file.gguf` behind it, or an address on the Hub.

    `host`: that of the server which is asked instead of the Hub. Raises UsageError.
    """
    named = text.strip()
    short = named.removeprefix("hf.co/").removeprefix("huggingface.co/")
    path = _path(named, host) if "://" in named else short
    path, _, quant = path.partition(":")
    path, _, revision = path.partition("@")
    owner, _, rest = path.partition("/")
    name, _, file = rest.partition("/")
    for verb in ("resolve/", "blob/", "tree/"):
        if file.startswith(verb):
            revision, _, file = file.removeprefix(verb).partition("/")
    asked = Asked(f"{owner}/{name}", revision, quant.upper(), file)
    if not is_repo(asked.repo) or not (revision == "" or _REVISION.fullmatch(revision)):
        raise UsageError(
            f"{text!r} names no model that can be fetched.",
            "Give a name of `r1chat models catalog`, or owner/repository[:QUANT] on the Hub.",
        )
    if file and not (is_safe(file) and file.endswith(".gguf")):
        raise UsageError(f"{file!r} is no file that r1chat fetches.", "Name a .gguf file.")
    return asked


def _path(address: str, host: str) -> str:
    """What an address names on the Hub or its mirror; nothing of another server is fetched."""
    with suppress(ValueError):
        parsed = urlsplit(address)
        if parsed.hostname in _HUB | {host}:
            return unquote(parsed.path).strip("/")
    raise UsageError(
        f"{address!r} is not on the Hugging Face Hub, and r1chat fetches from nowhere else.",
        "Fetch it with a browser and bring it in with `r1chat models import FILE`;"
        " for a mirror of the Hub set HF_ENDPOINT.",
    )
