"""What is to be fetched, kept on disk so that neither a crash nor an update loses it: a small file each."""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

import msgspec

from r1chat.hub.names import local_path
from r1chat.hub.part import discard_part, disk_trouble, part_path
from r1chat.hub.record import read_record, record_path
from r1chat.hub.source import RemoteFile

_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One model to fetch, split or not."""

    name: str
    """As a person calls it."""
    files: tuple[RemoteFile, ...]
    quant: str = ""
    license: str = ""
    added: float = 0
    """Seconds since 1970; the order of the queue."""
    paused: bool = False
    reason: str = ""
    """Why it cannot go on by itself; empty where it can."""
    hint: str = ""

    @property
    def key(self) -> str:
        """The same for every attempt to fetch these files."""
        first = self.files[0]
        exact = hashlib.sha256(f"{first.repo}/{first.name}".encode()).hexdigest()[:10]
        return f"{_ODD.sub('_', f'{first.repo}__{first.name}')[:180]}-{exact}"

    @property
    def size(self) -> int:
        """Bytes of all files, as far as they are known."""
        return sum(file.size for file in self.files)

    def targets(self, models: Path) -> tuple[Path, ...]:
        """Where its files go. Raises UnsafeName."""
        return tuple(local_path(models, file.repo, file.name) for file in self.files)

    def arrived(self, models: Path) -> int:
        """Bytes of it that are on the disk now, whole files and parts."""
        return sum(arrived(target) for target in self.targets(models))


def discard(item: Item, models: Path) -> None:
    """Throw away what has arrived of an item that is not whole. Raises Busy, DiskTrouble.

    Of a split set the files that are finished go too: alone they are of no use, and may be tens of gigabytes.
    """
    targets = item.targets(models)
    whole = all(map(os.path.exists, targets))
    for file, target in zip(item.files, targets, strict=True):
        discard_part(target)
        record = read_record(target)
        if not whole and record is not None and file.sha256 and record.sha256 == file.sha256:
            with disk_trouble(target):
                target.unlink()
                record_path(target).unlink(missing_ok=True)


class Shelf:
    """The items on disk. Two r1chats may use one folder: each item is a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def items(self) -> tuple[Item, ...]:
        """All of them, in the order in which they were added; what cannot be read is left out."""
        found = []
        for path in self._folder.glob("*.json") if self._folder.is_dir() else ():
            try:
                item = msgspec.json.decode(path.read_bytes(), type=Item)
            except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if item.files:
                found.append(item)
                with contextlib.suppress(OSError):
                    os.replace(path, self._path(item))  # another r1chat may name it in another way
        return tuple(sorted(found, key=lambda item: (item.added, item.key)))

    def put(self, item: Item) -> None:
        """Keep `item`, in place of what had its key. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(".new", dir=self._folder)
        try:
            with open(handle, "wb") as file:
                file.write(msgspec.json.encode(item))
            os.replace(fresh, self._path(item))
        except OSError:
            os.unlink(fresh)
            raise

    def drop(self, item: Item) -> None:
        """Forget it; its bytes are another matter."""
        self._path(item).unlink(missing_ok=True)

    def _path(self, item: Item) -> Path:
        return self._folder / f"{item.key}.json"


def arrived(target: Path) -> int:
    """Bytes of one file that are on the disk, whole or as a part: the part may become a newer file."""
    part = part_path(target)
    return size_of(part if os.path.exists(part) else target)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
