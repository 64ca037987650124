"""Whether the answer to a GET is the part of the file that was asked for."""

from typing import TYPE_CHECKING

from r1chat.hub.source import RemoteFile, Source
from r1chat.hub.trouble import HubError, Temporary, refusal
from r1chat.hub.web import Web

if TYPE_CHECKING:
    import httpx2


class NoRanges(Temporary):
    """The server muddles ranges; the whole file should be asked for."""


def begin_of(response: "httpx2.Response", file: RemoteFile, source: Source, have: int, web: Web) -> int:
    """Offset in the file at which the body begins, when bytes from `have` on were asked for.

    It is `have`, or 0 where the server sends everything again. Raises HubError for anything else.
    """
    headers, host, size = response.headers, response.url.host, source.size
    if response.status_code >= 400:
        raise _refused(response, file, web)
    if headers.get("content-encoding", "identity") != "identity":
        raise Temporary(f"{host} sent the file in a form that was not asked for.")
    if response.status_code == 206 and have:
        span = " ".join(headers.get("content-range", "").split())
        if span not in {f"bytes {have}-{size - 1}/{size}", f"bytes {have}-{size - 1}/*"}:
            raise NoRanges(f"{host} sent another part of the file than it was asked for.")
        start = have
    elif response.status_code == 200 and "html" not in headers.get("content-type", ""):
        start = 0
    elif response.status_code == 200:
        raise Temporary(
            f"{host} sent a web page in place of the file.",
            "Perhaps the network wants a log-in page to be opened in a browser first.",
        )
    else:
        raise NoRanges(f"{host} answered in a way that was not expected (status {response.status_code}).")
    length = headers.get("content-length", "")
    if length and length != str(size - start):
        raise Temporary(f"{host} offers {length} bytes where {size - start} are missing.")
    return start


def _refused(response: "httpx2.Response", file: RemoteFile, web: Web) -> HubError:
    status, host = response.status_code, response.url.host
    if status == 416:
        return NoRanges(f"{host} has less of the file than is here.")
    if status in {401, 403, 404, 410} and not web.is_own(str(response.url)):
        return Temporary(f"The link to the file at {host} has expired.")
    what = f"{file.name} of {file.repo}"
    return refusal(status, response.headers, what, web.page_of(file.repo), token=web.has_token)
