"""Where saved KV lies on disk, and how a deleted chat's leaves it for good.

One folder a chat. Its name is a hash, so that any string may be a chat's key. Knows nothing of what is in the
files: only the engine's child writes and reads them.
"""

import contextlib
import hashlib
import shutil
from pathlib import Path

SUFFIX = ".kv"
CLOCK_S = 1.0
"""How far the clock that stamps files may be behind: more than any does."""
_GONE = ".gone"


def chat_folder(root: Path, chat: str) -> Path:
    """The folder of the chat with the key `chat`."""
    return root / hashlib.sha256(chat.encode()).hexdigest()[:32]


def forget(root: Path, chat: str) -> None:
    """Remove all that was saved of a chat, since it or a part of it was deleted.

    An empty file takes its place for a while: an engine that still has in memory what was said before, be it
    another program's, sees it and does not save that again. Without room for it the folder still goes.
    """
    folder = chat_folder(root, chat)
    with contextlib.suppress(OSError):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        tombstone(folder).touch(mode=0o600)
    shutil.rmtree(folder, ignore_errors=True)


def forgotten(folder: Path, since: float) -> bool:
    """What an engine has of a chat since then (Unix time) may hold what was deleted."""
    try:
        return since <= tombstone(folder).stat().st_mtime + CLOCK_S
    except OSError:
        return False


def tombstone(folder: Path) -> Path:
    """What stands beside a chat's folder once something of the chat was deleted."""
    return folder.with_name(folder.name + _GONE)


def tombstones(root: Path) -> list[Path]:
    """Of all chats of which something was deleted of late."""
    return list(root.glob("*" + _GONE))
