"""Brings chats that left memory back: their thought-free KV is kept on disk, written while nobody waits."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Sequence

from r1chat.engine.worker.capi import AbortFlag
from r1chat.engine.worker.cells import Cells
from r1chat.engine.worker.kv import Branch, KvCache
from r1chat.engine.worker.state_block import Bad, read
from r1chat.engine.worker.state_files import StateFiles, shared, touch
from r1chat.engine.worker.writer import Job, Writer

MIN_TOKENS = 64
"""Tokens that nobody waits for are neither saved nor looked for."""
BLOCK_BYTES = 16 << 20
"""About how much one file holds: what a request that comes in the middle may have to wait for."""
MAX_BLOCK, MIN_BLOCK = 512, 32
MAX_FILE = 256 << 20
FORMAT = 1
"""Of the files; raised with every change of what is in them."""


def block_size(bytes_per_token: int) -> int:
    """Tokens of a whole block, a power of two."""
    size = MAX_BLOCK
    while size > MIN_BLOCK and size * bytes_per_token > BLOCK_BYTES:
        size //= 2
    return size


def fingerprint(*what: object) -> bytes:
    """Of everything that saved cells depend on."""
    return hashlib.sha256(repr((FORMAT, *what)).encode()).digest()


class Keeper:
    """Saves the branches of a KV cache and restores them.

    Only what comes before the first `<think>` of a branch is saved: what the prompts of later turns begin
    with. A file is found by the tokens that it holds, whatever chat they are of. `woken` is set by whoever
    has work for the engine's thread.
    """

    def __init__(
        self, kv: KvCache, files: StateFiles, *, think: int, bytes_per_token: int, abort: AbortFlag,
        woken: threading.Event,
    ) -> None:  # fmt: skip
        self._kv, self._files, self._abort = kv, files, abort
        self._think, self._bytes_per_token = think, bytes_per_token
        self._cells = Cells(kv.context)
        self._writer = Writer(files, kv.pace, woken)
        kv.restorer = self.restore

    def close(self) -> None:
        """End its thread."""
        self._writer.close()

    def restore(self, branch: Branch, prompt: Sequence[int]) -> None:
        """Lengthen a branch by what files hold of `prompt`, but for the prompt's last token."""
        limit = len(prompt) - 1
        if limit - len(branch.ids) < MIN_TOKENS:
            return
        if self._writer.busy:
            self._cells.room = bytearray()  # the one there was is being written
        for path, like in self._files.find(prompt[:limit], len(branch.ids)):
            if self._abort:
                return
            begun = time.monotonic()
            try:
                self._cells.grow(min(path.stat().st_size, MAX_FILE))
                block, size = read(path, like, self._cells.room)
                end = block.start + shared(block.ids, prompt[block.start : limit])
                self._take(branch, end, size)
            except Bad as bad:
                self._files.discard(path, bad)
                return
            except OSError:
                return
            branch.ids += prompt[len(branch.ids) : end]
            touch(path, block)
            self._kv.pace.read.add(size, time.monotonic() - begun)

    def keep(self, given_up: Callable[[], bool]) -> None:
        """Save what is worth it, the chat used last first, until that is done or given up."""
        kept = sorted((branch for branch in self._kv.branches if branch.chat), key=lambda b: -b.used)
        for branch in kept:
            self._save(branch, given_up)
        self._writer.free(given_up)

    def _save(self, branch: Branch, given_up: Callable[[], bool]) -> None:
        ids = branch.ids
        with contextlib.suppress(ValueError):
            ids = ids[: ids.index(self._think)]
        if len(ids) < MIN_TOKENS or not self._writer.free(given_up):
            return
        blocks = self._files.missing(branch.chat, ids)
        if not blocks or not self._worth(len(ids) - blocks[0].start):
            return
        for block in blocks:
            if not self._writer.free(given_up):
                return
            size = self._cells.save(branch.sequence, block.start, block.start + len(block.ids))
            if size:
                self._writer.put(Job(branch.chat, branch.since, block, memoryview(self._cells.room)[:size]))

    def _worth(self, tokens: int) -> bool:
        return self._kv.pace.worth(tokens, tokens * self._bytes_per_token)

    def _take(self, branch: Branch, end: int, size: int) -> None:
        """Give a branch the cells up to `end`; other branches make room for them. Raises Bad."""
        while not self._cells.load(branch.sequence, len(branch.ids), end, size):
            if self._kv.has_room(self._files.size) or not self._kv.drop_oldest((branch,)):
                raise Bad("format")
