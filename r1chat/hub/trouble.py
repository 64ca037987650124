"""What goes wrong between here and the Hub, each with a sentence of its own."""

import email.utils
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from r1chat.errors import R1ChatError

if TYPE_CHECKING:
    import httpx2

_TERMS = (
    "Open {page} in a browser, accept its terms, log in with `hf auth login` (or set HF_TOKEN), try again."
)
_LOGIN = "Check the spelling. If it is private, log in with `hf auth login` or set HF_TOKEN."
_NETWORK = "Check the network, or the proxy and HF_ENDPOINT if you set them; then try again."
_TRY_LATER = "Nothing is lost: try again later."
_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_RATE_LIMIT = re.compile(r"\bt=(\d+)")
"""Seconds until the window begins anew, in the `RateLimit` header (draft-ietf-httpapi-ratelimit-headers)."""


class HubError(R1ChatError):
    """The Hub, the way to it or the file it sent is not as it should be."""


class Offline(HubError):
    """The Hub cannot be reached from here, or must not be."""


class Gated(HubError):
    """Its owners want their terms accepted first."""


class Forbidden(HubError):
    """A token is wrong, or does not give access."""


class Missing(HubError):
    """There is no such model, revision or file, or it is hidden."""


class BadAnswer(HubError):
    """The server does not speak as the Hub does."""


class Damaged(HubError):
    """What arrived is not what was promised; it has been thrown away."""


class DiskTrouble(HubError):
    """The disk is full or refuses."""


class Busy(HubError):
    """Another r1chat works on the same file."""


class Temporary(HubError):
    """It may work on the next attempt."""

    def __init__(self, message: str, hint: str = _TRY_LATER, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s
        """What the server asked to wait; None where it did not say."""


class RateLimited(Temporary):
    """Too many requests from this address or account."""


def offline_mode() -> Offline:
    """HF_HUB_OFFLINE forbids every request."""
    return Offline("HF_HUB_OFFLINE is set, so the Hub is not asked.", "Unset it to search or fetch models.")


def refusal(status: int, headers: Mapping[str, str], what: str, page: str, *, token: bool) -> HubError:
    """The error that a status of 400 and more means.

    `what` was asked for, in words; `page` is where a person can look at it; `token`: one was sent.
    The Hub's codes: huggingface_hub's `utils/_http.py`, `hf_raise_for_status`.
    """
    code = headers.get("x-error-code", "")
    if status in _RETRY_STATUS:
        return _later(status, headers, what)
    match code:
        case "GatedRepo":
            return Gated(
                f"{what} is gated: its owners let in only who accepted their terms.", _TERMS.format(page=page)
            )
        case "RevisionNotFound":
            return Missing(f"{what} has no such revision.", "Leave the revision out for the newest.")
        case "EntryNotFound":
            return Missing(f"{what} is not in its repository (any more).", f"See what is there: {page}")
        case "DisabledRepo":
            return Missing(f"{what} was disabled by the Hub.", "Choose another repository of the same model.")
        case _:
            return _unnamed(status, code, headers, what, token=token)


def _unnamed(status: int, code: str, headers: Mapping[str, str], what: str, *, token: bool) -> HubError:
    if status == 401 and token and "credential" in headers.get("x-error-message", "").lower():
        return Forbidden(
            "The Hub refuses your token.", "Log in again with `hf auth login`, or mend HF_TOKEN."
        )
    if status == 403:
        return Forbidden(f"Your account may not read {what}.", "Ask its owners, or use another token.")
    if code == "RepoNotFound" or status in {401, 404, 410}:
        if token:
            return Missing(f"{what} does not exist, or your token may not see it.", "Check the spelling.")
        return Missing(f"{what} does not exist, or it is private.", _LOGIN)
    return BadAnswer(f"The server refused {what} (status {status}).", _TRY_LATER)


def _later(status: int, headers: Mapping[str, str], what: str) -> Temporary:
    wait = retry_after(headers)
    if status == 429:
        when = "a moment" if wait is None else f"{wait:.0f} s"
        return RateLimited(
            f"The Hub limits how often it may be asked; the next attempt can be made in {when}.",
            "Logging in with `hf auth login` raises the limit.",
            wait,
        )
    return Temporary(f"The server cannot serve {what} just now (status {status}).", retry_after_s=wait)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait: `Retry-After` as seconds or as a date, or `RateLimit`."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    if text:
        try:
            return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
        except ValueError:
            return None
    found = _RATE_LIMIT.search(headers.get("ratelimit", ""))
    return float(found[1][:9]) if found else None


def unreachable(error: "httpx2.HTTPError", host: str) -> HubError:
    """The error that a failed request means, told by its class and its cause."""
    import httpx2

    match error:
        case httpx2.ProxyError():
            return Temporary(
                f"The proxy does not let r1chat reach {host}.", "Check HTTPS_PROXY and HTTP_PROXY."
            )
        case httpx2.ConnectError() if "CERTIFICATE" in str(error).upper():
            return Offline(
                f"The certificate of {host} cannot be trusted.",
                "Check the clock; behind a company's proxy set SSL_CERT_FILE to its certificate.",
            )
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return Temporary(f"{host} cannot be reached from here.", _NETWORK)
        case httpx2.TimeoutException():
            return Temporary(f"{host} stopped answering.", _NETWORK)
        case httpx2.TransportError():
            return Temporary(f"The connection to {host} broke.", _NETWORK)
        case _:
            return BadAnswer(f"{host} answered in a way that no Hub does.", "Check HF_ENDPOINT.")
