from textual.app import App, ComposeResult
from textual.content import Content

from r1chat.tui.widgets.rows import Rows

MANY = 10_000


class _Numbers(Rows):
    """Ten thousand rows that note which of them are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: set[int] = set()
        self.chosen: list[int] = []

    @property
    def count(self) -> int:
        return MANY

    def row(self, index: int, width: int) -> list[Content]:
        self.drawn.add(index)
        return [Content(f"{index}"), Content("below, and longer than the row is wide")]

    def choose(self, index: int) -> None:
        self.chosen.append(index)


class _Host(App[None]):
    def compose(self) -> ComposeResult:
        yield _Numbers()


async def test_only_rows_in_sight_are_drawn_and_the_highlight_stays_in_sight() -> None:
    app = _Host()
    async with app.run_test(size=(30, 20)) as pilot:
        rows = app.query_one(_Numbers)
        rows.focus()
        rows.lay_out(0)
        await pilot.press("end")
        await pilot.pause()
        assert rows.highlighted == MANY - 1
        assert rows.scroll_offset.y == 2 * MANY - 20
        await pilot.press("pageup", "up", "down", "home", "up")
        await pilot.pause()
        assert (rows.highlighted, rows.scroll_offset.y) == (0, 0)
        assert len(rows.drawn) < 100


async def test_a_click_chooses_the_row_below_the_pointer() -> None:
    app = _Host()
    async with app.run_test(size=(30, 20)) as pilot:
        rows = app.query_one(_Numbers)
        rows.lay_out(0)
        await pilot.click(rows, offset=(3, 5))
        assert (rows.chosen, rows.highlighted) == ([2], 2)
