"""The folder of saved KV: what is there for a prompt, what room it may take, and who may read it."""

import contextlib
import os
import shutil
import stat
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import psutil

from r1chat.engine.state_folder import SUFFIX, chat_folder, forgotten, tombstones
from r1chat.engine.worker.state_block import Bad, Block, Chain, extend, follows, key, read_head

MAX_BYTES = 2 << 30
"""Room that all files together may take, where nobody set another."""
SHARE_OF_DISK = 20
"""And no more than one part in so many of what is free."""
MIN_TAIL = 16
"""Tokens behind the last whole block that are no file's worth."""
TOMBSTONE_S = 30 * 24 * 3600
"""How long a deletion is remembered: longer than any engine holds a chat in memory."""
_TEMPORARY = ".tmp"


class StateFiles:
    """Blocks of saved KV below `root`, in a folder for each chat.

    `fingerprint` is of all that the cells depend on, `size` the tokens of a whole block. Any number of
    programs may share a root: files are whole or not there, and a file that another removed is a miss.
    """

    def __init__(self, root: Path, fingerprint: bytes, size: int, max_bytes: int | None = None) -> None:
        self.root, self.fingerprint, self.size = root, fingerprint, size
        self._max_bytes = max_bytes

    def find(self, prompt: Sequence[int], held: int) -> list[tuple[Path, Block]]:
        """Files that together hold most of `prompt` beyond its first `held` tokens, in order.

        Of the last one the beginning may be all that fits. Files that are no blocks are removed.
        """
        index: dict[str, list[Path]] = defaultdict(list)
        for path in self.root.glob(f"*/*{SUFFIX}"):
            index[follows(path.name)].append(path)
        found: list[tuple[Path, Block]] = []
        whole = held // self.size * self.size
        chain = self._chain(prompt[:whole])
        while whole < len(prompt):
            rest = tuple(prompt[whole : whole + self.size])
            like = Block(self.fingerprint, chain, whole, ())
            blocks = [(path, block) for path in index[key(chain)] if (block := self._head(path, like))]
            best = max(blocks, key=lambda candidate: shared(candidate[1].ids, rest), default=None)
            if best is None or whole + shared(best[1].ids, rest) <= held:
                break
            found.append(best)
            if best[1].ids != rest or len(rest) < self.size:
                break
            chain, whole = best[1].chain, whole + self.size
        return found

    def missing(self, chat: str, ids: Sequence[int]) -> list[Block]:
        """The blocks of `ids` that the chat's folder lacks. Those it has count as used now."""
        folder = chat_folder(self.root, chat)
        names = {path.name for path in folder.glob(f"*{SUFFIX}")} if folder.is_dir() else set()
        lacking: list[Block] = []
        chain = self._chain(())
        for start in range(0, len(ids) - min(MIN_TAIL, self.size) + 1, self.size):
            block = Block(self.fingerprint, chain, start, tuple(ids[start : start + self.size]))
            covering = self._covering(folder, names, block)
            if covering is None:
                lacking.append(block)
            else:
                touch(covering, block)
            chain = block.chain
        return lacking

    def place(self, chat: str, since: float, block: Block) -> tuple[Path, Path] | None:
        """Where to write a block that memory has since then, and under which name before it is whole.

        None: it must not be written. Raises OSError.
        """
        folder = chat_folder(self.root, chat)
        if forgotten(folder, since):
            return None
        for place in (self.root, folder):
            _make_private(place)
        return folder / block.name, folder / f"{os.getpid()}-{time.time_ns()}{_TEMPORARY}"

    def settle(self, path: Path, temporary: Path, since: float, block: Block) -> None:
        """A block was written: it gets its name. What it makes superfluous goes, and what is too much.

        Raises OSError.
        """
        if not forgotten(path.parent, since):
            temporary.replace(path)
        if forgotten(path.parent, since):
            shutil.rmtree(path.parent, ignore_errors=True)
            return
        touch(path, block)
        for other in path.parent.glob(f"{key(block.before)}-*{SUFFIX}"):
            head = None if other == path else self._head(other, block)
            if head is not None and head.ids == block.ids[: len(head.ids)]:
                other.unlink(missing_ok=True)
        self.shrink()

    def shrink(self) -> None:
        """Remove the files used longest ago until the rest is within its limit. Raises OSError."""
        files = []
        for path in self.root.glob(f"*/*{SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                state = path.stat()
                files.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in files)
        limit = self.limit(total)
        for _, size, path in sorted(files):
            if total <= limit:
                return
            path.unlink(missing_ok=True)
            total -= size

    def limit(self, held: int) -> int:
        """Bytes that the files may take; `held` is what they take now."""
        if self._max_bytes is not None:
            return self._max_bytes
        return min(MAX_BYTES, (shutil.disk_usage(self.root).free + held) // SHARE_OF_DISK)

    def sweep(self) -> None:
        """Remove what a killed program left half written, and deletions that nobody need know of any more."""
        for path in self.root.glob(f"*/*{_TEMPORARY}"):
            owner = path.name.partition("-")[0]
            if not owner.isdigit() or not psutil.pid_exists(int(owner)):
                path.unlink(missing_ok=True)
        for stone in tombstones(self.root):
            if time.time() - stone.stat().st_mtime > TOMBSTONE_S:
                stone.unlink(missing_ok=True)

    def discard(self, path: Path, why: Bad) -> None:
        """Remove a file that is not what it should be."""
        sys.stderr.write(f"saved state {path.name}: bad {why}, removed\n")
        with contextlib.suppress(OSError):
            path.unlink()

    def _chain(self, ids: Sequence[int]) -> Chain:
        """Up to the end of `ids`, which are whole blocks."""
        chain = extend(self.fingerprint, ())
        for start in range(0, len(ids), self.size):
            chain = extend(chain, ids[start : start + self.size])
        return chain

    def _head(self, path: Path, like: Block) -> Block | None:
        try:
            return read_head(path, like)
        except Bad as bad:
            self.discard(path, bad)
        except OSError:
            pass  # it is gone, or may be read later
        return None

    def _covering(self, folder: Path, names: set[str], block: Block) -> Path | None:
        """The chat's file that holds these tokens, be it with more behind them."""
        if block.name in names:
            return folder / block.name
        if len(block.ids) == self.size:
            return None
        for name in names:
            if follows(name) == key(block.before):
                head = self._head(folder / name, block)
                if head is not None and head.ids[: len(block.ids)] == block.ids:
                    return folder / name
        return None


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    limit = min(len(one), len(other))
    return next((i for i in range(limit) if one[i] != other[i]), limit)


def touch(path: Path, block: Block) -> None:
    """Count a file as used now; one further into a chat as a little less, for it is of no use alone."""
    when = time.time() - block.start / 1000
    with contextlib.suppress(OSError):
        os.utime(path, (when, when))


def _make_private(folder: Path) -> None:
    """Make a folder that only this user may look into. Raises OSError, also where it is another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    mine = not hasattr(os, "getuid") or state.st_uid == os.getuid()
    if not (mine and stat.S_ISDIR(state.st_mode)):
        raise PermissionError(f"{folder} is not this user's own folder")
    if state.st_mode & 0o077:
        folder.chmod(0o700)
