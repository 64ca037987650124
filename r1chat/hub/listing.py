"""What repositories of the Hub hold: GGUF files, sorted into quantisations."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from r1chat.hub.names import is_repo, is_safe, quant_of, shard_of
from r1chat.hub.source import RemoteFile
from r1chat.hub.trouble import BadAnswer, HubError, Missing, RateLimited
from r1chat.hub.web import Web

AT_ONCE = 6
"""Requests to the API that run side by side."""
MAX_PAGES = 20
"""Of one repository's list of files, 1,000 files each."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_IN_PIECES = re.compile(r"\.gguf\.part\d+of\d+$")
_NO_MODELS = ("mmproj", "imatrix")
"""Beginnings of names of GGUF files that belong to a model and are none."""


class _Lfs(msgspec.Struct):
    sha256: str = ""
    oid: str = ""
    size: int = 0


class _Sibling(msgspec.Struct):
    rfilename: str = ""
    size: int | None = None
    lfs: _Lfs | None = None


class _Entry(msgspec.Struct):
    path: str = ""
    type: str = "file"
    size: int = 0
    lfs: _Lfs | None = None


class _Info(msgspec.Struct, rename={"card": "cardData"}):
    id: str = ""
    sha: str | None = None
    gated: bool | str = False
    private: bool = False
    disabled: bool | None = False
    downloads: int | None = 0
    tags: list[str] | None = None
    card: Any = None
    siblings: list[_Sibling] | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One quantisation: a file, or the files that it is split into."""

    quant: str
    """As the names tell it; the whole name where they tell none."""
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files; 0 where the server does not say."""
        return sum(file.size for file in self.files) if all(file.size for file in self.files) else 0


class RemoteModel(msgspec.Struct, frozen=True, kw_only=True):
    """A repository with GGUF files."""

    repo: str
    """Its name today; a renamed repository is found by its old name too."""
    commit: str = ""
    license: str = ""
    gated: bool = False
    """Its owners want their terms accepted before a file is given."""
    private: bool = False
    downloads: int = 0
    """In the last 30 days."""
    variants: tuple[Variant, ...] = ()
    """The smallest first."""
    unusable: tuple[str, ...] = ()
    """Names of model files that r1chat does not fetch: cut into pieces, unsafe, or of an incomplete set."""
    problem: str = ""
    """Why its files are not known; one sentence."""

    def named(self, variant: Variant) -> str:
        """How to ask for one of its quantisations: by its file where several are of one kind."""
        if sum(one.quant == variant.quant for one in self.variants) > 1:
            return f"{self.repo}/{variant.files[0].name}"
        return f"{self.repo}:{variant.quant}"


async def search(web: Web, text: str, limit: int) -> tuple[RemoteModel, ...]:
    """Repositories with GGUF files whose name holds `text`, the most fetched first. Raises HubError."""
    query = {"search": text, "filter": "gguf", "sort": "downloads", "limit": str(limit)}
    try:
        page = await web.get("/api/models", query, list[_Info], "the list of models")
    except (Missing, BadAnswer) as error:
        raise BadAnswer(
            f"{web.host} offers no search of models.",
            "Mirrors may not: name a repository itself, as owner/name, or check HF_ENDPOINT.",
        ) from error
    hits = [info for info in page.value if is_repo(info.id)][:limit]
    turn = asyncio.Semaphore(AT_ONCE)

    async def detail(info: _Info) -> RemoteModel:
        async with turn:
            try:
                return await describe(web, info.id)
            except RateLimited:
                raise
            except HubError as error:
                return msgspec.structs.replace(_model(info, []), problem=error.message)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(detail(info), name=f"hub-detail-{info.id}") for info in hits]
    except* RateLimited as several:
        raise several.exceptions[0] from None
    return tuple(task.result() for task in tasks)


async def describe(web: Web, repo: str, revision: str = "") -> RemoteModel:
    """What one repository holds. Raises HubError."""
    at = quote(revision or "main", safe="")
    page = await web.get(f"/api/models/{repo}/revision/{at}", {"blobs": "true"}, _Info, repo)
    info = page.value
    name = info.id if is_repo(info.id) else repo
    commit = info.sha if info.sha and _COMMIT.fullmatch(info.sha) else revision or "main"
    siblings = [one for one in info.siblings or () if ".gguf" in one.rfilename]
    files = [_file(name, commit, one.rfilename, one.size or 0, one.lfs) for one in siblings]
    if any(not file.size or not file.sha256 for file in files if file.name.endswith(".gguf")):
        files = await _tree(web, name, commit) or files
    # In a thread: a repository may name very many files, and the screen is drawn meanwhile.
    return await asyncio.to_thread(_model, msgspec.structs.replace(info, id=name, sha=commit), files)


async def _tree(web: Web, repo: str, commit: str) -> list[RemoteFile]:
    """The files as another part of the API lists them: some mirrors know sizes only there."""
    path, query, files = f"/api/models/{repo}/tree/{commit}", {"recursive": "true"}, []
    for _ in range(MAX_PAGES):
        page = await web.get(path, query, list[_Entry], repo)
        files += [
            _file(repo, commit, entry.path, entry.size, entry.lfs)
            for entry in page.value
            if entry.type == "file" and ".gguf" in entry.path
        ]
        if not page.next_path:
            break
        path, query = page.next_path, {}
    return files


def _file(repo: str, commit: str, name: str, size: int, lfs: _Lfs | None) -> RemoteFile:
    checksum = (lfs.sha256 or lfs.oid).removeprefix("sha256:") if lfs else ""
    real = lfs.size if lfs and lfs.size > 0 else size
    return RemoteFile(repo=repo, revision=commit, name=name, size=max(0, real), sha256=checksum)


def _model(info: _Info, files: Sequence[RemoteFile]) -> RemoteModel:
    variants, unusable = _sorted_out(files)
    return RemoteModel(
        repo=info.id,
        commit=info.sha or "",
        license=_license(info),
        gated=bool(info.gated),
        private=info.private,
        downloads=info.downloads or 0,
        variants=variants,
        unusable=unusable,
        problem="The Hub has disabled it." if info.disabled else "",
    )


def _license(info: _Info) -> str:
    for tag in info.tags or ():
        if tag.startswith("license:"):
            return tag.removeprefix("license:")[:60]
    named = info.card.get("license", "") if isinstance(info.card, dict) else ""
    return named[:60] if isinstance(named, str) else ""


def _sorted_out(files: Iterable[RemoteFile]) -> tuple[tuple[Variant, ...], tuple[str, ...]]:
    """Quantisations by size, and what cannot be used."""
    sets: dict[tuple[str, int], list[RemoteFile]] = {}
    unusable: list[str] = []
    for file in files:
        base = file.name.rpartition("/")[2].lower()
        if base.startswith(_NO_MODELS):
            continue
        if not is_safe(file.name) or not file.name.endswith(".gguf"):
            if file.name.endswith(".gguf") or _IN_PIECES.search(file.name):
                unusable.append(file.name)
            continue
        shard = shard_of(file.name)
        key = (shard.stem, shard.of) if shard else (file.name, 0)
        sets.setdefault(key, []).append(file)
    variants: list[Variant] = []
    for (stem, count), members in sets.items():
        members.sort(key=lambda file: file.name)
        shards = [shard_of(file.name) for file in members]
        numbers = [shard.number for shard in shards if shard]
        if count and (len(numbers) != count or numbers != list(range(1, count + 1))):
            unusable += [file.name for file in members]
            continue
        quant = quant_of(stem) or stem.rpartition("/")[2].removesuffix(".gguf")
        variants.append(Variant(quant=quant, files=tuple(members)))
    variants.sort(key=lambda variant: (variant.size, variant.quant))
    return tuple(variants), tuple(unusable)
