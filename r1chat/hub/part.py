"""A file while it is fetched: `NAME.part`, beside it the promise of what it is to become, `NAME.part.json`.

Bytes are appended in order, so the length says what is there. Within one run of the machine that holds after
a `kill -9` too, since the kernel keeps what a dead process wrote; after a crash of the machine only what was
synced counts. The lock is on the part file: it is never replaced, and a lock dies with its process.

Everything here blocks: call it in a thread, one call at a time; only `sync`, `matches` and `read_into` may
overlap with others.
"""

import contextlib
import errno
import fcntl
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

from r1chat.hub.record import Record, write_record
from r1chat.hub.source import Checksum, Source
from r1chat.hub.trouble import Busy, DiskTrouble

SYNC_BYTES = 64 << 20
"""Bytes between two syncs: what a crash of the machine may cost."""
EARLY_BYTES = 8 << 20
"""Bytes after which the system is to begin writing them to the disk, so that a sync finds little left."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Another one each time that Linux starts."""
_BOOT_SLACK_S = 30.0
"""Elsewhere: the moment of booting is computed from a clock that may be set."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What the bytes are to become, and how many of them are safe."""

    repo: str
    file: str
    """Path in the repository."""
    revision: str
    """The commit."""
    endpoint: str
    size: int
    etag: str
    sha256: str | None
    git: str = ""
    """Git's sha1, of a file that is not in Git LFS."""
    synced: int = 0
    """Bytes that outlive a crash of the machine."""
    booted: float = 0
    """When the machine was started, in seconds since 1970."""
    boot: str = ""
    """Which start of the machine it was; empty where the system does not say."""

    def same_file(self, source: Source) -> bool:
        """The server still offers these very bytes."""
        if source.checksum != self.checksum or source.size != self.size:
            return False
        return self.sha256 is not None or self.etag == source.etag

    @property
    def checksum(self) -> Checksum:
        """What the bytes must add up to."""
        return Checksum("git", self.git) if self.sha256 is None else Checksum("sha256", self.sha256)


def part_path(target: Path) -> Path:
    """Where the bytes of `target` are gathered."""
    return target.with_name(target.name + ".part")


def read_promise(path: Path) -> Promise | None:
    """The promise at `path`; None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Promise)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


@contextlib.contextmanager
def disk_trouble(path: Path) -> Iterator[None]:
    """Turn errors of the file system into DiskTrouble."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskTrouble(
                f"The disk of {path.parent} is full; what has arrived is kept.",
                "Free some space, then go on: nothing is fetched twice.",
            ) from error
        raise DiskTrouble(
            f"{path} could not be written or read ({error.strerror}).",
            "Check who owns the folder and whether the disk is writable, then try again.",
        ) from error


class Part:
    """The part file of `target`, locked for this process. `close` it."""

    def __init__(self, target: Path) -> None:
        """Open and lock it. Raises Busy where another r1chat has it, DiskTrouble."""
        self.target = target
        self.path = part_path(target)
        self._promise_path = self.path.with_name(self.path.name + ".json")
        self._booted, self._boot = psutil.boot_time(), _boot_id()
        with disk_trouble(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = _open_locked(self.path)
        self.promise = read_promise(self._promise_path)
        """What the bytes belong to; None while that is not known."""
        self.have = self._trusted()
        """Bytes that are here and belong to the promise."""
        self._unsynced = 0
        self._begun = self.have
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._failed: OSError | None = None
        self._closed = False

    def begin(self, promise: Promise) -> None:
        """Start anew, from the first byte, with what the bytes are to become."""
        with disk_trouble(self.path):
            os.ftruncate(self._fd, 0)
            self.have = self._unsynced = self._begun = 0
            self._keep(promise)

    def renew(self, promise: Promise) -> None:
        """The same bytes, but known under another commit or address."""
        with disk_trouble(self.path):
            self._keep(msgspec.structs.replace(promise, synced=self.promise.synced if self.promise else 0))

    def append(self, piece: bytes | memoryview) -> None:
        """Write `piece` behind what is here."""
        with disk_trouble(self.path):
            left = memoryview(piece)
            while left:
                written = os.pwrite(self._fd, left, self.have)
                self.have += written
                self._unsynced += written
                left = left[written:]
        if self.have - self._begun >= EARLY_BYTES:
            self._begin_writing()

    def cut(self, size: int) -> None:
        """Forget what lies behind `size` bytes."""
        with disk_trouble(self.path):
            os.ftruncate(self._fd, size)
        self.have = min(self.have, size)
        self._begun = min(self._begun, size)

    def empty(self) -> None:
        """Nothing of what arrived is of use."""
        with disk_trouble(self.path):
            os.ftruncate(self._fd, 0)
        self.have = 0

    def matches(self, piece: bytes | memoryview, at: int) -> bool:
        """The same bytes are here already, `at` bytes from the start."""
        with disk_trouble(self.path):
            return os.pread(self._fd, len(piece), at) == piece

    def head(self, count: int) -> bytes:
        """The first bytes, `count` of them at most."""
        with disk_trouble(self.path):
            return os.pread(self._fd, min(count, self.have), 0)

    def read_into(self, buffer: memoryview, at: int) -> int:
        """Fill `buffer` from `at` bytes on; returns how many bytes were there."""
        with disk_trouble(self.path):
            return os.preadv(self._fd, [buffer], at)

    @property
    def wants_sync(self) -> bool:
        """Enough has been written since the last one."""
        return self._unsynced >= SYNC_BYTES

    def sync(self) -> None:
        """Make what is here outlive a crash of the machine, and say so in the promise.

        May take long, and so may be left alone in its thread: it does nothing to a part that was closed or
        begun anew meanwhile.
        """
        with disk_trouble(self.path), self._syncing:
            self._sync()

    def _sync(self) -> None:
        if self._failed is not None:
            raise self._failed
        have, promise, self._unsynced = self.have, self.promise, 0
        with self._lock:
            if self._closed or promise is None:
                return
            fd = os.dup(self._fd)
        try:
            os.fsync(fd)
            self._check_linked(fd)
            fresh = _write_beside(
                self._promise_path, msgspec.structs.replace(promise, synced=have), durable=True
            )
        except OSError as error:
            self._failed = error  # the system tells it once
            raise
        finally:
            os.close(fd)
        with self._lock:
            if self.promise is promise and not self._closed:
                self.promise = msgspec.structs.replace(promise, synced=have)
                os.replace(fresh, self._promise_path)
        fresh.unlink(missing_ok=True)

    def finish(self) -> None:
        """Give it its own name, in place of what had that name: from now on it is a model. `sync` first."""
        with disk_trouble(self.target), self._lock:
            self._check_linked(self._fd)
            os.replace(self.path, self.target)
            if (kept := self.promise) is not None:
                origin = Record(
                    repo=kept.repo, file=kept.file, revision=kept.revision, sha256=kept.sha256, size=kept.size
                )
                write_record(self.target, origin)
            self._promise_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Release the lock. A part without a single byte is not worth keeping."""
        with disk_trouble(self.path), self._lock:
            self._closed = True
            try:
                with contextlib.suppress(PermissionError):
                    if self.have == 0 and self._is_linked(self._fd):
                        self.path.unlink()
                        self._promise_path.unlink(missing_ok=True)
            finally:
                fcntl.flock(self._fd, fcntl.LOCK_UN)  # a sync under way holds a second descriptor
                os.close(self._fd)

    def _trusted(self) -> int:
        length = os.fstat(self._fd).st_size
        if self.promise is None:
            sound = 0
        elif self._is_of_this_boot(self.promise):
            sound = min(length, self.promise.size)
        else:
            sound = min(length, self.promise.size, self.promise.synced)
        if sound < length:
            os.ftruncate(self._fd, sound)
        return sound

    def _begin_writing(self) -> None:
        """Have the system write to the disk what is here: a wish, which may be refused.

        Left to itself Linux waits for half a minute, or for a tenth of all memory. `POSIX_FADV_DONTNEED`
        begins at once, and gives up only what is on the disk already (mm/fadvise.c). macOS has none.
        """
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.posix_fadvise(self._fd, self._begun, self.have - self._begun, os.POSIX_FADV_DONTNEED)
        self._begun = self.have

    def _is_of_this_boot(self, promise: Promise) -> bool:
        if promise.boot and self._boot:
            return promise.boot == self._boot
        return abs(promise.booted - self._booted) < _BOOT_SLACK_S

    def _keep(self, promise: Promise) -> None:
        with self._lock:
            self.promise = msgspec.structs.replace(promise, booted=self._booted, boot=self._boot)
            os.replace(_write_beside(self._promise_path, self.promise, durable=False), self._promise_path)

    def _check_linked(self, fd: int) -> None:
        """Somebody may have deleted the part meanwhile, and another r1chat may fetch under its name."""
        if not self._is_linked(fd):
            raise DiskTrouble(
                f"{self.path} was taken away while it was fetched; what had arrived is gone.",
                "Fetch it again.",
            )

    def _is_linked(self, fd: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(fd), os.stat(self.path))
        return False


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def discard_part(target: Path) -> None:
    """Throw away what has arrived of `target`. Raises Busy where another r1chat is at it."""
    part = Part(target)
    try:
        part.empty()
    finally:
        part.close()


def _open_locked(path: Path) -> int:
    """A descriptor of the file that has this name at the moment of locking."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(fd), os.stat(path)):
                    return fd
        except BlockingIOError as error:
            os.close(fd)
            raise Busy(
                f"Another r1chat is fetching {path.name.removesuffix('.part')}.",
                "Wait for it, or pause it there first.",
            ) from error
        os.close(fd)


def _write_beside(path: Path, promise: Promise, *, durable: bool) -> Path:
    """Write `promise` into a new file beside `path`, to be put in its place at once."""
    handle, name = tempfile.mkstemp(".new", f".{path.name}-", path.parent)
    with open(handle, "wb") as file:
        file.write(msgspec.json.encode(promise))
        if durable:
            file.flush()
            os.fsync(file.fileno())
    return Path(name)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` outlive a crash of the machine."""
    with disk_trouble(folder):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
