"""SQLite's errors as sentences: what happened, what is safe, what to do."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from r1chat.errors import StoreError

_PRIMARY = 0xFF
"""Extended result codes carry the primary one in their low byte: https://sqlite.org/rescode.html."""

_OWNER = "Check who owns the file and its folder, or set R1CHAT_HOME to a folder of your own."
_SPACE = "Free some space and try again."
_FILES = "Close some programs, or raise the limit on open files (`ulimit -n`), then try again."
_REPAIR = "`r1chat chats repair` keeps it as it is and puts what can be read of it into a new one."

_SAYINGS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("The disk is full{lost}; everything saved before is safe.", _SPACE),
    sqlite3.SQLITE_IOERR: (
        "The disk refused to read or write {path}{lost}; older chats were not touched.",
        "Check free space, quota and the disk itself, then try again.",
    ),
    sqlite3.SQLITE_READONLY: ("{path} may not be written to{lost}; everything saved before is safe.", _OWNER),
    sqlite3.SQLITE_CANTOPEN: ("{path} cannot be opened{lost}; nothing in it was touched.", _OWNER),
    sqlite3.SQLITE_CORRUPT: (
        "A part of {path} is damaged{lost}; what stands elsewhere is safe, and nothing was thrown away.",
        _REPAIR,
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is not a store of chats, or its beginning is damaged{lost}; nothing of it was thrown away.",
        _REPAIR,
    ),
    sqlite3.SQLITE_BUSY: (
        "Another program kept {path} to itself for too long{lost}; what is in it is safe.",
        "Close the other program, or try again.",
    ),
}
"""By primary result code: what happened and what is safe, and what to do."""
_SAYINGS[sqlite3.SQLITE_LOCKED] = _SAYINGS[sqlite3.SQLITE_BUSY]
_SAYINGS[sqlite3.SQLITE_PERM] = _SAYINGS[sqlite3.SQLITE_READONLY]
_OTHER = (
    "The chats in {path} could not be used ({error}){lost}.",
    "Try again; if it stays so, keep a copy of the file.",
)
_UNREADABLE = (
    "A chat in {path} holds what this r1chat cannot read ({error}); nothing in it was touched.",
    "Update r1chat. Where it is the newest, the file is damaged: " + _REPAIR,
)
DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises; SQLite quotes its bytes, and Python cannot read all of them."""
_UNDECODED = "Could not decode to UTF-8"
"""Begins what Python says, without any code of SQLite, of bytes that are no text."""
_HINTS = {
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EROFS: "The disk is read-only: set R1CHAT_HOME to a folder that can be written to.",
}
"""What to do by the system's own error number; permissions are the usual rest."""
_UNWRITABLE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
}
_UNWRITABLE_BY_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
"""Errors, as SQLite and as the system say it, that leave what is there to be read."""


def unfinished(path: str | Path) -> Path:
    """A new store that a repair has made and not yet put in the place of the damaged one."""
    return Path(f"{path}.repaired")


def check_place(path: str) -> None:
    """Raise StoreError where something else stands in the file's place.

    And where a repair was cut short just before its end, so that its work is not lost.
    """
    if Path(path).exists() and not Path(path).is_file():  # to open a pipe would wait for its other end
        raise StoreError(
            f"{path} is a folder or a device, and no store; it was not touched.", "Move it away."
        )
    new = Path(f"{path}.new")
    if unfinished(path).exists() or (new.exists() and not Path(path).exists()):
        raise StoreError(
            f"A repair of {path} was interrupted; what it could read is safe beside it.",
            "`r1chat chats repair` ends it.",
        )


class Gone(StoreError):
    """What would have been written to is not there any more: the chat, or the whole file."""


class NoChat(StoreError):
    """No chat has this id: there was none, or it was deleted."""


class Misplaced(StoreError):
    """A message that is to be added is in another chat already."""


class Unwritable(StoreError):
    """The disk is full, or nothing may be written to it. What was saved before can still be read."""

    def __init__(self, message: str, hint: str, cause: str) -> None:
        super().__init__(message, hint)
        self.cause = cause
        """The message without what it cost."""


@contextmanager
def explained(path: str, what: str = "") -> Iterator[None]:
    """Turn an error of SQLite, of the file system or of a value read back into a StoreError.

    The one place where that is done. `what`: the words for the thing that would have been saved; empty where
    nothing was to be. Wrong use of sqlite3 (ProgrammingError) is a bug and passes.
    """
    lost = f", so {what} was not saved" if what else ""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise _told(error, path, lost) from error
    except UnicodeDecodeError as error:
        message, hint = _SAYINGS[sqlite3.SQLITE_CORRUPT]
        raise StoreError(message.format(path=path, lost=lost), hint) from error
    except msgspec.MsgspecError as error:
        message, hint = _UNREADABLE
        raise StoreError(message.format(path=path, error=error), hint) from error
    except OSError as error:
        raise _cannot_open(error, path, lost) from error


def _told(error: sqlite3.Error, path: str, lost: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if str(error).startswith(_UNDECODED):
        code = sqlite3.SQLITE_CORRUPT
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # the index of the write-ahead log has no room
        code = sqlite3.SQLITE_FULL
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return Gone(f"The chat was deleted meanwhile{lost}.", "Open another chat, or start a new one.")
    if code & _PRIMARY == sqlite3.SQLITE_CANTOPEN and (cause := _shortage()) is not None:
        return _cannot_open(cause, path, lost)
    message, hint = _SAYINGS.get(code & _PRIMARY, _OTHER)
    told = message.format(path=path, lost=lost, error=error)
    if code & _PRIMARY not in _UNWRITABLE:
        return StoreError(told, hint)
    hint = _HINTS[errno.EROFS] if hint == _OWNER and _is_read_only(path) else hint
    return Unwritable(told, hint, message.format(path=path, lost=""))


def _cannot_open(error: OSError, path: str, lost: str) -> StoreError:
    message, hint = _SAYINGS[sqlite3.SQLITE_CANTOPEN]
    reason = f" ({error.strerror})" if error.strerror else ""
    told, hint = message.format(path=path, lost=lost) + reason, _HINTS.get(error.errno or 0, hint)
    if error.errno not in _UNWRITABLE_BY_SYSTEM:
        return StoreError(told, hint)
    return Unwritable(told, hint, message.format(path=path, lost="") + reason)


def _is_read_only(path: str) -> bool:
    """Whether its file system takes nothing from anybody."""
    with suppress(OSError):
        return bool(os.statvfs(os.path.dirname(path) or ".").f_flag & os.ST_RDONLY)
    return False


def _shortage() -> OSError | None:
    """Why no file at all can be opened just now: SQLite keeps the system's own reason to itself."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error
    return None
