"""`r1chat models pull`: fetch a model, with a bar on a terminal and JSON lines for a script."""

import asyncio
import contextlib
import os
import signal

import click
import msgspec

from r1chat.cli.main import INTERRUPTED, OK
from r1chat.cli.models.pull_report import Report, make_report
from r1chat.cli.options import json_option
from r1chat.core.advice import recommend, table
from r1chat.core.catalog import Choice, choose, looks_like_id
from r1chat.errors import R1ChatError
from r1chat.hardware import measure
from r1chat.hub.clock import RealClock
from r1chat.hub.items import Item, Shelf
from r1chat.hub.job import Job, Means
from r1chat.hub.names import parse
from r1chat.hub.part import disk_trouble
from r1chat.hub.plan import plan_asked, plan_choice
from r1chat.hub.states import Complete, Failed, Paused
from r1chat.hub.throttle import Throttle
from r1chat.hub.trouble import Busy
from r1chat.hub.web import Web
from r1chat.paths import Paths, default_paths
from r1chat.settings import load

_UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}


class Rate(click.ParamType[float]):
    """Bytes a second, such as `5M`."""

    name = "rate"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        text = str(value).strip().upper().removesuffix("/S").removesuffix("B")
        unit = text[-1:] if text[-1:] in _UNITS else ""
        try:
            number = float(text.removesuffix(unit)) * _UNITS[unit]
        except ValueError:
            number = -1
        if 1000 <= number < 1e12:
            return number
        raise click.BadParameter(f"{value!r} is no speed; give bytes a second, such as 5M.", ctx, param)


@click.command()
@click.argument("model")
@click.option(
    "--limit-rate",
    type=Rate(),
    metavar="RATE",
    help="Bytes a second at most, such as 5M; by default the setting downloads.limit.",
)
@json_option
def pull_model(model: str, *, limit_rate: float | None, as_json: bool) -> int:
    """Fetch MODEL: a name of the catalog, or owner/repository[:QUANT] on the Hugging Face Hub.

    It can be interrupted; the same command goes on where it was.
    """
    paths = default_paths()
    rate = limit_rate or load(paths.settings, os.environ).downloads.bytes_per_s
    choice = _choice(model) if looks_like_id(model) else None
    return asyncio.run(_pull(model, choice, paths, rate, make_report(as_json=as_json)))


def _choice(name: str) -> Choice:
    """The catalog's model; without a quantisation the best that fits this machine."""
    choice = choose(name)
    if ":" in name:
        return choice
    advice = recommend(table([choice.model], measure(speed=False).machine))
    return choice if advice.row is None else advice.row.choice


async def _pull(name: str, choice: Choice | None, paths: Paths, rate: float, report: Report) -> int:
    clock = RealClock()
    means = Means(paths.models, clock, Throttle(clock, rate))
    shelf = Shelf(paths.downloads)
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    item: Item | None = None
    try:
        web = await Web.open()
        async with contextlib.aclosing(web):
            item = await (plan_choice(web, choice) if choice else plan_asked(web, parse(name, web.host)))
            _remember(shelf, item, paths)
            await _fetch(item, web, means, report)
            shelf.drop(item)
    except asyncio.CancelledError:
        if item is not None:
            report.end(item, Paused(done=item.arrived(paths.models), total=item.size))
        return INTERRUPTED
    except R1ChatError as error:
        if item is not None:
            _remember_why(shelf, item, error)
            done = item.arrived(paths.models)
            report.end(item, Failed(done=done, total=item.size, reason=error.message, hint=error.hint))
        raise
    return OK


def _remember(shelf: Shelf, item: Item, paths: Paths) -> None:
    """Let the screen's queue offer it as paused, should this end before it is whole. Raises DiskTrouble."""
    if all(known.key != item.key or known.reason for known in shelf.items()):
        with disk_trouble(paths.downloads):
            shelf.put(msgspec.structs.replace(item, paused=True))


def _remember_why(shelf: Shelf, item: Item, error: R1ChatError) -> None:
    """Let the screen's queue say why it ended; not where another r1chat is at it."""
    if not isinstance(error, Busy):
        with contextlib.suppress(OSError):
            shelf.put(msgspec.structs.replace(item, reason=error.message, hint=error.hint))


async def _fetch(item: Item, web: Web, means: Means, report: Report) -> None:
    job = Job(item, web, means, lambda state: report.show(item, state))
    running = asyncio.create_task(job.run(), name="pull")
    report.begin(item, means.models)
    try:
        while not running.done():
            report.show(item, job.state)
            await asyncio.wait({running}, timeout=report.tick_s)
        path = await running
    finally:
        if not running.done():
            running.cancel()
            await asyncio.wait({running})
    total = job.state.total
    report.end(item, Complete(done=total, total=total, path=str(path)))
