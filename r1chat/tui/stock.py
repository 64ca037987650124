"""What the models screen shows and does, without a widget: the library, the catalog's fit, the downloads."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from r1chat.core.advice import WANTED_CONTEXT, Advice, Row, recommend, table
from r1chat.core.catalog import Choice, catalog
from r1chat.errors import UsageError
from r1chat.hardware import Hardware, as_quick_as, measure
from r1chat.hub.care import Removed, Verified, freed_by_removal, remove_model, verify_model
from r1chat.hub.clock import RealClock
from r1chat.hub.items import Shelf
from r1chat.hub.job import Means
from r1chat.hub.library import LocalModel, find, installed
from r1chat.hub.listing import search
from r1chat.hub.names import local_path
from r1chat.hub.plan import item_of, plan_choice
from r1chat.hub.queue import Downloads, Entry
from r1chat.hub.states import Complete, Failed, Paused, Stalled, State
from r1chat.hub.suiting import fit_of
from r1chat.hub.throttle import Throttle
from r1chat.hub.web import Web
from r1chat.paths import Paths
from r1chat.settings import DownloadSettings
from r1chat.threads import own_thread
from r1chat.tui.hub_words import Offer
from r1chat.tui.wording import percent

SEARCHED = 12
"""Repositories of one search, at most."""
SHOWN = 40
"""Quantisations of one repository, at most."""


class View(NamedTuple):
    """What there is, as of one look."""

    library: tuple[LocalModel, ...]
    rows: tuple[Row, ...]
    advice: Advice
    hardware: Hardware

    def here(self, choice: Choice) -> LocalModel | None:
        """The model of the library that a line of the catalog means."""
        return next((model for model in self.library if model.catalog == choice.name), None)


class Stock:
    """The models of one running program. Downloads go on while nobody looks; `aclose` stops them."""

    def __init__(
        self,
        paths: Paths,
        wish: DownloadSettings | None = None,
        *,
        endpoint: str | None = None,
        hardware: Hardware | None = None,
    ) -> None:
        self._paths, self._endpoint, self._hardware = paths, endpoint, hardware
        self._wish = wish or DownloadSettings()
        self._throttle = Throttle(RealClock())
        self._downloads: Downloads | None = None
        self._seen: View | None = None
        """As of the last look."""
        self._heard: set[str] = set()
        """Keys of the downloads whose end has been told."""

    @property
    def downloads(self) -> Downloads:
        """The queue; taken up where the last run left it when it is first asked for."""
        if self._downloads is None:
            means = Means(self._paths.models, RealClock(), self._throttle)
            shelf = Shelf(self._paths.downloads)
            self._downloads = Downloads(shelf, means, endpoint=self._endpoint)
            self.heed(self._wish)
            self._downloads.start()
            self._heard = {entry.item.key for entry in self._ended()}  # of an earlier run: told then
        return self._downloads

    def heed(self, wish: DownloadSettings) -> None:
        """Take other settings; they count at once, for what runs too."""
        self._wish = wish
        self._throttle.rate = wish.bytes_per_s
        if self._downloads is not None:
            self._downloads.at_once = wish.at_once

    @property
    def _running(self) -> list[State]:
        """What goes on by itself, in its turn or later."""
        states = [entry.state for entry in self._downloads.entries()] if self._downloads else []
        return [state for state in states if not isinstance(state, Paused | Failed | Complete)]

    @property
    def fetched(self) -> float | None:
        """How far all that runs is together, 0 … 1; None where nothing does, or nobody knows its size."""
        running = self._running
        total = sum(state.total for state in running)
        return sum(state.done for state in running) / total if total else None

    def doing(self) -> str:
        """How the downloads stand, in a word for the status line; empty where none runs."""
        running = self._running
        if not running:
            return ""
        if all(isinstance(state, Stalled) for state in running):
            return "↓ stalled"
        return f"↓ {percent(self.fetched or 0, 1)}"

    def arrivals(self) -> tuple[Entry, ...]:
        """Downloads that have ended, well or not, since this was last asked; once each."""
        ended = {entry.item.key: entry for entry in self._ended()}
        fresh = tuple(entry for key, entry in ended.items() if key not in self._heard)
        self._heard = set(ended)
        return fresh

    def _ended(self) -> Iterator[Entry]:
        for entry in self._downloads.entries() if self._downloads else ():
            if isinstance(entry.state, Complete | Failed):
                yield entry

    async def look(self, *, anew: bool = False) -> View:
        """Look at this machine: the disks, the memory that is free now, the catalog.

        What was advised before is advised on while it fits, and memory is as quick as it was: measured under
        another load it might be something else. `anew` forgets both.
        """
        self._seen = await own_thread(partial(self._look, None if anew else self._seen), "stock")
        return self._seen

    async def names(self) -> tuple[str, ...]:
        """Names of the models on this machine."""
        return tuple(model.name for model in await own_thread(partial(installed, self._paths), "names"))

    async def find(self, name: str) -> LocalModel:
        """A model on this machine by its name. Raises UsageError."""
        return await own_thread(partial(find, name, self._paths), "find")

    async def fetch(self, choice: Choice) -> str:
        """Ask the Hub for a model of the catalog and queue it; returns its key. Raises HubError."""
        async with contextlib.aclosing(await Web.open(self._endpoint)) as web:
            item = await plan_choice(web, choice)
        self.downloads.add(item)
        return item.key

    async def search(self, words: str) -> tuple[Offer, ...]:
        """What the Hub has of that name, a quantisation each, against this machine. Raises HubError."""
        async with contextlib.aclosing(await Web.open(self._endpoint)) as web:
            found = await search(web, words, SEARCHED)
        seen = await asyncio.to_thread(measure, speed=False) if self._hardware is None else self._hardware
        offers: list[Offer] = []
        for model in found:
            offers.extend(
                Offer(model, variant, fit_of(variant, seen.machine, WANTED_CONTEXT))
                for variant in model.variants[:SHOWN]
            )
            if not model.variants:
                offers.append(Offer(model, None, None))
        return tuple(offers)

    def take(self, offer: Offer) -> str:
        """Queue what was found on the Hub; returns its key. Raises UsageError, DiskTrouble."""
        if offer.variant is None:
            raise UsageError("There is nothing to fetch on this line.", "Choose another.")
        item = item_of(offer.name, offer.model, offer.variant)
        self.downloads.add(item)
        return item.key

    def has(self, offer: Offer) -> Path | None:
        """The first file of what was found, where it is here already."""
        if offer.variant is None:
            return None
        paths = [local_path(self._paths.models, file.repo, file.name) for file in offer.variant.files]
        return paths[0] if all(map(os.path.exists, paths)) else None

    async def turn_over(self, entry: Entry) -> None:
        """Pause what runs; go on with what was paused or has failed."""
        if entry.item.paused or isinstance(entry.state, Failed):  # it may be stopping still
            self.downloads.resume(entry.item.key)
        else:
            await self.downloads.pause(entry.item.key)

    async def verify(self, model: LocalModel, tell: Callable[[int, int], None]) -> Verified:
        """Read a model and check it; `tell` hears of bytes done and of all, in another thread."""
        return await own_thread(partial(verify_model, model, tell), "verify")

    async def remove(self, model: LocalModel) -> Removed:
        """Delete a model of our own. Raises UsageError for others'."""
        return await asyncio.to_thread(remove_model, model)

    def freed_by_removal(self, model: LocalModel) -> int:
        """Bytes that `remove` would free. Raises UsageError for what is not our own, OSError."""
        return freed_by_removal(model)

    def model_of(self, entry: Entry, view: View) -> LocalModel | None:
        """The library's model that a finished download became."""
        if not isinstance(entry.state, Complete):
            return None
        path = str(Path(entry.state.path))
        return next((model for model in view.library if model.path == path), None)

    async def aclose(self) -> None:
        """Stop the downloads; nothing is lost."""
        if self._downloads is not None:
            await self._downloads.aclose()
            self._downloads = None

    def _look(self, before: View | None) -> View:
        hardware = self._hardware or (as_quick_as(before.hardware) if before else measure())
        rows = table(catalog().models, hardware.machine)
        advice = before.advice.among(rows) if before else None
        return View(installed(self._paths), rows, advice or recommend(rows), hardware)
