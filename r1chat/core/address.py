"""The address of a server that answers in a model's place, such as `http://127.0.0.1:8080/v1#name`. Pure."""

import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from r1chat.errors import UsageError

_SCHEMES = ("http://", "https://")
_API = "/v1"
"""Where the API begins on a server that is named without a path."""
_CHAT = "/chat/completions"
_FORM = "Give it as http://host:port, or https://host/v1#model."


class Address(NamedTuple):
    """A server, and which of its models is meant."""

    base: str
    """Where its API begins, without a slash at the end."""
    model: str
    """As the server calls it; empty: its first."""
    host: str
    """Name and port, for sentences."""
    loopback: bool
    """It is this machine."""

    @property
    def encrypted(self) -> bool:
        """Nobody on the way can read along."""
        return self.base.startswith("https://")


def is_address(name: str) -> bool:
    """`name` means a server rather than a file or a name of the library."""
    return name.lower().startswith(_SCHEMES)


def parse_address(name: str) -> Address:
    """The server that `name` means. Raises UsageError, in which no password is repeated."""
    if not name.isprintable() or " " in name:
        raise UsageError("That address has characters that no address has.", _FORM)
    try:
        parts = urlsplit(name)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError("That is no address of a server.", _FORM) from error
    if "@" in parts.netloc:
        raise UsageError(
            "An address with a name or password in it is not used.",
            "Leave them out; a key goes into the environment, as R1CHAT_API_KEY.",
        )
    if not host or port == 0 or parts.query:
        raise UsageError("That is no address of a server.", _FORM)
    path = parts.path.rstrip("/").removesuffix(_CHAT) or _API
    shown = f"[{host}]" if ":" in host else host
    shown += "" if port is None else f":{port}"
    return Address(f"{parts.scheme}://{shown}{path}", parts.fragment, shown, _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
