"""What `models pull` tells of a download: JSON lines, a bar in a terminal, or a line now and then."""

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from r1chat.core.json_text import json_text
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.hub.items import Item
from r1chat.hub.states import (
    Complete,
    Connecting,
    Downloading,
    Failed,
    Paused,
    Queued,
    Stalled,
    State,
    Verifying,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_ONE_WORD = {Queued: "waiting for its turn", Paused: "paused", Failed: "stopped", Complete: "complete"}

GO_ON = "The same command goes on where it was."


class Report(Protocol):
    """Where the states of a download go."""

    tick_s: float
    """Seconds from one look at the download to the next."""

    def begin(self, item: Item, models: Path) -> None:
        """It is known what will be fetched."""

    def show(self, item: Item, state: State) -> None:
        """How it stands."""

    def end(self, item: Item, state: Complete | Paused | Failed) -> None:
        """It is over."""


def make_report(*, as_json: bool) -> Report:
    """The report for this kind of output."""
    if as_json:
        return JsonLines()
    return Bar() if sys.stderr.isatty() else Lines()


class JsonLines:
    """One object a line on stdout, twice a second and at each change."""

    tick_s = 0.5

    def begin(self, item: Item, models: Path) -> None:
        """What will be fetched."""
        self._print(
            {
                "state": "planned",
                "model": item.name,
                "repo": item.files[0].repo,
                "revision": item.files[0].revision,
                "license": item.license,
                "files": [file.name for file in item.files],
                "done": item.arrived(models),
                "total": item.size,
            }
        )

    def show(self, item: Item, state: State) -> None:
        """How it stands."""
        self._print(state)

    def end(self, item: Item, state: Complete | Paused | Failed) -> None:
        """The last line."""
        self._print(state)

    @staticmethod
    def _print(value: object) -> None:
        click.echo(json_text(value))


class Lines:
    """Plain lines on stderr, few of them: for a log. stdout gets the path."""

    tick_s = 1.0

    def __init__(self) -> None:
        self._next = 0.0
        self._kind: type[State] | None = None

    def begin(self, item: Item, models: Path) -> None:
        """What will be fetched, from where, under which licence."""
        _introduce(item)

    def show(self, item: Item, state: State) -> None:
        """A line at each change of kind, and every ten seconds."""
        now = time.monotonic()
        if type(state) is not self._kind or now >= self._next:
            self._kind, self._next = type(state), now + 10
            _say(f"{_percent(state)}  {words(state)}")

    def end(self, item: Item, state: Complete | Paused | Failed) -> None:
        """How it ended."""
        _conclude(state)


class Bar:
    """A progress bar on stderr. stdout gets the path."""

    tick_s = 0.2

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def begin(self, item: Item, models: Path) -> None:
        """What will be fetched, from where, under which licence; then the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        _introduce(item)
        self._progress = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=Console(stderr=True),
            auto_refresh=False,
        )
        self._progress.start()
        self._task = self._progress.add_task("", total=item.size or None, words="")

    def show(self, item: Item, state: State) -> None:
        """Move the bar."""
        if self._progress is not None and self._task is not None:
            checking = state.checked if isinstance(state, Verifying) else state.done
            self._progress.update(
                self._task,
                completed=checking,
                total=state.total or None,
                words=" ".join(plain(words(state)).split()),
                refresh=True,
            )

    def end(self, item: Item, state: Complete | Paused | Failed) -> None:
        """How it ended, below the bar."""
        if self._progress is not None:
            self.show(item, state)
            self._progress.stop()
        _conclude(state)


def words(state: State) -> str:
    """A state in a few words."""
    of = f"{size(state.done)} of {size(state.total)}" if state.total else size(state.done)
    match state:
        case Connecting(reason=reason, retry_in_s=wait) if wait:
            return f"{of}, next attempt in {math.ceil(wait)} s: {reason}"
        case Connecting(reason=reason):
            return f"{of}, connecting. {reason}".rstrip(". ")
        case Downloading(bytes_per_s=speed, eta_s=eta):
            flow = f"{size(round(speed))}/s" if speed >= 1 else "connected"
            return f"{of}, {flow}" + ("" if eta is None else f", {_duration(eta)} left")
        case Stalled(idle_s=idle):
            return f"{of}, stalled: nothing has come for {idle:.0f} s"
        case Verifying(checked=checked):
            return f"{of}, verifying {100 * checked // max(1, state.total)} %"
        case Queued() | Paused() | Failed() | Complete():
            return f"{of}, {_ONE_WORD[type(state)]}"


def _introduce(item: Item) -> None:
    first = item.files[0]
    parts = f" in {len(item.files)} files" if len(item.files) > 1 else ""
    _say(f"{item.name}: {size(item.size)}{parts} from {first.repo}, licence {item.license or 'not named'}")


def _conclude(state: Complete | Paused | Failed) -> None:
    match state:
        case Complete(path=path):
            _say("Whole and verified by its checksum.")
            click.echo(plain(path))
        case Paused():
            _say(f"Paused at {_percent(state)}. {GO_ON}")
        case Failed():
            pass  # the error itself is said on the way out


def _percent(state: State) -> str:
    return f"{100 * state.done // state.total} %" if state.total else "0 %"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _say(text: str) -> None:
    click.echo(" ".join(plain(text).split()), err=True)
