"""A Hub on loopback: the API, files with ranges, a CDN on another origin, and faults on demand.

As much of the protocol as r1chat and huggingface_hub use; `hf download` fetches from it (test_fidelity.py).
`python -m tests.hub.fake_hub PORT FILE…` serves files as `acme/R1-GGUF` until it is ended.
"""

import asyncio
import contextlib
import hashlib
import json
import re
import socket
import struct
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hub.faults import (
    Corrupt,
    Drop,
    Endless,
    Fault,
    IgnoreRange,
    Mute,
    Oversize,
    Refuse,
    Replace,
    Reset,
    Stall,
    Truncate,
    WebPage,
    WrongRange,
)

PIECE = 16 << 10
_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_API = re.compile(r"/api/models/([^/]+/[^/]+?)(?:/(revision|tree|paths-info)/([^/]+))?/?")


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    server: str
    """`hub` or `cdn`."""
    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    @property
    def first_byte(self) -> int:
        """Where the wanted range begins."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(found[1]) if found else 0


@dataclass
class Repo:
    """One repository."""

    files: dict[str, bytes | Path]
    license: str = "mit"
    gated: bool | str = False
    private: bool = False
    downloads: int = 0
    lfs: bool = True
    """Its files are in Git LFS; otherwise their ETag is git's sha1."""

    @property
    def commit(self) -> str:
        """Changes with every file."""
        text = "".join(f"{name}:{sha256(data)};" for name, data in sorted(self.files.items()))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class FakeHub:
    """The repositories, and how they are served. Open it with `serving`."""

    repos: dict[str, Repo] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    """One for each GET of a file to come; without one all goes well."""
    head_faults: deque[Refuse | None] = field(default_factory=deque)
    api_faults: deque[Refuse | None] = field(default_factory=deque)
    cdn: bool = False
    """Send files from another origin, over a redirect that carries the metadata."""
    link_uses: int = 1_000_000
    """GETs that a link to the CDN is good for."""
    token: str = ""
    """Needed for private and gated repositories."""
    renamed: dict[str, str] = field(default_factory=dict)
    blobs: bool = True
    """The API knows sizes and checksums."""
    page_size: int = 100
    pace: float = 0
    """Bytes a second of each answer; 0 is no limit."""
    requests: list[Request] = field(default_factory=list)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    """A `Stall` has begun."""
    sent: int = 0
    """Bytes of files that went out."""
    endpoint: str = ""
    _cdn_endpoint: str = ""
    _links: dict[str, int] = field(default_factory=dict)
    _open: set[asyncio.WriteTransport] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncGenerator["FakeHub", None]:
        """Listen on loopback, the CDN on another port."""
        handlers: set[asyncio.Task[None]] = set()

        def accept(server: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
            def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.get_running_loop().create_task(self._connection(server, reader, writer))
                handlers.add(task)
                task.add_done_callback(handlers.discard)

            return connected

        hub = await asyncio.start_server(accept("hub"), "127.0.0.1", port)
        cdn = await asyncio.start_server(accept("cdn"), "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{hub.sockets[0].getsockname()[1]}"
        self._cdn_endpoint = f"http://127.0.0.1:{cdn.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            hub.close()
            cdn.close()
            for task in (*handlers,):
                task.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)

    def gets(self) -> list[Request]:
        """The GETs of files, in order."""
        return [
            request for request in self.requests if request.method == "GET" and "/api/" not in request.path
        ]

    def unsent(self) -> int:
        """Bytes that went out by its own count and are still in this process."""
        return sum(transport.get_write_buffer_size() for transport in self._open)

    async def _connection(
        self, server: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._open.add(writer.transport)
        try:
            while (request := await _read_request(server, reader)) is not None:
                self.requests.append(request)
                if not await self._answer(request, Reply(writer, request.method == "HEAD")):
                    break
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer.transport)
            writer.transport.abort()

    async def _answer(self, request: Request, reply: "Reply") -> bool:
        """Answer one request; False where the connection is of no more use."""
        if request.server == "cdn":
            return await self._from_cdn(request, reply)
        if request.path.rstrip("/") == "/api/models":
            return await self._list(request, reply)
        if found := _API.fullmatch(request.path):
            return await self._api(request, reply, found[1], found[2], found[3])
        if found := _RESOLVE.fullmatch(request.path):
            return await self._resolve(request, reply, *found.groups())
        return await reply.error(404, {"X-Error-Code": "EntryNotFound"})

    # the API

    async def _list(self, request: Request, reply: "Reply") -> bool:
        if self.api_faults and (fault := self.api_faults.popleft()):
            return await reply.error(fault.status, fault.headers)
        wanted = request.query.get("search", [""])[0].casefold()
        names = sorted(
            (name for name, repo in self.repos.items() if wanted in name.casefold() and not repo.private),
            key=lambda name: -self.repos[name].downloads,
        )
        limit = int(request.query.get("limit", ["1000"])[0])
        start = int(request.query.get("cursor", ["0"])[0])
        end = min(start + min(self.page_size, limit), len(names))
        headers = {}
        if end < len(names):
            pairs = [
                (key, value) for key, values in request.query.items() for value in values if key != "cursor"
            ]
            query = "&".join(f"{key}={quote(value)}" for key, value in (*pairs, ("cursor", str(end))))
            headers["Link"] = f'<{self.endpoint}/api/models?{query}>; rel="next"'
        return await reply.json([self._info(name, blobs=False) for name in names[start:end]], headers)

    async def _api(
        self, request: Request, reply: "Reply", name: str, kind: str | None, revision: str | None
    ) -> bool:
        if self.api_faults and (fault := self.api_faults.popleft()):
            return await reply.error(fault.status, fault.headers)
        if name in self.renamed:
            return await reply.redirect(request.path.replace(name, self.renamed[name]))
        if trouble := self._trouble(request, name, revision, listing=True):
            return await reply.error(trouble.status, trouble.headers)
        entries = [
            {"type": "file", "path": file, "size": _size(data), "oid": git_sha1(data)}
            | (
                {"lfs": {"oid": sha256(data), "size": _size(data), "pointerSize": 135}}
                if self.repos[name].lfs
                else {}
            )
            for file, data in self.repos[name].files.items()
        ]
        if kind == "tree":
            return await reply.json(entries)
        if kind == "paths-info":
            paths = parse_qs(request.body.decode()).get("paths", [])
            return await reply.json([entry for entry in entries if entry["path"] in paths])
        return await reply.json(self._info(name, blobs=self.blobs and "blobs" in request.query))

    def _info(self, name: str, *, blobs: bool) -> dict[str, Any]:
        repo = self.repos[name]
        siblings: list[dict[str, Any]] = [{"rfilename": file} for file in repo.files]
        if blobs:
            for sibling, data in zip(siblings, repo.files.values(), strict=True):
                sibling |= {"size": _size(data), "blobId": git_sha1(data)}
                if repo.lfs:
                    sibling["lfs"] = {"sha256": sha256(data), "size": _size(data), "pointerSize": 135}
        return {
            "id": name,
            "modelId": name,
            "sha": repo.commit,
            "private": repo.private,
            "gated": repo.gated,
            "disabled": False,
            "downloads": repo.downloads,
            "likes": 1,
            "tags": ["gguf", f"license:{repo.license}"],
            "cardData": {"license": repo.license},
            "siblings": siblings,
        }

    def _trouble(self, request: Request, name: str, revision: str | None, *, listing: bool) -> Refuse | None:
        repo = self.repos.get(name)
        allowed = bool(self.token) and request.headers.get("authorization") == f"Bearer {self.token}"
        if repo is None or (repo.private and not allowed):
            status = 404 if "authorization" in request.headers else 401
            return Refuse(status, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
        if repo.gated and not allowed and not listing:
            return Refuse(403 if "authorization" in request.headers else 401, {"X-Error-Code": "GatedRepo"})
        if (
            revision not in {None, "main", repo.commit}
            and re.fullmatch(r"[0-9a-f]{40}", revision or "") is None
        ):
            return Refuse(404, {"X-Error-Code": "RevisionNotFound"})
        return None

    # files

    async def _resolve(self, request: Request, reply: "Reply", name: str, revision: str, file: str) -> bool:
        if request.method == "HEAD" and self.head_faults and (fault := self.head_faults.popleft()):
            return await reply.error(fault.status, fault.headers)
        if name in self.renamed:
            return await reply.redirect(request.path.replace(name, self.renamed[name]))
        if trouble := self._trouble(request, name, revision, listing=False):
            return await reply.error(trouble.status, trouble.headers)
        repo = self.repos[name]
        if file not in repo.files:
            return await reply.error(404, {"X-Error-Code": "EntryNotFound"})
        data = repo.files[file]
        etag = sha256(data) if repo.lfs else git_sha1(data)
        headers = {"X-Repo-Commit": repo.commit, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if not self.cdn:
            return await self._file(request, reply, name, file, headers)
        link = f"/{name}/{file}?sig={len(self._links)}"
        self._links[link] = self.link_uses
        linked = {"X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(_size(data))}
        return await reply.redirect(self._cdn_endpoint + link, headers | linked)

    async def _from_cdn(self, request: Request, reply: "Reply") -> bool:
        owner, repo, file = request.path.lstrip("/").split("/", 2)
        link = f"{request.path}?sig={request.query.get('sig', ['?'])[0]}"
        if self._links.get(link, 0) <= 0:
            return await reply.error(403, {})
        self._links[link] -= 1
        return await self._file(request, reply, f"{owner}/{repo}", file, {"ETag": '"of-the-cdn"'})

    async def _file(
        self, request: Request, reply: "Reply", name: str, file: str, headers: Mapping[str, str]
    ) -> bool:
        data = self.repos[name].files[file]
        fault = self.faults.popleft() if self.faults and request.method == "GET" else None
        start, size = request.first_byte, _size(data)
        if start >= size > 0:
            return await reply.error(416, {"Content-Range": f"bytes */{size}"})
        if isinstance(data, Path):
            with data.open("rb") as opened:
                self.sent += size - start
                return await reply.sendfile(opened, start, size, headers)
        body = Body(data, start, ranged="range" in request.headers)
        match fault:
            case Refuse(status, more):
                return await reply.error(status, more)
            case Mute():
                self.stalled.set()
                await asyncio.Event().wait()
            case WebPage():
                return await reply.whole(200, {"Content-Type": "text/html"}, b"<html>Log in</html>")
            case Replace(after, fresh):
                self.repos[name].files[file] = fresh
                body = body.altered(Drop(after))
            case None:
                pass
            case _:
                body = body.altered(fault)
        return await self._send(reply, body, headers)

    async def _send(self, reply: "Reply", body: "Body", headers: Mapping[str, str]) -> bool:
        await reply.head(body.status, {**headers, **body.headers})
        if reply.only_head:
            return True
        loop = asyncio.get_running_loop()
        began, view = loop.time(), memoryview(body.data)
        for at in range(0, len(view), PIECE):
            if self.pace:
                await asyncio.sleep(began + at / self.pace - loop.time())
            piece = bytes(view[at : at + PIECE])
            self.sent += len(piece)
            await reply.send(b"%x\r\n%s\r\n" % (len(piece), piece) if body.chunked else piece)
        match body.end:
            case Reset():
                reply.reset()
                return False
            case Stall():
                self.stalled.set()
                await asyncio.Event().wait()
            case Drop() | IgnoreRange():
                return False
        if body.chunked:
            await reply.send(b"0\r\n\r\n")
        return True


class Body:
    """The body of an answer: what is sent, what is promised, and how it ends."""

    def __init__(self, whole: bytes, start: int, *, ranged: bool) -> None:
        self._whole, self._start = whole, start
        self.data = whole[start:]
        self.status = 206 if ranged else 200
        self.headers = {"Content-Length": str(len(self.data))}
        self.chunked = False
        self.end: Fault | None = None
        if ranged:
            self._span(start)

    def altered(self, fault: Fault) -> "Body":
        """The same with a fault."""
        match fault:
            case Drop(after) | Reset(after) | Stall(after):
                self.data, self.end = self.data[:after], fault
            case IgnoreRange(after):
                self.data, self.status = self._whole, 200
                self.headers = {"Content-Length": str(len(self.data))}
                if after is not None:
                    self.data, self.end = self.data[:after], fault
            case WrongRange(by) if self.status == 206:
                self.data = self._whole[max(0, self._start - by) :]
                self._span(max(0, self._start - by))
                self.headers["Content-Length"] = str(len(self.data))
            case Oversize(extra):
                self.data += b"x" * extra
                self.headers["Content-Length"] = str(len(self.data))
            case Endless(extra):
                self.data += b"x" * extra
                self._chunk()
            case Truncate(after):
                self.data = self.data[:after]
                self._chunk()
            case Corrupt(at) if 0 <= at - self._start < len(self.data):
                flipped = bytearray(self.data)
                flipped[at - self._start] ^= 0x55
                self.data = bytes(flipped)
        return self

    def _span(self, start: int) -> None:
        size = len(self._whole)
        self.headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"

    def _chunk(self) -> None:
        self.chunked = True
        del self.headers["Content-Length"]
        self.headers["Transfer-Encoding"] = "chunked"


@dataclass(frozen=True)
class Reply:
    """The way back to one client."""

    writer: asyncio.StreamWriter
    only_head: bool

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def whole(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """An answer of known length."""
        await self.head(status, {**headers, "Content-Length": str(len(body))})
        if not self.only_head:
            await self.send(body)
        return True

    async def json(self, value: object, headers: Mapping[str, str] | None = None) -> bool:
        """An answer of the API."""
        more = {"Content-Type": "application/json", **(headers or {})}
        return await self.whole(200, more, json.dumps(value).encode())

    async def error(self, status: int, headers: Mapping[str, str]) -> bool:
        """A refusal."""
        return await self.whole(status, headers, b'{"error":"no"}')

    async def redirect(self, location: str, headers: Mapping[str, str] | None = None) -> bool:
        """Send the client elsewhere."""
        return await self.whole(302, {**(headers or {}), "Location": location})

    async def sendfile(self, file: BinaryIO, start: int, size: int, headers: Mapping[str, str]) -> bool:
        """A file without a detour through this process."""
        span = {"Content-Range": f"bytes {start}-{size - 1}/{size}"} if start else {}
        await self.head(206 if start else 200, {**headers, **span, "Content-Length": str(size - start)})
        if not self.only_head:
            await asyncio.get_running_loop().sendfile(self.writer.transport, file, start)
        return True

    def reset(self) -> None:
        """Break the connection without a word."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def _read_request(server: str, reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *rows = head.strip().split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    return Request(server, method, unquote(url.path), query, headers, body)


_hashes: dict[object, str] = {}


def sha256(data: bytes | Path) -> str:
    """Of a file; remembered, since some are large."""
    key = (data, data.stat().st_mtime_ns) if isinstance(data, Path) else data
    if key not in _hashes:
        raw = data.read_bytes() if isinstance(data, Path) else data
        _hashes[key] = hashlib.sha256(raw).hexdigest()
    return _hashes[key]


def git_sha1(data: bytes | Path) -> str:
    """Of a small file as git counts it; of a large one, where nobody asks for it, something that looks so."""
    if isinstance(data, Path):
        return sha256(data)[:40]
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _size(data: bytes | Path) -> int:
    return data.stat().st_size if isinstance(data, Path) else len(data)


async def _serve(port: int, files: list[Path]) -> None:
    hub = FakeHub({"acme/R1-GGUF": Repo({path.name: path for path in files})})
    async with hub.serving(port):
        for path in files:
            sha256(path)
        sys.stdout.write(hub.endpoint + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
