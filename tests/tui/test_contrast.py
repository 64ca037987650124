"""Every text stands out from its ground, at least 4.5 to 1, in both themes of our own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.filter import dim_color

from r1chat.engine.fake_reply import Reply
from r1chat.tui.preferences import Preferences
from r1chat.tui.themes import THEMES
from tests.tui.stage import CRASH, THOUGHT, Gate, Stage, staged

LEAST = 4.5
DRAWN = set("─│╭╮╰╯┌┐└┘▏▎▍▌▋▊▉█▔▁▂▃▄▅▆▇▕▐▀━┃╸╺ \xa0")
"""Lines and bars, which are no text."""


def luminance(color: Color) -> float:
    """As WCAG 2 defines it."""
    parts = [part / 255 for part in (color.r, color.g, color.b)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Color, other: Color) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def faint(segments: Iterator[Segment]) -> Iterator[tuple[str, float]]:
    """Text that does not stand out enough."""
    for segment in segments:
        style, text = segment.style, segment.text.strip()
        if style is None or set(text) <= DRAWN or style.color is None or style.bgcolor is None:
            continue
        front, back = style.color, style.bgcolor
        if style.reverse:
            front, back = back, front
        if style.dim:
            front = dim_color(back, front)
        seen = ratio(Color.from_rich_color(front), Color.from_rich_color(back))
        if seen < LEAST:
            yield f"{text} {style}", round(seen, 2)


def look(stage: Stage) -> dict[str, float]:
    """What is too faint on the screen as it is."""
    strips = stage.app.screen._compositor.render_strips()
    return dict(faint(segment for strip in strips for segment in strip))


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_text_stands_out(theme: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[look]\ntheme = "{theme}"\n[sampling]\ntop_p = 3\n')
    found: dict[str, float] = {}
    gate = Gate()
    code = "Answer: **4** and `x`.\n\n```python\nfor n in [1]:  # a comment\n    print('a', n)\n```\n\n> q\n"
    script = (Reply(THOUGHT, code), Reply(THOUGHT, error=CRASH, error_after=3))
    async with staged(
        *script, gate=gate, size=(110, 44), preferences=Preferences(file, {}), path=tmp_path / "chats.db"
    ) as stage:
        assert stage.app.theme == theme
        found |= look(stage)
        await stage.type("What is 2+2?")
        gate.let(30)
        await stage.until(lambda: stage.chat.turns.running and gate.holds)
        await stage.type("And then?")
        await stage.until(lambda: stage.chat.turns.waiting)
        found |= look(stage)
        gate.open()
        await stage.idle()
        found |= look(stage)
        for keys in (["f12", "down"], ["escape", "ctrl+o"], ["escape", "slash"]):
            await stage.pilot.press(*keys)
            await stage.pilot.pause()
            found |= look(stage)
    assert not found
