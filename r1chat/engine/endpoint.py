"""The way to one OpenAI-compatible server: requests to it and to nobody else, each trouble in a sentence.

The key in R1CHAT_API_KEY goes to the origin that a person named and nowhere else: no redirect is followed,
and what a server says is shown without it. httpx2 is imported on the first `open`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

import r1chat
from r1chat.core.address import Address
from r1chat.engine.base import EndpointError
from r1chat.engine.refusals import Trouble, no_such_server, redirected, refusal, unreachable

if TYPE_CHECKING:
    import httpx2

KEY = "R1CHAT_API_KEY"
"""Where the key is looked for, and the only place."""
CONNECT_S, ANSWER_S = 10.0, 20.0
"""Seconds for a connection, and for an answer that is not a reply."""
SILENCE_S = 300.0
"""Seconds without a byte after which a server is given up; a long prompt on a slow one takes minutes."""
MAX_ANSWER = 4 << 20
"""Bytes of an answer that is not a reply."""

_OK = 200
_REDIRECTS = range(300, 400)

T = TypeVar("T")


class Endpoint:
    """An open way to a server. Made by `open`, ended by `aclose`. Everything raises EngineError."""

    def __init__(self, address: Address, key: str, client: "httpx2.AsyncClient") -> None:
        self.address = address
        self._key, self._client = key, client

    @classmethod
    async def open(cls, address: Address, environ: Mapping[str, str], silence_s: float = SILENCE_S) -> Self:
        """Read the key and import the HTTP client; nothing is sent yet."""
        key = _key(address, environ)
        return cls(address, key, await asyncio.to_thread(_client, address, key, silence_s))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def get(self, url: str, kind: type[T], *, json: object = None) -> T | None:
        """The answer to a GET, or to a POST of `json`; None where the server has nothing there."""
        method = "GET" if json is None else "POST"
        try:
            async with asyncio.timeout(ANSWER_S), self._request(method, url, json) as response:
                body = await self._body(response)
        except TimeoutError as error:
            raise unreachable("silent", self.address.host) from error
        if response.status_code in {404, 405}:
            return None
        self._check(response, body)
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise no_such_server(self.address.host) from error

    async def stream(self, url: str, json: object) -> AsyncGenerator[bytes, None]:
        """What the server streams in answer to a POST. Closing it closes the connection."""
        async with self._request("POST", url, json) as response:
            if response.status_code != _OK:
                self._check(response, await self._body(response))
            if "html" in response.headers.get("content-type", "").lower():
                raise no_such_server(self.address.host)
            async for data in response.aiter_bytes():
                yield data

    @asynccontextmanager
    async def _request(self, method: str, url: str, json: object) -> AsyncGenerator["httpx2.Response", None]:
        """One request, no redirect followed; every trouble of the network comes out as EndpointError."""
        import httpx2

        host = self.address.host
        content = None if json is None else msgspec.json.encode(json)
        try:
            async with self._client.stream(method, url, content=content) as response:
                yield response
        except httpx2.ConnectError as error:
            raise unreachable(_cause(str(error).upper()), host) from error
        except httpx2.ConnectTimeout as error:
            raise unreachable("off", host) from error
        except httpx2.TimeoutException as error:
            raise unreachable("silent", host) from error
        except httpx2.ProxyError as error:
            raise unreachable("proxy", host) from error
        except httpx2.TransportError as error:
            raise unreachable("cut", host) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise no_such_server(host) from error

    async def _body(self, response: "httpx2.Response") -> bytes:
        body = bytearray()
        async for data in response.aiter_bytes():
            body += data
            if len(body) > MAX_ANSWER:
                raise no_such_server(self.address.host)
        return bytes(body)

    def _check(self, response: "httpx2.Response", body: bytes) -> None:
        """Raise what a status other than 200 means."""
        status, headers = response.status_code, response.headers
        if status in _REDIRECTS:
            raise redirected(self.address.host, self.without_key(headers.get("location", "")))
        if status != _OK:
            raise refusal(self.address.host, status, headers, body, key=self._key)

    def without_key(self, words: str) -> str:
        """What the server says, without the key that it may repeat."""
        return words.replace(self._key, "…") if self._key else words


def _cause(said: str) -> Trouble:
    """Why there is no connection, by what OpenSSL says of it in capitals."""
    return "untrusted" if "CERTIFICATE" in said else "open" if "SSL" in said else "off"


def _key(address: Address, environ: Mapping[str, str]) -> str:
    """The key for that server; empty where none is set. Raises EndpointError."""
    key = environ.get(KEY, "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise EndpointError(f"{KEY} has characters that no key has.", "Mend it; it was sent nowhere.")
    if key and not (address.encrypted or address.loopback):
        raise EndpointError(
            f"{KEY} is set, and the way to {address.host} is not encrypted: it was sent nowhere.",
            f"Give the server's address with https://, or unset {KEY} where it needs none.",
        )
    return key


def _client(address: Address, key: str, silence_s: float) -> "httpx2.AsyncClient":
    import httpx2

    headers = {"user-agent": f"r1chat/{r1chat.__version__}", "accept-encoding": "identity"}
    headers |= {"content-type": "application/json"}
    try:
        return httpx2.AsyncClient(
            headers=headers | ({"authorization": f"Bearer {key}"} if key else {}),
            verify=httpx2.create_ssl_context(),
            timeout=httpx2.Timeout(silence_s, connect=CONNECT_S),
            limits=httpx2.Limits(max_keepalive_connections=0),  # one kept open may be closed as it is used
            follow_redirects=False,
            trust_env=not address.loopback,  # no proxy reaches this machine's own servers
        )
    except OSError as error:
        raise EndpointError(
            f"The certificates that are to be trusted cannot be read ({error.strerror or error}).",
            "Check SSL_CERT_FILE and SSL_CERT_DIR, or unset them.",
        ) from error
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise EndpointError(
            "The proxy that is set is none that r1chat can use.",
            "Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY: give them as http://host:port.",
        ) from error
