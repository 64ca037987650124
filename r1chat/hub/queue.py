"""Several downloads: a few at a time, the others in order, all of them on disk so that nothing forgets them."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from r1chat.errors import R1ChatError
from r1chat.hub.items import Item, Shelf
from r1chat.hub.job import Job, Means
from r1chat.hub.part import discard_part
from r1chat.hub.space import free_bytes
from r1chat.hub.states import Complete, Failed, Paused, Queued, State
from r1chat.hub.threads import in_thread
from r1chat.hub.trouble import Busy, DiskTrouble
from r1chat.hub.web import Web

AT_ONCE = 2
"""Downloads that run side by side."""


class Entry(NamedTuple):
    """One line of the queue."""

    item: Item
    state: State


class Downloads:
    """The queue of one running r1chat. `tell` hears the key of an item whenever its state changes in kind.

    Every call belongs to one event loop. `aclose` stops what runs; it goes on where it was at the next `start`.
    """

    def __init__(
        self,
        shelf: Shelf,
        means: Means,
        *,
        open_web: Callable[[], "asyncio.Future[Web] | asyncio.Task[Web]"] | None = None,
        tell: Callable[[str], None] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._shelf, self._means, self._tell = shelf, means, tell
        self._at_once = at_once
        self._items: dict[str, Item] = {}
        self._over: dict[str, State] = {}
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._web: Web | None = None
        self._opening = asyncio.Lock()
