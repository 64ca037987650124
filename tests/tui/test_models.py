from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from r1chat.core.catalog import choose
from r1chat.core.fit import Device, Machine
from r1chat.hardware import Hardware
from r1chat.hub.states import Complete, Failed, Paused
from r1chat.hub.trouble import DiskTrouble
from r1chat.paths import default_paths, tiny_model
from r1chat.settings import DownloadSettings
from r1chat.tui.screens.models import ModelsScreen
from r1chat.tui.stock import Stock
from r1chat.tui.widgets.model_table import ModelTable
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import Stall
from tests.hub.models import gguf
from tests.tui.stage import THOUGHT, Gate, Stage, staged
from tests.tui.test_snapshots import svg

__all__ = ["svg"]

GIB = 1 << 30
GPU = Device(name="GPU", free=11 * GIB, total=12 * GIB, read=300e9)
HARDWARE = Hardware(
    machine=Machine(ram_free=20 * GIB, ram_read=12e9, gpus=(GPU,)), ram_total=32 * GIB, cores=6
)
REPO = "bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF"
FILE = "DeepSeek-R1-Distill-Qwen-1.5B-Q3_K_M.gguf"
SMALL = "r1-qwen-1.5b:Q3_K_M"


@pytest.fixture(autouse=True)
def no_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HF_HUB_CACHE",
        "HUGGINGFACE_HUB_CACHE",
        "HF_HOME",
        "LLAMA_CACHE",
        "OLLAMA_MODELS",
        "HF_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
async def hub() -> AsyncGenerator[FakeHub, None]:
    async with FakeHub({REPO: Repo({FILE: gguf(300_000)})}).serving() as serving:
        yield serving


def own(name: str = "own") -> Path:
    path = default_paths().models / f"{name}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tiny_model().read_bytes())
    return path


def stock(hub: FakeHub | None = None) -> Stock:
    endpoint = hub.endpoint if hub else "http://127.0.0.1:9"
    return Stock(default_paths(), endpoint=endpoint, hardware=HARDWARE)


async def opened(stage: Stage, tab: int = 0) -> ModelsScreen:
    """The models screen, with its lists filled."""
    await stage.pilot.press("f3")
    await stage.until(lambda: isinstance(stage.app.screen, ModelsScreen))
    screen = stage.app.screen
    assert isinstance(screen, ModelsScreen)
    await stage.until(lambda: screen.query_one("#catalog-table", ModelTable).row_count > 0)
    for _ in range(tab):
        await stage.pilot.press("right")
    await stage.pilot.pause()
    return screen


def words(screen: ModelsScreen) -> str:
    """What stands below the list."""
    return str(screen.query_one("#details").render())


def to(key: str) -> Callable[[ModelsScreen], None]:
    """Puts the cursor on a line."""

    def move(screen: ModelsScreen) -> None:
        table = screen.table
        keys = [row.value for row in table.rows]
        table.move_cursor(row=keys.index(key))

    return move


async def test_the_screen_lists_what_is_here_and_escape_leads_back() -> None:
    own()
    async with staged(stock=stock()) as stage:
        screen = await opened(stage)
        assert [row.value for row in screen.table.rows] == [
            str(tiny_model()),
            str(default_paths().models / "own.gguf"),
        ]
        assert "Recommended here: r1-" in words(screen)
        await stage.pilot.press("escape")
        await stage.type("What is 2+2?")
        await stage.idle()
        assert stage.engine.load_requests[-1].path == "tiny.gguf"


async def test_the_program_makes_its_own_list_when_it_is_asked_for() -> None:
    async with staged() as stage:
        screen = await opened(stage)
        assert screen.table.marked == str(tiny_model())


async def test_another_model_answers_from_then_on_and_reads_the_chat() -> None:
    path = own()
    async with staged(stock=stock()) as stage:
        await stage.ask("What is 2+2?")
        to(str(path))(await opened(stage))
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.engine.load_requests[-1].path == str(path))
        await stage.ask("And 3+3?")
        assert [turn.text for turn in stage.engine.requests[-1].turns][::2] == ["What is 2+2?", "And 3+3?"]
        assert stage.reply.message.model == "own"
        assert "own · CPU" in stage.status


async def test_the_model_is_not_changed_under_a_running_reply() -> None:
    path, gate = own(), Gate(20)
    async with staged(gate=gate, stock=stock()) as stage:
        await stage.type("What is 2+2?")
        await stage.thinking(gate)
        to(str(path))(await opened(stage))
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert stage.engine.load_requests[-1].path == "tiny.gguf"
        gate.open()
        await stage.idle()
        assert stage.reply.message.thinking == THOUGHT


async def test_the_catalog_begins_at_what_is_recommended() -> None:
    async with staged(stock=stock()) as stage:
        screen = await opened(stage, tab=1)
        assert screen.table.marked == "r1-0528-qwen3-8b:Q8_0"
        assert "★" in words(screen)


async def test_a_model_is_fetched_and_used_from_the_catalog(hub: FakeHub) -> None:
    async with staged(stock=stock(hub)) as stage:
        screen = await opened(stage, tab=1)
        to(SMALL)(screen)
        await stage.pilot.press("enter")
        downloads = stage.app.stock.downloads
        await stage.until(lambda: any(isinstance(entry.state, Complete) for entry in downloads.entries()))
        screen.show_downloads()
        await stage.until(lambda: str(screen.query_one("#library-table", ModelTable).row_count) == "2")
        assert screen.tab == "downloads"
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.engine.load_requests[-1].path.endswith(FILE))
        assert stage.session.model == SMALL


async def test_a_download_is_paused_goes_on_and_is_thrown_away(hub: FakeHub) -> None:
    hub.faults.extend([Stall(after=1000)] * 9)
    async with staged(stock=stock(hub)) as stage:
        screen = await opened(stage, tab=1)
        to(SMALL)(screen)
        await stage.pilot.press("enter")
        await stage.until(lambda: screen.tab == "downloads" and screen.table.row_count == 1)
        await stage.pilot.press("enter")
        await stage.until(lambda: screen.table.get_cell_at((0, 2)).plain == "paused")
        await stage.pilot.press("enter")
        await stage.until(lambda: screen.table.get_cell_at((0, 2)).plain != "paused")
        await stage.pilot.press("d")
        assert "once more" in words(screen)
        await stage.pilot.press("d")
        await stage.until(lambda: not stage.app.stock.downloads.entries())


async def test_limits_of_downloads_count_at_once(hub: FakeHub) -> None:
    slow = Stock(default_paths(), DownloadSettings(limit=0.001), endpoint=hub.endpoint, hardware=HARDWARE)
    async with staged(stock=slow) as stage:
        await slow.fetch(choose(SMALL))
        await stage.until(lambda: slow.downloads.entries()[0].state.done > 0)
        assert slow.downloads.at_once == 2
        slow.heed(DownloadSettings(at_once=3))
        assert slow.downloads.at_once == 3
        await slow.downloads.pause(slow.downloads.entries()[0].item.key)
        assert isinstance(slow.downloads.entries()[0].state, Paused)
        slow.downloads.resume(slow.downloads.entries()[0].item.key)
        await stage.until(lambda: isinstance(slow.downloads.entries()[0].state, Complete))


async def searched(stage: Stage, words: str) -> ModelsScreen:
    """The models screen after a search of the Hub from it."""
    screen = await opened(stage)
    await stage.pilot.press("slash", *words, "enter")
    return screen


async def test_the_hub_is_searched_and_what_is_found_is_fetched_and_used(hub: FakeHub) -> None:
    split = {f"R1-Q8_0-0000{part}-of-00002.gguf": gguf(100_000) for part in (1, 2)}
    hub.repos["acme/qwen-mirror-GGUF"] = Repo({**split, "R1-Q4_K_M.gguf.part1of2": b"x"}, license="llama3.1")
    async with staged(stock=stock(hub)) as stage:
        screen = await searched(stage, "qwen")
        table = screen.query_one("#search-table", ModelTable)
        await stage.until(lambda: table.row_count == 2)
        assert [row.value for row in table.rows] == [
            f"{REPO}/{FILE}",
            "acme/qwen-mirror-GGUF/R1-Q8_0-00001-of-00002.gguf",
        ]
        await stage.until(lambda: table.has_focus)
        assert "licence mit" in words(screen)
        assert "fits the GPU" in words(screen)
        assert table.get_cell_at((0, 3)).plain == "GPU"
        await stage.pilot.press("down")
        await stage.until(lambda: "2 files that are one model" in words(screen))
        await stage.pilot.press("up", "enter")
        downloads = stage.app.stock.downloads
        await stage.until(lambda: any(isinstance(entry.state, Complete) for entry in downloads.entries()))
        await stage.until(lambda: screen.query_one("#library-table", ModelTable).row_count == 2)
        await stage.pilot.press("slash", "down")
        await stage.until(lambda: table.get_cell_at((0, 1)).plain.startswith("●"))
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.engine.load_requests[-1].path.endswith(FILE))


@pytest.mark.parametrize("reason", ["offline", "unreachable", "nothing"])
async def test_a_search_that_finds_nothing_says_why(
    hub: FakeHub, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason == "offline":
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    said = {"offline": "HF_HUB_OFFLINE", "unreachable": "cannot be reached", "nothing": "no GGUF repository"}
    async with staged(stock=stock(None if reason == "unreachable" else hub)) as stage:
        screen = await searched(stage, "nosuchname")
        await stage.until(lambda: said[reason] in words(screen))
        assert screen.tab == "search"
        await stage.pilot.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, ModelsScreen))


async def test_hostile_names_of_the_hub_are_shown_as_plain_text(hub: FakeHub) -> None:
    hub.repos["acme/qwen-x"] = Repo({"R1-[red]\x1b[2J-Q4_K_M.gguf": gguf(100_000)}, license="[b]\x1b]0;x\x07")
    async with staged(stock=stock(hub)) as stage:
        screen = await searched(stage, "qwen-x")
        table = screen.query_one("#search-table", ModelTable)
        await stage.until(lambda: table.row_count == 1)
        await stage.until(lambda: "[b]" in words(screen))
        assert "\x1b" not in await stage.picture()


async def test_a_download_is_told_in_the_status_line_while_one_chats(hub: FakeHub) -> None:
    hub.faults.extend([Stall(after=150_000)] * 9)
    async with staged(size=(140, 30), stock=stock(hub)) as stage:
        await stage.app.stock.fetch(choose(SMALL))
        await stage.until(lambda: stage.app.stock.downloads.entries()[0].state.done >= 150_000)
        await stage.ask("What is 2+2?")
        stage.app.chat.refresh_status()
        assert "↓ 50 %" in stage.status
        await stage.app.stock.downloads.pause(stage.app.stock.downloads.entries()[0].item.key)
        stage.app.chat.refresh_status()
        assert "↓" not in stage.status


async def test_p_pauses_a_download_and_goes_on(hub: FakeHub) -> None:
    hub.faults.extend([Stall(after=1000)] * 9)
    async with staged(stock=stock(hub)) as stage:
        screen = await opened(stage, tab=2)
        await stage.app.stock.fetch(choose(SMALL))
        screen.show_downloads()
        await stage.pilot.press("p")
        await stage.until(lambda: screen.table.get_cell_at((0, 2)).plain == "paused")
        await stage.pilot.press("p")
        await stage.until(lambda: screen.table.get_cell_at((0, 2)).plain != "paused")


async def test_what_fails_on_this_screen_is_told_on_it(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise DiskTrouble("The list of downloads cannot be written.", "Free some.")

    async with staged(stock=stock(hub)) as stage:
        screen = await opened(stage, tab=2)
        await stage.app.stock.fetch(choose(SMALL))
        screen.show_downloads()
        monkeypatch.setattr(Stock, "turn_over", refuse)
        await stage.pilot.press("p")
        notices = stage.app._notifications
        await stage.until(lambda: any("cannot be written" in notice.message for notice in notices))


async def test_no_network_is_said_and_nothing_is_queued() -> None:
    async with staged(stock=stock()) as stage:
        screen = await opened(stage, tab=1)
        await stage.pilot.press("enter")
        await stage.until(lambda: "Asking" not in words(screen) and "★" not in words(screen))
        assert screen.tab == "catalog"
        assert words(screen)
        assert not stage.app.stock.downloads.entries()


async def test_what_an_earlier_run_left_goes_on(hub: FakeHub) -> None:
    first = stock(hub)
    hub.faults.extend([Stall(after=1000)] * 9)
    await first.fetch(choose(SMALL))
    await first.aclose()
    hub.faults.clear()
    async with staged(stock=stock(hub)) as stage:
        downloads = stage.app.stock.downloads
        await stage.until(lambda: any(isinstance(entry.state, Complete) for entry in downloads.entries()))
        assert not any(isinstance(entry.state, Failed) for entry in downloads.entries())


async def test_a_model_is_verified_and_deleted_when_asked_twice() -> None:
    path = own()
    async with staged(stock=stock()) as stage:
        screen = await opened(stage)
        to(str(path))(screen)
        await stage.pilot.press("v")
        await stage.until(lambda: "structure" in words(screen))
        await stage.pilot.press("d")
        assert "once more to delete own: it frees 5." in words(screen)
        assert path.exists()
        await stage.pilot.press("d")
        await stage.until(lambda: not path.exists() and screen.table.row_count == 1)
        await stage.pilot.press("d")
        await stage.until(lambda: "part of r1chat" in words(screen))


async def test_deleting_a_link_is_said_to_free_nothing(tmp_path: Path) -> None:
    path = own()
    (kept := tmp_path / "elsewhere.gguf").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(kept)
    async with staged(stock=stock()) as stage:
        screen = await opened(stage)
        to(str(path))(screen)
        await stage.pilot.press("d")
        assert "the file that it is a link to stays" in words(screen)
        await stage.pilot.press("d")
        await stage.until(lambda: not path.is_symlink() and "0.0 MB freed" in words(screen))
        assert kept.exists()


async def test_a_broken_file_is_listed_and_not_used() -> None:
    path = own("page\x1b[2J[red]")
    path.write_text("<html>")
    async with staged(stock=stock()) as stage:
        screen = await opened(stage)
        to(str(path))(screen)
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert "cannot be used" in words(screen)
        assert "\x1b" not in await stage.picture()
        assert "[red]" in await stage.picture()


@pytest.mark.parametrize(
    ("size", "tab"),
    [((80, 24), 0), ((80, 24), 1), ((120, 40), 1), ((60, 18), 1), ((80, 24), 2)],
    ids=["library-80x24", "catalog-80x24", "catalog-120x40", "catalog-60x18", "downloads-80x24"],
)
async def test_the_models_screen_looks_as_before(
    svg: SnapshotAssertion, size: tuple[int, int], tab: int
) -> None:
    async with staged(size=size, stock=stock()) as stage:
        screen = await opened(stage, tab)
        if tab == 0:
            screen.tell("Here stands more of the line under the cursor.")  # its path differs from run to run
        assert await stage.picture() == svg


async def test_a_wide_screen_shows_the_whole_name_of_a_repository(hub: FakeHub) -> None:
    name = f"acme/{'long-name-' * 6}GGUF"
    hub.repos[name] = Repo({"R1-Q4_K_M.gguf": gguf(40_000)})
    async with staged(stock=stock(hub), size=(80, 24)) as stage:
        screen = await opened(stage, tab=3)
        await stage.pilot.press(*"long", "enter")
        table = screen.query_one("#search-table", ModelTable)
        await stage.until(lambda: table.row_count == 1)
        assert str(table.get_row_at(0)[0]).endswith("…")
        await stage.pilot.resize_terminal(120, 40)
        await stage.until(lambda: name in str(table.get_row_at(0)[0]))


async def test_the_cursor_is_on_what_was_just_asked_for(hub: FakeHub) -> None:
    hub.repos["acme/one-GGUF"] = Repo({"a-Q2_K.gguf": gguf(100_000), "b-Q4_K_M.gguf": gguf(200_000)})
    hub.faults.extend([Stall(after=1000)] * 9)
    async with staged(stock=stock(hub)) as stage:
        screen = await searched(stage, "one")
        found = screen.query_one("#search-table", ModelTable)
        await stage.until(lambda: found.has_focus)
        await stage.pilot.press("enter")
        await stage.until(lambda: screen.tab == "downloads")
        await stage.pilot.press("slash", "down", "down", "enter")
        await stage.until(lambda: screen.tab == "downloads" and screen.table.row_count == 2)
        await stage.until(lambda: "b-Q4_K_M" in (screen.table.marked or ""))


async def test_deleting_the_model_in_use_says_that_it_is() -> None:
    path = own()
    async with staged(stock=stock()) as stage:
        to(str(path))(await opened(stage))
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.engine.load_requests[-1].path == str(path))
        to(str(path))(screen := await opened(stage))
        await stage.pilot.press("d")
        await stage.until(lambda: "answers in the chat now" in words(screen))
