"""What a download is doing, as a closed union. Sizes in bytes, times in seconds, speeds in bytes a second."""

import msgspec


class _State(msgspec.Struct, frozen=True, kw_only=True, tag_field="state", tag=str.lower):
    done: int
    """Bytes that are on this disk. It only grows, but where the server replaced the file."""
    total: int
    """Bytes of the whole; 0 while it is not known."""


class Queued(_State, frozen=True):
    """It waits for its turn."""


class Connecting(_State, frozen=True):
    """No byte flows yet: the server is asked, or the next attempt is waited for."""

    reason: str = ""
    """Why the last attempt ended, in a sentence; empty for the first."""
    retry_in_s: float = 0
    """Until the next attempt."""


class Downloading(_State, frozen=True):
    """Bytes arrive."""

    bytes_per_s: float
    eta_s: float | None
    """Until the end at this speed; None where that cannot be said."""


class Stalled(_State, frozen=True):
    """The server is connected and sends nothing."""

    idle_s: float
    """Since the last byte."""


class Verifying(_State, frozen=True):
    """All bytes are here; their checksum is not known yet."""

    checked: int
    """Bytes that are part of the checksum so far."""


class Paused(_State, frozen=True):
    """Somebody paused it; it can go on from here."""


class Failed(_State, frozen=True):
    """It cannot go on by itself. What has arrived is kept where it can still be used."""

    reason: str
    hint: str


class Complete(_State, frozen=True):
    """Whole, checked, and under its own name."""

    path: str
    """Of a split set its first file."""


State = Queued | Connecting | Downloading | Stalled | Verifying | Paused | Failed | Complete
