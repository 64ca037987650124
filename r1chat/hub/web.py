"""The way to the Hub: huggingface_hub's client, endpoint and token, with a timeout on everything.

The library is imported on the first `Web.open`, in a thread: it takes a third of a second. The token goes to
the endpoint's own origin and nowhere else, whatever a redirect says.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, Generator, Mapping
from typing import TYPE_CHECKING, Generic, NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

import msgspec

import r1chat
from r1chat.errors import UsageError
from r1chat.hub.line import Line
from r1chat.hub.trouble import BadAnswer, HubError, offline_mode, refusal, unreachable

if TYPE_CHECKING:
    import ssl

    import httpx2

HUB = "https://huggingface.co"
CONNECT_S, READ_S = 10.0, 20.0
"""Seconds for a connection, and for the next bytes of an answer."""
ANSWER_S = 60.0
"""Seconds for a whole answer that is not a file."""
MAX_ANSWER = 32 << 20
"""Bytes of an answer that is not a file."""
_MAX_HOPS = 6

T = TypeVar("T")


class Answer(NamedTuple):
    """What the server said, the body aside."""

    status: int
    url: str
    """The one that answered."""
    headers: Mapping[str, str]
    """Names in any case."""
    redirect: str
    """Where it points to instead; empty where it does not."""


class Page(NamedTuple, Generic[T]):
    """One page of a list."""

    value: T
    next_path: str
    """Of the page that follows; empty after the last."""


class _Parts(NamedTuple):
    client: "httpx2.AsyncClient"
    endpoint: str
    headers: dict[str, str]
    trust: "ssl.SSLContext"
    """Which certificates are trusted: 40 ms to read, and so read once."""


class Web:
    """An open way to the Hub. Made by `open`; ended by `aclose`."""

    def __init__(self, parts: _Parts) -> None:
        self._client = parts.client
        self.endpoint = parts.endpoint
        """Base address without a slash at its end: the Hub itself, or the mirror that HF_ENDPOINT names."""
        self._headers = parts.headers
        self._trust = parts.trust

    @classmethod
    async def open(cls, endpoint: str | None = None) -> Self:
        """Import the library and read its token. Raises Offline where HF_HUB_OFFLINE is set."""
        return cls(await asyncio.to_thread(_prepare, endpoint))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    @property
    def has_token(self) -> bool:
        """Requests to the endpoint carry one."""
        return "authorization" in self._headers

    @property
    def host(self) -> str:
        """Name of the endpoint's server, for sentences."""
        return self._client.build_request("GET", self.endpoint).url.host

    def page_of(self, repo: str) -> str:
        """Where a person can look at a repository."""
        return f"{self.site}/{repo}"

    @property
    def site(self) -> str:
        """The endpoint without a name and password in it: for sentences and for what is kept."""
        return _without_login(self.endpoint)

    async def get(self, path: str, query: Mapping[str, str], kind: type[T], what: str) -> Page[T]:
        """Ask the API for `path` and decode the answer. Raises HubError."""
        url = str(self._client.build_request("GET", self.endpoint + path, params=dict(query) or None).url)
        async with self._deadline(), self._following("GET", url, self.endpoint + path, what) as response:
            body = await self._body(response)
            link = response.links.get("next", {}).get("url", "")
        try:
            value = msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._no_hub() from error
        onward = link.removeprefix(self.endpoint) if link.startswith(self.endpoint + "/") else ""
        return Page(value, onward)

    async def head(self, url: str, what: str, page: str) -> Answer:
        """Ask for a file's headers; a redirect is answered, not followed. Raises HubError."""
        async with self._deadline(), self._request("HEAD", url) as response:
            return self._checked(response, what, page)

    @contextlib.contextmanager
    def file(
        self, url: str, headers: Mapping[str, str], line: Line, *, read_s: float = READ_S
    ) -> Generator["httpx2.Response", None, None]:
        """The open answer to a GET, redirects followed; the caller judges its status. Raises HubError.

        It blocks: call it in a thread. `line` is what it comes over.
        """
        for _ in range(_MAX_HOPS):
            with self._blocking(url, headers, line, read_s) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                url = _target(response)
        raise BadAnswer(f"{self.host} sends r1chat in circles.", "Try again later, or check HF_ENDPOINT.")

    @contextlib.contextmanager
    def _blocking(
        self, url: str, headers: Mapping[str, str], line: Line, read_s: float
    ) -> Generator["httpx2.Response", None, None]:
        """As `_request`, over a connection of its own."""
        import httpx2

        timeout = httpx2.Timeout(read_s, connect=CONNECT_S)
        try:
            with (
                httpx2.Client(verify=self._trust, timeout=timeout) as client,
                client.stream(
                    "GET",
                    url,
                    headers={**self._headers_for(url), **headers},
                    extensions={"trace": line.trace},
                ) as response,
            ):
                yield response
        except httpx2.HTTPError as error:
            raise unreachable(error, httpx2.URL(url).host or self.host) from error
        except httpx2.InvalidURL as error:
            raise self._no_hub() from error

    def _headers_for(self, url: str) -> dict[str, str]:
        return self._headers if self.is_own(url) else _without_token(self._headers)

    def is_own(self, url: str) -> bool:
        """`url` has the endpoint's origin: scheme, host and port."""
        return _origin(self._client, url) == _origin(self._client, self.endpoint)

    @contextlib.asynccontextmanager
    async def _following(
        self, method: str, url: str, page: str, what: str
    ) -> AsyncGenerator["httpx2.Response", None]:
        for _ in range(_MAX_HOPS):
            async with self._request(method, url) as response:
                if not self._checked(response, what, page).redirect:
                    yield response
                    return
                url = _target(response)
        raise self._no_hub()

    @contextlib.asynccontextmanager
    async def _request(self, method: str, url: str) -> AsyncGenerator["httpx2.Response", None]:
        """One request without redirects; every trouble of the network comes out as HubError."""
        import httpx2

        timeout = httpx2.Timeout(READ_S, connect=CONNECT_S)
        try:
            async with self._client.stream(
                method, url, headers=self._headers_for(url), timeout=timeout, follow_redirects=False
            ) as response:
                yield response
        except httpx2.HTTPError as error:
            raise unreachable(error, httpx2.URL(url).host or self.host) from error
        except httpx2.InvalidURL as error:
            raise self._no_hub() from error

    def _checked(self, response: "httpx2.Response", what: str, page: str) -> Answer:
        if response.status_code >= 400:
            raise refusal(response.status_code, response.headers, what, page, token=self.has_token)
        redirect = _target(response) if response.has_redirect_location else ""
        return Answer(response.status_code, str(response.url), response.headers, redirect)

    async def _body(self, response: "httpx2.Response") -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                raise self._no_hub()
        return bytes(body)

    @contextlib.asynccontextmanager
    async def _deadline(self) -> AsyncGenerator[None, None]:
        import httpx2

        try:
            async with asyncio.timeout(ANSWER_S):
                yield
        except TimeoutError as error:
            raise unreachable(httpx2.ReadTimeout(""), self.host) from error

    def _no_hub(self) -> HubError:
        return BadAnswer(
            f"{self.host} answered in a way that no Hub does.",
            "Check HF_ENDPOINT, or whether the network wants a log-in page to be opened first.",
        )


def _prepare(endpoint: str | None) -> _Parts:
    named = endpoint or os.environ.get("HF_ENDPOINT", "").strip() or HUB
    if not _is_address(named):
        shown = _without_login(named)
        raise UsageError(f"HF_ENDPOINT is no address of a server: {shown!r}.", "Give it as https://host.")
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True  # it would ask the Hub for a list of agents, and look for torch
    if constants.is_offline_mode():
        raise offline_mode()
    if endpoint is None:
        constants.ENDPOINT = named.rstrip("/")  # the library reads blanks and nothing at all as they are
    from huggingface_hub.utils import build_hf_headers

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    headers = build_hf_headers(library_name="r1chat", library_version=r1chat.__version__)
    token = headers.get("authorization", "")
    if not (token.isascii() and token.isprintable()):
        raise UsageError(
            "Your token for the Hub has characters that no token has.",
            "Mend HF_TOKEN, or log in again with `hf auth login`.",
        )
    client, trust = _client()
    return _Parts(client, named.rstrip("/"), {**headers, "accept-encoding": "identity"}, trust)


def _client() -> "tuple[httpx2.AsyncClient, ssl.SSLContext]":
    """The library's client, and which certificates are trusted, both as the environment says."""
    import httpx2
    from huggingface_hub import get_async_session

    try:
        return get_async_session(), httpx2.create_ssl_context()
    except OSError as error:
        raise UsageError(
            f"The certificates that are to be trusted cannot be read ({error.strerror or error}).",
            "Check SSL_CERT_FILE and SSL_CERT_DIR, or unset them.",
        ) from error
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise UsageError(
            "The proxy that is set is none that r1chat can use.",
            "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY: give them as http://host:port.",
        ) from error


def _is_address(text: str) -> bool:
    """`text` names a web server, for the library and for its client alike."""
    import httpx2

    try:
        parsed = urlsplit(text)
        return (
            parsed.scheme in {"http", "https"}
            and bool(parsed.hostname and httpx2.URL(text).host)
            and parsed.port != 0
            and not any(map(str.isspace, text))
        )
    except (ValueError, httpx2.InvalidURL):
        return False


def _without_login(address: str) -> str:
    scheme, mark, rest = address.rpartition("://")
    host, slash, path = rest.partition("/")
    return scheme + mark + host.rpartition("@")[2] + slash + path


def _target(response: "httpx2.Response") -> str:
    return str(response.url.join(response.headers["location"]))


def _without_token(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "authorization"}


def _origin(client: "httpx2.AsyncClient", url: str) -> tuple[str, str, int | None]:
    parsed = client.build_request("GET", url).url
    return parsed.scheme, parsed.host, parsed.port
