"""Nothing that a person, a model or a file says is obeyed by the screen or by the terminal."""

import re

import pytest
from textual.widgets._markdown import MarkdownTableCellContents

from r1chat.engine.base import EngineError
from r1chat.engine.fake_reply import Reply
from tests.tui.stage import Stage, staged

NASTY = (
    "[/think] [bold]x[/] [@click=app.quit]q[/] \x1b[2J\x1b]52;c;aGk=\x07 \x00\x07\x9b31m "
    "\u202eevil\u202c \u200f\u200b\ufeff \x1bP0q\x1b\\ \x1b]8;;http://x\x07 עברית é́ <b>t</b>"
)
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(stage: Stage) -> str:
    """All the cells of the screen, as text."""
    width, height = stage.app.size
    lines = stage.app.screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join(strip.text[:width] for strip in lines)


def everything(stage: Stage) -> str:
    """What the screen shows, and the words that would go to a terminal for it."""
    text = shown(stage)
    assert not OBEYED.search(text.replace("\n", "")), ascii(OBEYED.findall(text.replace("\n", "")))
    return text


async def test_hostile_text_is_shown_harmlessly_everywhere() -> None:
    markdown = f"{NASTY}\n\n# {NASTY}\n\n- {NASTY}\n\n`{NASTY}`\n\n```\n{NASTY}\n```\n\n> {NASTY}\n"
    error = EngineError(NASTY, NASTY)
    async with staged(Reply(NASTY, markdown), Reply(NASTY, NASTY, error, 3), size=(120, 60)) as stage:
        await stage.ask(NASTY)
        await stage.pilot.press("ctrl+t")
        await stage.pilot.pause()
        assert "[/think]" in everything(stage)
        await stage.ask(NASTY)
        await stage.pilot.press("ctrl+o")
        await stage.until(lambda: stage.chat.sidebar.list.count == 1)
        await stage.pilot.pause()
        assert "[/think]" in everything(stage)
        stage.chat.tell(NASTY)
        stage.chat.prompt.text = NASTY
        await stage.pilot.pause()
        everything(stage)
        await stage.pilot.press("f4")


async def test_the_question_reaches_the_model_as_it_was_typed() -> None:
    async with staged() as stage:
        await stage.ask(NASTY)
        assert stage.engine.requests[0].turns[-1].text == NASTY


async def test_a_table_cell_with_markup_survives_the_mouse() -> None:
    table = "| a | b |\n|---|---|\n| [/think] | [bold |\n"
    async with staged(Reply("x", table)) as stage:
        await stage.ask()
        for cell in stage.reply.query(MarkdownTableCellContents):
            assert cell.tooltip is None
            await stage.pilot.hover(cell)


async def test_html_in_an_answer_is_text_and_not_dropped() -> None:
    async with staged(Reply("x", "<div>seen</div>\n\n<think>also</think>")) as stage:
        await stage.ask()
        assert "<div>seen</div>" in shown(stage)
        assert "<think>also</think>" in shown(stage)


async def test_a_boxed_answer_stays_readable() -> None:
    async with staged(Reply("x", "So \\(\\boxed{4}\\) and $\\boxed{\\frac{1}{2}}$.")) as stage:
        await stage.ask()
        assert "⟦4⟧" in shown(stage)
        assert "⟦1/2⟧" in shown(stage)


@pytest.mark.parametrize(
    "block", ["- item\n" * 300, "| a |\n|---|\n" + "| b |\n" * 300], ids=["list", "table"]
)
async def test_a_block_of_hundreds_of_widgets_is_shown_as_text(block: str) -> None:
    async with staged(Reply("x", f"{block}\nafter")) as stage:
        await stage.ask()
        assert len(stage.reply.query("*")) < 30
        assert "after" in shown(stage)


LINES = {"one": "x" * 1_000_000, "words": ("x" * 1999 + " ") * 500, "wide": "漢" * 300_000}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
async def test_a_line_of_a_million_characters_is_shown(line: str) -> None:
    async with staged(Reply(line, line)) as stage:
        stage.chat.prompt.text = line[:1000]
        await stage.ask(line)
        assert stage.reply.answer.text == line
        await stage.pilot.press("ctrl+t")
        await stage.pilot.pause()
        everything(stage)
