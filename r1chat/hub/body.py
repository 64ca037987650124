"""The bytes of an answer, as fast as they come.

The client hands a body out in pieces of 64 KiB, each through its HTTP parser; that is half as fast as curl.
Where the length is known the parser has nothing to find in the body, so the rest is read from the network
stream itself, which the client offers for such use (the `network_stream` extension of an answer). One buffer
takes all of it: fresh memory for each piece would cost nearly as much as to write it.
"""

import ssl
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    import httpx2
    from httpcore2 import NetworkStream

ROOM = 512 << 10
"""Bytes of one read at most: few calls of the system, and still in the core's cache when written."""


def pieces(
    response: "httpx2.Response", read_s: float, largest: Callable[[], int]
) -> Iterator[bytes | memoryview]:
    """The body in pieces of at most `largest()` bytes; it ends where the body or the connection does.

    A piece is good until the next one. Blocks. Raises httpx2.TransportError where the connection breaks, or
    stays silent for `read_s` seconds.
    """
    left = _length(response)
    stream: NetworkStream | None = response.extensions.get("network_stream")
    parsed = response.iter_raw()
    if left is None or stream is None or response.http_version != "HTTP/1.1":
        yield from parsed
        return
    piece: bytes | memoryview = next(parsed, b"")  # it holds all that the parser had read already
    wire, buffer = _wire(stream), memoryview(bytearray(ROOM))
    while piece:
        yield piece
        left -= len(piece)
        room = buffer[: max(0, min(left, largest()))]
        if not room:
            return
        piece = _read(stream, len(room), read_s) if wire is None else _read_into(wire, room, read_s)


def _wire(stream: "NetworkStream") -> "socket.socket | None":
    """The socket that gives the body's own bytes; None where a proxy's TLS is around them once more."""
    if isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject):
        return None
    wire: socket.socket | None = stream.get_extra_info("socket")
    return wire


def _read_into(wire: "socket.socket", room: memoryview, read_s: float) -> memoryview:
    import httpx2

    try:
        wire.settimeout(read_s)
        return room[: wire.recv_into(room)]
    except TimeoutError as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpx2.ReadError(str(error)) from error


def _read(stream: "NetworkStream", count: int, read_s: float) -> bytes:
    import httpcore2
    import httpx2

    try:
        return stream.read(count, timeout=read_s)
    except httpcore2.TimeoutException as error:
        raise httpx2.ReadTimeout(str(error)) from error
    except httpcore2.NetworkError as error:
        raise httpx2.ReadError(str(error)) from error


def _length(response: "httpx2.Response") -> int | None:
    """Bytes of the body where the headers say so; None where it ends by other signs."""
    text = response.headers.get("content-length", "")
    if "transfer-encoding" in response.headers or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
