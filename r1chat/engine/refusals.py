"""What goes wrong between here and a server that answers in a model's place, each with a sentence. Pure."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from r1chat.core.terminal import plain
from r1chat.engine.base import ContextFull, EndpointError, EngineError

Trouble = Literal["off", "untrusted", "open", "silent", "proxy", "cut"]
"""How the way to a server fails."""

_SHOWN = 160
"""Characters of a server's own words that are shown."""
_CHECK = "Check its address: http://host:port, or https://host/v1#model."
_CONTEXT = ("exceed_context_size", "context_length_exceeded", "maximum context length")
"""What llama-server, OpenAI's API and vLLM say of a conversation that is too long."""


class _Error(msgspec.Struct):
    message: str = ""
    type: str | None = None
    code: str | int | None = None


class _Refused(msgspec.Struct):
    error: _Error | str | None = None
    message: str | None = None
    detail: msgspec.Raw = msgspec.Raw()


def unreachable(trouble: Trouble, host: str) -> EndpointError:
    """The way to a server is not there, or no longer."""
    message, hint = {
        "off": (
            f"{host} cannot be reached: nothing answers there.",
            "Start the server, or check its address.",
        ),
        "untrusted": (
            f"The certificate of {host} cannot be trusted.",
            "Check the clock; behind a company's proxy set SSL_CERT_FILE to its certificate.",
        ),
        "open": (f"{host} does not speak https.", "Give its address with http://."),
        "silent": (f"{host} stopped answering.", "See whether the server is still at work, then ask again."),
        "proxy": (f"The proxy does not let r1chat reach {host}.", "Check HTTPS_PROXY and HTTP_PROXY."),
        "cut": (
            f"{host} ended the connection in the middle; what it had said is kept.",
            "See the server's log, then ask again.",
        ),
    }[trouble]
    return EndpointError(message, hint)


def no_such_server(host: str) -> EndpointError:
    """It speaks, but not as an OpenAI-compatible server does."""
    return EndpointError(f"{host} does not answer as an OpenAI-compatible server does.", _CHECK)


def redirected(host: str, location: str) -> EndpointError:
    """It sends r1chat elsewhere, where nobody told it to go."""
    try:
        parts = urlsplit(location)
        target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "another path"
    except ValueError:
        target = "an address that is none"
    return EndpointError(
        f"{host} sends r1chat to {one_line(target)}; nothing was sent there, since you did not name it.",
        "Name that address yourself if you trust it.",
    )


def refusal(host: str, status: int, headers: Mapping[str, str], body: bytes, *, key: str) -> EngineError:
    """The error that a status other than 200 means. `key`: what was sent; it is never shown."""
    said = error_words(body)
    if any(words in said.lower() for words in _CONTEXT):
        return ContextFull(
            f"The conversation does not fit into the context that {host} has.",
            "Start a new chat, shorten the question, or have the server use a larger context.",
        )
    shown = one_line(said.replace(key, "…") if key else said)
    words = f": {shown}" if shown else ""
    again = f"Ask again in {_wait(headers)}"
    match status:
        case 401 | 403 if key:
            message = f"{host} refuses the key (status {status})."
            hint = "Check R1CHAT_API_KEY, or what it may be used for."
        case 401 | 403:
            message, hint = f"{host} wants a key (status {status}).", "Set R1CHAT_API_KEY to it."
        case 404 | 405:
            message = f"{host} has no such model, or no chat at that address (status {status}{words})."
            hint = _CHECK
        case 429:
            message, hint = f"{host} limits how often it may be asked{words}.", f"{again}."
        case _ if status >= 500:
            message = f"{host} cannot answer just now (status {status}{words})."
            hint = f"{again}; if that does not help, see the server's log."
        case _:
            message = f"{host} refused the request (status {status}{words})."
            hint = "Change what it names, then ask again."
    return EndpointError(message, hint)


def broken_off(host: str, words: str) -> EndpointError:
    """The server itself says in the middle of a reply that it goes no further."""
    shown = one_line(words)
    return EndpointError(
        f"{host} broke the reply off{f': {shown}' if shown else ''}. What it had said is kept.", "Ask again."
    )


def error_words(body: bytes) -> str:
    """What a server says of an error, with its type and code; empty where that cannot be told."""
    try:
        found = msgspec.json.decode(body, type=_Refused)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    match found.error:
        case _Error(message=message, type=kind, code=code):
            return " ".join(str(part) for part in (message, *(f"({x})" for x in (kind, code) if x)))
        case str() as words:
            return words
        case _:
            return found.message or bytes(found.detail).decode(errors="replace")


def one_line(words: str) -> str:
    """Somebody else's words, harmless and short."""
    line = " ".join(plain(words).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _wait(headers: Mapping[str, str]) -> str:
    """How long a server asks to wait, where it tells seconds."""
    text = headers.get("retry-after", "").strip()
    return f"{int(text)} s" if text.isascii() and text.isdigit() and len(text) <= 6 else "a moment"
