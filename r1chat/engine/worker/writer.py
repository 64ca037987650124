"""Writes saved KV on a thread of its own, so that no request waits for a disk."""

import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from r1chat.engine.worker.pace import Pace
from r1chat.engine.worker.state_block import Block, write
from r1chat.engine.worker.state_files import StateFiles

_GLANCE_S = 0.05
"""How often a wait looks whether it is to be given up, where nothing wakes it."""


class Job(NamedTuple):
    """One block to write. The payload must stay as it is until the writer is free again."""

    chat: str
    since: float
    """Unix time since when memory has it."""
    block: Block
    payload: memoryview


class Writer:
    """One job at a time. `woken` is set when one ends; the one who waits for it clears it."""

    def __init__(self, files: StateFiles, pace: Pace, woken: threading.Event) -> None:
        self._files, self._pace, self._woken = files, pace, woken
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.busy = False
        """A job is under way."""
        self.broken = False
        """The disk refused; nothing more is written."""
        threading.Thread(target=self._run, name="saved state", daemon=True).start()

    def put(self, job: Job) -> None:
        """Begin to write; only where it is free."""
        self.busy = True
        self._jobs.put(job)

    def free(self, given_up: Callable[[], bool]) -> bool:
        """Wait until it is free; False where that was given up before."""
        while self.busy:
            if given_up():
                return False
            self._woken.wait(_GLANCE_S)
            self._woken.clear()
        return not self.broken

    def close(self) -> None:
        """End its thread after what it is writing."""
        self._jobs.put(None)

    def _run(self) -> None:
        try:
            self._guarded(self._files.sweep)
            while job := self._jobs.get():
                self._guarded(partial(self._write, job))
                self.busy = False
                self._woken.set()
        finally:  # with this thread ends all writing: nobody shall wait for it
            self.busy, self.broken = False, True
            self._woken.set()

    def _guarded(self, action: Callable[[], None]) -> None:
        """A disk that is full or may not be written costs the cache and nothing else."""
        try:
            action()
        except FileNotFoundError:
            pass  # another program removed it
        except OSError as error:
            self.broken = True
            sys.stderr.write(f"saved state: {error.strerror or error}; none is written from now on\n")

    def _write(self, job: Job) -> None:
        begun = time.monotonic()
        place = self._files.place(job.chat, job.since, job.block)
        if place is None:
            return
        path, temporary = place
        write(temporary, job.block, job.payload)
        self._files.settle(path, temporary, job.since, job.block)
        self._pace.write.add(len(job.payload), time.monotonic() - begun)
