"""What is told of downloads that have ended."""

from r1chat.core.catalog import choose
from r1chat.paths import default_paths
from r1chat.tui.stock import Stock
from r1chat.tui.widgets.note import Note
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Stall
from tests.hub.models import gguf
from tests.tui.stage import Stage, staged
from tests.tui.test_models import FILE, HARDWARE, REPO, SMALL, hub, no_caches, opened

__all__ = ["hub", "no_caches"]

WRONG = b"<html>no model</html>" * 9000


def shelf(hub: FakeHub) -> Stock:
    return Stock(default_paths(), endpoint=hub.endpoint, hardware=HARDWARE)


def told(stage: Stage) -> list[str]:
    return [f"{note.message} {note.hint}" for note in stage.chat.transcript.query(Note)]


async def told_of_fetching(hub: FakeHub) -> str:
    async with staged(stock=shelf(hub)) as stage:
        await stage.app.stock.fetch(choose(SMALL))
        await stage.until(lambda: bool(told(stage)))
        return told(stage)[0]


async def test_the_chat_is_told_of_a_model_that_has_arrived_and_how_to_use_it(hub: FakeHub) -> None:
    said = await told_of_fetching(hub)
    assert said.startswith(f"{SMALL} is here, ")
    assert "F3 lists it; Enter" in said


async def test_the_chat_is_told_why_a_download_has_failed_and_what_to_do(hub: FakeHub) -> None:
    hub.repos[REPO] = Repo({FILE: WRONG})
    said = await told_of_fetching(hub)
    assert said.startswith(f"{SMALL} was not fetched. ")
    assert "F3 leads to the downloads" in said


async def test_somebody_on_another_screen_is_told_too(hub: FakeHub) -> None:
    async with staged(stock=shelf(hub)) as stage:
        await opened(stage)
        await stage.app.stock.fetch(choose(SMALL))
        await stage.until(lambda: bool(told(stage)))
        assert next(iter(stage.app._notifications)).message.startswith(f"{SMALL} is here, ")


async def test_an_end_is_told_once_and_that_of_an_earlier_run_not_again(hub: FakeHub) -> None:
    hub.repos[REPO] = Repo({FILE: WRONG})
    stock = shelf(hub)
    async with staged(stock=stock) as stage:
        await stock.fetch(choose(SMALL))
        await stage.until(lambda: bool(told(stage)))
        assert stock.arrivals() == ()
    again = shelf(hub)
    assert again.downloads.entries()
    assert again.arrivals() == ()
    await again.aclose()


async def test_all_downloads_count_together(hub: FakeHub) -> None:
    hub.faults.append(Stall(after=150_000))
    stock = Stock(default_paths(), endpoint=hub.endpoint, hardware=HARDWARE)
    hub.repos[REPO] = Repo({FILE: gguf(300_000)})
    async with staged(stock=stock) as stage:
        await stock.fetch(choose(SMALL))
        await stage.until(lambda: stock.fetched == 0.5)
        assert stock.doing() in {"↓ 50 %", "↓ stalled"}
