"""Several downloads: a few at a time, the others in order, all kept on disk so that nothing forgets them."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from r1chat.errors import R1ChatError
from r1chat.hub.items import Item, Shelf, discard
from r1chat.hub.job import Job, Means
from r1chat.hub.part import disk_trouble
from r1chat.hub.space import check_room
from r1chat.hub.states import Complete, Failed, Paused, Queued, State
from r1chat.hub.trouble import Busy
from r1chat.hub.web import Web
from r1chat.threads import in_thread

AT_ONCE = 2
"""Downloads that run side by side."""


class Entry(NamedTuple):
    """One line of the queue."""

    item: Item
    state: State


class Downloads:
    """The queue of one running r1chat. `tell` hears the key of an item whenever its state changes in kind.

    It belongs to one event loop. `aclose` stops what runs; that goes on where it was at the next `start`.
    """

    def __init__(
        self,
        shelf: Shelf,
        means: Means,
        *,
        endpoint: str | None = None,
        tell: Callable[[str], None] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._shelf, self._means, self._endpoint, self._tell = shelf, means, endpoint, tell
        self._at_once = at_once
        self._items: dict[str, Item] = {}
        self._complete: dict[str, Complete] = {}
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[str] = set()
        """Keys of what is being removed."""
        self._web: Web | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @property
    def at_once(self) -> int:
        """Downloads that run side by side; where it is lowered, what runs goes on to its end."""
        return self._at_once

    @at_once.setter
    def at_once(self, count: int) -> None:
        self._at_once = count
        self._pump()

    def start(self) -> None:
        """Take up what earlier runs left, and go on with what was neither paused nor given up."""
        for item in self._shelf.items():
            self._items.setdefault(item.key, item)
        self._pump()

    def entries(self) -> tuple[Entry, ...]:
        """Everything in the queue, and what this run completed; in the order of asking."""
        return tuple(Entry(item, self._state(item)) for item in self._items.values())

    def add(self, item: Item) -> None:
        """Fetch `item`; one that is here already goes on where it is. Raises DiskTrouble."""
        known = self._items.get(item.key)
        if known is not None and item.key not in self._complete:
            self.resume(item.key)
            return
        with disk_trouble(self._means.models):
            self._shelf.put(item)
        self._complete.pop(item.key, None)
        self._items[item.key] = item
        self._pump()

    async def pause(self, key: str) -> None:
        """Stop it and keep what has arrived."""
        if key in self._complete or key not in self._items:
            return
        self._keep(msgspec.structs.replace(self._items[key], paused=True))
        await self._stop(key)

    def resume(self, key: str) -> None:
        """Go on with what was paused or has failed."""
        wanted = key in self._items and key not in self._complete and key not in self._leaving
        if wanted and (self._items[key].paused or self._items[key].reason):
            self._keep(msgspec.structs.replace(self._items[key], paused=False, reason="", hint=""))
            self._pump()

    async def remove(self, key: str) -> None:
        """Stop it and throw away what is not complete. Raises Busy where another r1chat is at it."""
        item = self._items.get(key)
        if item is None:
            return
        self._items[key] = msgspec.structs.replace(item, paused=True)  # or it would begin anew
        self._leaving.add(key)
        try:
            await self._stop(key)
            if key not in self._complete:
                await in_thread(discard, item, self._means.models)
        finally:
            self._leaving.discard(key)
        self._shelf.drop(item)
        self._items.pop(key, None)
        self._complete.pop(key, None)
        self._say(key)

    async def aclose(self) -> None:
        """Stop everything at once; nothing is lost."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        if self._web is not None:
            await self._web.aclose()
            self._web = None

    def _pump(self) -> None:
        """Start what may run."""
        if self._closed:
            return
        for key, item in self._items.items():
            if len(self._tasks) >= self._at_once:
                break
            if not (key in self._tasks or key in self._complete or item.paused or item.reason):
                task = asyncio.create_task(self._run(item), name=f"hub-download-{key}")
                self._tasks[key] = task
                task.add_done_callback(partial(self._ended, key))
        self._say("")

    async def _run(self, item: Item) -> None:
        try:
            job = Job(item, await self._way(), self._means, lambda _: self._say(item.key))
            self._check_room(job)
            self._jobs[item.key] = job
            path = await job.run()
        except Busy as error:
            # Not kept on disk: the wish there is the other r1chat's too, and no later run is to heed this.
            self._items[item.key] = msgspec.structs.replace(item, reason=error.message, hint=error.hint)
        except R1ChatError as error:
            self._keep(msgspec.structs.replace(item, reason=error.message, hint=error.hint))
        else:
            size = job.state.total
            self._complete[item.key] = Complete(done=size, total=size, path=str(path))
            self._shelf.drop(item)

    def _check_room(self, job: Job) -> None:
        """All that runs must fit on the disk together. Raises DiskTrouble."""
        states = [job.state, *(other.state for other in self._jobs.values())]
        check_room(self._means.models, sum(max(0, state.total - state.done) for state in states))

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and key in self._items:  # or it would begin anew, and without end
            reason = f"It ended in a way that nobody foresaw ({type(error).__name__}: {error})."
            hint = "What has arrived is kept: go on with it."
            self._keep(msgspec.structs.replace(self._items[key], reason=reason, hint=hint))
        self._tasks.pop(key, None)
        self._jobs.pop(key, None)
        self._pump()
        self._say(key)

    async def _stop(self, key: str) -> None:
        task = self._tasks.get(key)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _way(self) -> Web:
        async with self._opening:
            if self._web is None:
                self._web = await Web.open(self._endpoint)
            return self._web

    def _state(self, item: Item) -> State:
        if (complete := self._complete.get(item.key)) is not None:
            return complete
        if (job := self._jobs.get(item.key)) is not None:
            return job.state
        done, total = item.arrived(self._means.models), item.size
        if item.reason:
            return Failed(done=done, total=total, reason=item.reason, hint=item.hint)
        if item.paused:
            return Paused(done=done, total=total)
        return Queued(done=done, total=total)

    def _keep(self, item: Item) -> None:
        """Remember a wish; that the disk is full must not keep anybody from pausing."""
        self._items[item.key] = item
        with contextlib.suppress(OSError):
            self._shelf.put(item)

    def _say(self, key: str) -> None:
        if self._tell is not None:
            self._tell(key)
