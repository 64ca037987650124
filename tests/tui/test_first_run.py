"""What somebody sees who begins: advice for this machine, and one key to follow it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from r1chat.core.fit import Machine
from r1chat.hardware import Hardware
from r1chat.paths import default_paths
from r1chat.tui.preferences import Preferences
from r1chat.tui.stock import Stock, View
from r1chat.tui.widgets.welcome import Welcome
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Stall
from tests.hub.models import gguf
from tests.tui.stage import Stage, staged
from tests.tui.test_models import no_caches, own
from tests.tui.test_snapshots import svg

__all__ = ["no_caches", "svg"]

GB = 10**9
SMALL = Hardware(machine=Machine(ram_free=6 * GB, ram_read=12e9), ram_total=8 * GB, cores=4)
NONE = Hardware(machine=Machine(ram_free=GB // 4, ram_read=12e9), ram_total=GB, cores=1)
REPO = "bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF"
FILES = {
    f"DeepSeek-R1-Distill-Qwen-1.5B-{quant}.gguf": gguf(300_000) for quant in ("Q4_K_M", "Q5_K_M", "Q8_0")
}


@pytest.fixture
async def hub() -> AsyncGenerator[FakeHub, None]:
    async with FakeHub({REPO: Repo(FILES)}).serving() as serving:
        yield serving


def stock(hardware: Hardware = SMALL, endpoint: str = "http://127.0.0.1:9") -> Stock:
    return Stock(default_paths(), endpoint=endpoint, hardware=hardware)


def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "config.toml", {})


def advice(stage: Stage) -> str:
    shown = [str(widget.render()) for widget in stage.chat.query("Welcome .advice") if widget.display]
    return "\n".join(shown)


async def settled(stage: Stage) -> None:
    await stage.until(lambda: all(w.is_finished for w in stage.app.workers if w.name == "first run"))


async def test_a_beginner_reads_what_suits_this_machine(svg: SnapshotAssertion, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(path=path, stock=stock(), preferences=preferences(tmp_path)) as stage:
        await stage.until(lambda: bool(advice(stage)))
        assert "Free here: 5.6 GiB of RAM." in advice(stage)
        assert "What suits it best: r1-qwen-1.5b" in advice(stage)
        assert "Shift+F3 fetches it; F3 shows what else there is." in advice(stage)
        assert await stage.picture() == svg


async def test_where_nothing_fits_that_is_said_and_what_answers_all_the_same(tmp_path: Path) -> None:
    async with staged(stock=stock(NONE), preferences=preferences(tmp_path)) as stage:
        await stage.until(lambda: bool(advice(stage)))
        assert "Nothing of the catalog fits; the embedded model does." in advice(stage)
        assert "tiny, which came along, answers already" in advice(stage)
        assert "Shift+F3" not in advice(stage)


async def test_who_has_a_model_or_chats_is_no_beginner(tmp_path: Path) -> None:
    own()
    async with staged(stock=stock(), preferences=preferences(tmp_path)) as stage:
        await settled(stage)
        assert not advice(stage)
    own().unlink()
    path = tmp_path / "chats.db"
    async with staged(path=path) as stage:
        await stage.ask()
    async with staged(path=path, stock=stock(), preferences=preferences(tmp_path)) as stage:
        await settled(stage)
        assert stage.chat.query(Welcome)
        assert not advice(stage)


async def test_one_key_fetches_it(tmp_path: Path, hub: FakeHub) -> None:
    hub.faults.extend([Stall(after=1000)] * 9)
    shelf = stock(endpoint=hub.endpoint)
    async with staged(stock=shelf, preferences=preferences(tmp_path)) as stage:
        await stage.pilot.press("shift+f3")
        await stage.until(lambda: bool(shelf.downloads.entries()))
        assert shelf.downloads.entries()[0].item.name.startswith("r1-qwen-1.5b")
        await stage.until(lambda: shelf.fetched is not None)
        assert not stage.notes


class Hurried(Stock):
    """Of a machine that was busy when it was first measured."""

    async def look(self, *, anew: bool = False) -> View:
        """Once as slow, then as it is."""
        view = await super().look(anew=anew)
        self._hardware = SMALL
        return view


async def test_what_was_advised_is_fetched_though_another_measurement_may_differ(
    tmp_path: Path, hub: FakeHub
) -> None:
    hub.faults.extend([Stall(after=1000)] * 9)
    busy = msgspec.structs.replace(SMALL, machine=Machine(ram_free=6 * GB, ram_read=1e9))
    shelf = Hurried(default_paths(), endpoint=hub.endpoint, hardware=busy)
    async with staged(stock=shelf, preferences=preferences(tmp_path)) as stage:
        await stage.until(lambda: bool(advice(stage)))
        await stage.pilot.press("shift+f3")
        await stage.until(lambda: bool(shelf.downloads.entries()))
        assert f"best: {shelf.downloads.entries()[0].item.name}," in advice(stage)


async def test_one_model_is_advised_until_it_is_asked_to_look_again_or_it_fits_no_more() -> None:
    slow = msgspec.structs.replace(SMALL, machine=Machine(ram_free=60 * GB, ram_read=4e9))
    quick = msgspec.structs.replace(SMALL, machine=Machine(ram_free=60 * GB, ram_read=90e9))
    shelf = stock(slow)
    first = (await shelf.look()).advice
    shelf._hardware = quick
    again = (await shelf.look()).advice
    assert first.choice == again.choice
    assert first.row != again.row
    assert (await shelf.look(anew=True)).advice.choice != first.choice
    shelf._hardware = SMALL
    found = (await shelf.look()).advice.choice
    assert found is not None
    assert found.model.id == "r1-qwen-1.5b"


async def test_without_a_network_it_is_said_what_happened_and_nothing_is_lost(tmp_path: Path) -> None:
    async with staged(stock=stock(), preferences=preferences(tmp_path)) as stage:
        stage.chat.prompt.insert("half a question")
        await stage.pilot.press("shift+f3")
        await stage.until(lambda: bool(stage.notes))
        assert "127.0.0.1" in stage.notes[0]
        assert stage.chat.prompt.text == "half a question"
