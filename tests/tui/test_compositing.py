"""What is drawn is what Textual would draw, and no more than has changed."""

import pytest
from textual._compositor import Compositor
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Markdown

from r1chat.engine.fake_reply import Reply
from r1chat.tui.widgets.fence import Fence
from r1chat.tui.widgets.status_line import StatusLine
from tests.tui.stage import Gate, Stage, staged

CODE = "\n".join(f"{'def' if n % 5 == 0 else '    let'} line_{n} = '{n}'" for n in range(60))
TWO = f"```\nfirst\n```\n\nThen:\n\n```python\n{CODE}\n```\n"


def drawn(stage: Stage) -> list[Strip]:
    compositor = stage.app.screen._compositor
    return [line.simplify() for line in compositor.render_strips()]


def drawn_by_textual(stage: Stage) -> list[Strip]:
    compositor = stage.app.screen._compositor
    chops = Compositor._render_chops(compositor, compositor.size.region, lambda _: True)
    return [Strip.join(chop.values()).simplify() for chop in chops]


@pytest.mark.parametrize("keys", [(), ("ctrl+o",), ("ctrl+t",), ("slash", "m"), ("pageup",)])
async def test_the_picture_is_the_one_that_textual_draws(keys: tuple[str, ...]) -> None:
    async with staged(Reply("Hm. " * 300, TWO), size=(100, 30)) as stage:
        await stage.ask()
        await stage.pilot.press(*keys)
        await stage.pilot.pause()
        assert drawn(stage) == drawn_by_textual(stage)


async def test_a_new_status_has_no_other_widget_draw_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(size=(100, 30)) as stage:
        await stage.ask()
        asked: list[Widget] = []
        line = stage.chat.query_one(StatusLine)
        compositor = stage.app.screen._compositor
        for widget in compositor.visible_widgets:
            usual = widget.render_lines
            monkeypatch.setattr(
                widget, "render_lines", lambda crop, w=widget, u=usual: asked.append(w) or u(crop)
            )
        compositor._dirty_regions.clear()
        line.refresh()
        compositor.update_widgets({line})
        compositor.render_partial_update()
        assert asked == [line]


async def test_code_that_grows_below_its_label_is_drawn_as_it_is() -> None:
    gate = Gate()
    async with staged(Reply("Hm.", TWO), size=(60, 24), gate=gate) as stage:
        await stage.type("Why?")
        await stage.until(lambda: gate.holds)
        for _ in range(40):
            gate.let(18)
            await stage.until(lambda: gate.holds or not stage.chat.turns.running)
            await stage.reply.flush()
            await stage.pilot.pause()
            shown = [line.text for line in drawn(stage)]
            for fence in stage.reply.query_one(Markdown).query(Fence):
                fence._styles_cache.clear()
            assert [line.text for line in drawn(stage)] == shown
        gate.open()


async def test_a_thought_that_grows_is_drawn_as_it_is() -> None:
    gate = Gate()
    thought = "\n\n".join(f"Wait, {n} " + "more words to wrap " * (n % 7) for n in range(60))
    async with staged(Reply(thought, "So."), size=(60, 24), gate=gate) as stage:
        await stage.type("Why?")
        await stage.until(lambda: gate.holds)
        for _ in range(30):
            gate.let(17)
            await stage.until(lambda: gate.holds)
            await stage.reply.flush()
            await stage.pilot.pause()
            shown = [line.text for line in drawn(stage)]
            stage.reply.pane.reader._styles_cache.clear()
            assert [line.text for line in drawn(stage)] == shown
        gate.open()
