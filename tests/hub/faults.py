"""What a server can do wrong with one GET of a file."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Drop:
    """Close the connection after so many bytes of the body."""

    after: int


@dataclass(frozen=True)
class Reset:
    """Break the connection (RST) after so many bytes of the body."""

    after: int


@dataclass(frozen=True)
class Mute:
    """Not a word in answer, headers neither."""


@dataclass(frozen=True)
class Stall:
    """Say nothing any more after so many bytes of the body, and keep the connection."""

    after: int


@dataclass(frozen=True)
class Refuse:
    """Answer with an error."""

    status: int
    headers: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class IgnoreRange:
    """Send the whole file with status 200, whatever was asked for; drop it after `after` bytes."""

    after: int | None = None


@dataclass(frozen=True)
class WrongRange:
    """Answer a range with one that lies `by` bytes off, and say so."""

    by: int


@dataclass(frozen=True)
class Oversize:
    """Promise and send more bytes than the file has."""

    extra: int


@dataclass(frozen=True)
class Endless:
    """Send more bytes than the file has, in chunks, without a promise."""

    extra: int


@dataclass(frozen=True)
class Truncate:
    """Say no length and end, in good order, after so many bytes."""

    after: int


@dataclass(frozen=True)
class Corrupt:
    """Flip the byte at this offset of the file; the length is right."""

    at: int


@dataclass(frozen=True)
class Replace:
    """Drop the connection after so many bytes; from then on the repository holds another file."""

    after: int
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class WebPage:
    """Answer with a log-in page, as the network of a hotel does."""


Fault = (
    Drop
    | Reset
    | Stall
    | Mute
    | Refuse
    | IgnoreRange
    | WrongRange
    | Oversize
    | Endless
    | Truncate
    | Corrupt
    | Replace
    | WebPage
)
