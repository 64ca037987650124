"""Where a file of the Hub can be fetched just now, and what it must turn out to be."""

import re
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from r1chat.hub.trouble import BadAnswer
from r1chat.hub.web import Answer, Web

_SHA256, _SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")
_MAX_HOPS = 6


class Checksum(msgspec.Struct, frozen=True):
    """What the bytes must add up to."""

    kind: str
    """`sha256` of the bytes (files in Git LFS), or `git`: the sha1 of git's blob object (small files)."""
    hex: str


class RemoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a repository, as the Hub lists it."""

    repo: str
    revision: str
    """A commit where one is known, else a branch."""
    name: str
    """Path in the repository. Never a path to write to."""
    size: int = 0
    """Bytes; 0 where the list does not say."""
    sha256: str = ""
    """Empty where the list does not say."""


class Source(NamedTuple):
    """The answer to a HEAD request for a file."""

    url: str
    """Good for a while: addresses of a CDN expire."""
    size: int
    """Bytes."""
    etag: str
    """Changes when the file does."""
    checksum: Checksum
    commit: str
    """Empty where the server does not say."""


async def locate(web: Web, file: RemoteFile) -> Source:
    """Ask where `file` is. Raises HubError.

    The metadata of a file in Git LFS are on the redirect to the CDN, so that one is not followed; others,
    such as to a repository's new name, are.
    """
    what = f"{file.name} of {file.repo}"
    url = f"{web.endpoint}/{file.repo}/resolve/{quote(file.revision, safe='')}/{quote(file.name)}"
    for _ in range(_MAX_HOPS):
        answer = await web.head(url, what, web.page_of(file.repo))
        if not answer.redirect or "x-linked-etag" in answer.headers:
            return _source(answer, file)
        url = answer.redirect
    raise BadAnswer(f"The server redirects {what} in circles.", "Try again later, or check HF_ENDPOINT.")


def _source(answer: Answer, file: RemoteFile) -> Source:
    headers = answer.headers
    linked, own = _etag(headers.get("x-linked-etag", "")), _etag(headers.get("etag", ""))
    length = headers.get("x-linked-size") or ("" if answer.redirect else headers.get("content-length", ""))
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else file.size
    checksum = _checksum(linked, file.sha256, own)
    if size <= 0 or checksum is None:
        raise BadAnswer(
            f"The server does not tell the size and checksum of {file.name}, so it could not be verified.",
            "Fetch it from the Hub itself: check HF_ENDPOINT.",
        )
    commit = headers.get("x-repo-commit", "")
    return Source(
        url=answer.redirect or answer.url,
        size=size,
        etag=linked or own or checksum.hex,
        checksum=checksum,
        commit=commit if _SHA1.fullmatch(commit) else "",
    )


def _checksum(linked: str, listed: str, own: str) -> Checksum | None:
    """The Hub's own word first; a server's plain ETag is a checksum only where nothing better is known."""
    for candidate in (linked, listed, own):
        if _SHA256.fullmatch(candidate):
            return Checksum("sha256", candidate)
    for candidate in (linked, own):
        if _SHA1.fullmatch(candidate):
            return Checksum("git", candidate)
    return None


def _etag(value: str) -> str:
    return value.strip().removeprefix("W/").strip('"')
