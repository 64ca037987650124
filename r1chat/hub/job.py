"""One item of the queue on its way: its files one after the other, its states as those of one thing."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from r1chat.hub.clock import Clock
from r1chat.hub.items import Item, arrived, size_of
from r1chat.hub.part import disk_trouble
from r1chat.hub.record import read_record
from r1chat.hub.source import RemoteFile
from r1chat.hub.states import Connecting, Downloading, State, Verifying
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Patience, Transfer
from r1chat.hub.web import Web
from r1chat.threads import own_thread


class Means(NamedTuple):
    """What jobs share."""

    models: Path
    """The folder of all models."""
    clock: Clock
    throttle: Throttle
    patience: Patience = Patience()


class Job:
    """Fetches all files of `item`. `tell` hears of every change but the growth of a download."""

    def __init__(
        self, item: Item, web: Web, means: Means, tell: Callable[[State], None] | None = None
    ) -> None:
        self._item, self._web, self._means, self._tell = item, web, means, tell
        self._targets = item.targets(means.models)
        self._before = 0
        self._transfer: Transfer | None = None
        self._sizes = [file.size for file in item.files]
        self._index = 0
        self._last: State = Connecting(done=item.arrived(means.models), total=item.size)

    @property
    def state(self) -> State:
        """What it is doing at this moment."""
        if self._transfer is not None:
            self._last = self._lifted(self._transfer.state)
        return self._last

    async def run(self) -> Path:
        """Fetch what is not here; returns the first file. Raises HubError. A cancellation is a pause."""
        for index, (file, target) in enumerate(zip(self._item.files, self._targets, strict=True)):
            self._index = index
            if not await self._is_here(file, target):
                self._transfer = Transfer(
                    self._web,
                    file,
                    target,
                    clock=self._means.clock,
                    throttle=self._means.throttle,
                    patience=self._means.patience,
                    tell=self._said,
                )
                try:
                    await self._transfer.run()
                finally:
                    self._last, self._transfer = self.state, None
            self._sizes[index] = size_of(target)
            self._before += self._sizes[index]
        return self._targets[0]

    def _said(self, state: State) -> None:
        if self._tell is not None:
            self._tell(self._lifted(state))

    def _lifted(self, state: State) -> State:
        """The state of one file as that of the whole item."""
        later = [arrived(target) for target in self._targets[self._index + 1 :]]
        sizes = [*self._sizes[: self._index], state.total, *self._sizes[self._index + 1 :]]
        done, total = self._before + state.done + sum(later), sum(sizes)
        match state:
            case Downloading(bytes_per_s=speed, eta_s=eta):
                left = total - done
                eta = None if eta is None else left / speed
                return Downloading(done=done, total=total, bytes_per_s=speed, eta_s=eta)
            case Verifying(checked=checked):
                return Verifying(done=done, total=total, checked=self._before + checked)
            case _:
                return msgspec.structs.replace(state, done=done, total=total)

    async def _is_here(self, file: RemoteFile, target: Path) -> bool:
        """The whole file has its name already, and is the one that the Hub offers."""
        if not file.sha256 or size_of(target) != file.size:
            return False
        record = read_record(target)
        if record is not None and record.sha256:
            return record.sha256 == file.sha256
        with disk_trouble(target):
            return await own_thread(partial(_sha256, target), "hub-known") == file.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
