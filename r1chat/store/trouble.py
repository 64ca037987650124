"""SQLite's errors as sentences: what happened, what is safe, what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from r1chat.errors import StoreError

_PRIMARY = 0xFF
"""Extended result codes carry the primary one in their low byte: https://sqlite.org/rescode.html."""

_SAYINGS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: (
        "The disk is full, so {what} was not saved; everything saved before is safe.",
        "Free some space and try again.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk refused to read or write {path}, so {what} was not saved; older chats were not touched.",
        "Check free space, quota and the disk itself, then try again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "{path} may not be written to, so {what} was not saved; everything saved before is safe.",
        "Check who owns the file and its folder, or set R1CHAT_HOME to a folder of your own.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened; nothing in it was touched.",
        "Check who owns the file and its folder, or set R1CHAT_HOME to a folder of your own.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged; r1chat has left it as it is.",
        "Keep a copy of it, then move it away: r1chat starts a new one in its place.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is not a store of chats; r1chat has left it as it is.",
        "Keep a copy of it, then move it away: r1chat starts a new one in its place.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another program kept {path} to itself for too long, so {what} was not saved; the rest is safe.",
        "Close the other program, or try again.",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "The chat was deleted meanwhile, so {what} was not saved.",
        "Open another chat, or start a new one.",
    ),
}
_SAYINGS[sqlite3.SQLITE_LOCKED] = _SAYINGS[sqlite3.SQLITE_BUSY]
_SAYINGS[sqlite3.SQLITE_PERM] = _SAYINGS[sqlite3.SQLITE_READONLY]
_OTHER = (
    "The chats in {path} could not be used ({error}).",
    "Try again; if it stays so, move the file away.",
)


@contextmanager
def explained(path: str, what: str = "it") -> Iterator[None]:
    """Turn an error of SQLite, of the file system or of a value read back into a StoreError.

    The one place where that is done. `what`: the words for the thing that would have been saved. Wrong use of
    sqlite3 (ProgrammingError) is a bug and passes.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        message, hint = _SAYINGS.get(code & _PRIMARY, _OTHER)
        raise StoreError(message.format(path=path, what=what, error=error), hint) from error
    except msgspec.MsgspecError as error:
        message, hint = _SAYINGS[sqlite3.SQLITE_CORRUPT]
        raise StoreError(message.format(path=path), hint) from error
    except OSError as error:
        message, hint = _SAYINGS[sqlite3.SQLITE_CANTOPEN]
        raise StoreError(f"{message.format(path=path)} ({error.strerror})", hint) from error
