"""What the screen looks like, at two sizes. Look at a changed picture before you accept it."""

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from r1chat.engine.fake_reply import Reply
from r1chat.tui.widgets.chat_list import ChatList
from r1chat.tui.widgets.question import Question
from tests.tui.stage import CRASH, Gate, staged

THOUGHT = (
    "I need to solve 2x + 5 = 13 for x.\n\n"
    "First I take 5 from both sides: 2x + 5 - 5 = 13 - 5, so 2x = 8.\n\n"
    "Then I divide both sides by 2: x = 8 / 2, so x = 4.\n\n"
    "Wait, let me check that. 2 × 4 = 8, and 8 + 5 = 13. That is the right-hand side, so it holds.\n"
)
ANSWER = (
    "Take 5 from both sides, then **halve** them:\n\n"
    "1. `2x + 5 - 5 = 13 - 5`, so `2x = 8`\n"
    "2. `x = 8 / 2 = 4`\n\n"
    "```python\nassert 2 * 4 + 5 == 13\n```\n\n"
    "The answer is \\(\\boxed{4}\\).\n"
)
MATHEMATICS = (
    "For \\(ax^2 + bx + c = 0\\) there is a formula:\n"
    "\\[ x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a} \\]\n"
    "With $a = 1$ that is\n\n"
    "$$|x| = \\begin{cases} x & \\text{if } x \\ge 0 \\\\ -x & \\text{otherwise} \\end{cases}$$\n\n"
    "so the answer is \\boxed{x = -2}.\n"
)
QUESTION = "Solve: 2x + 5 = 13"
SCRIPT = Reply(THOUGHT, ANSWER)


@pytest.fixture(params=["80x24", "120x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    columns, _, rows = str(request.param).partition("x")
    return int(columns), int(rows)


@pytest.fixture
def svg(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(SVGImageExtension)


async def test_an_empty_chat(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(SCRIPT, size=size) as stage:
        assert await stage.picture() == svg


async def test_loading(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    gate = Gate(2)
    async with staged(SCRIPT, size=size, load_gate=gate) as stage:
        await stage.until(lambda: gate.holds)
        await stage.type(QUESTION)
        await stage.until(lambda: bool(stage.chat.transcript.query("Reply")))
        assert await stage.picture() == svg


async def test_a_thought_open_while_it_grows(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    gate = Gate(70)
    async with staged(SCRIPT, size=size, gate=gate) as stage:
        await stage.type(QUESTION)
        await stage.thinking(gate)
        assert await stage.picture() == svg


async def test_a_thought_closed_while_it_grows(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    gate = Gate(70)
    async with staged(SCRIPT, size=size, gate=gate) as stage:
        await stage.type(QUESTION)
        await stage.thinking(gate)
        await stage.type("And 3x = 9?")
        await stage.until(lambda: len(stage.chat.transcript.query(Question)) == 2)
        await stage.pilot.press("ctrl+t")
        assert await stage.picture() == svg


async def test_answered(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(SCRIPT, size=size) as stage:
        await stage.ask(QUESTION)
        assert await stage.picture() == svg


async def test_answered_with_the_thought_open(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(SCRIPT, size=size) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("ctrl+t")
        assert await stage.picture() == svg


async def test_mathematics(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(Reply("Let me see.", MATHEMATICS), size=size) as stage:
        await stage.ask("Solve it.")
        assert await stage.picture() == svg


async def test_stopped(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    gate = Gate(60)
    async with staged(SCRIPT, size=size, gate=gate) as stage:
        await stage.type(QUESTION)
        await stage.thinking(gate)
        await stage.pilot.press("escape")
        await stage.idle()
        assert await stage.picture() == svg


async def test_an_error(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(Reply(THOUGHT, error=CRASH, error_after=70), size=size) as stage:
        await stage.ask(QUESTION)
        assert await stage.picture() == svg


async def test_reopened(svg: SnapshotAssertion, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    async with staged(SCRIPT, Reply("Short.", "Yes: `3`."), path=path) as stage:
        await stage.ask(QUESTION)
        await stage.ask("And 3x = 9?")
    async with staged(path=path, size=size, reopen_last=True) as stage:
        await stage.until(lambda: len(stage.chat.transcript.query("Reply")) == 2)
        assert await stage.picture() == svg


async def test_the_list_of_chats(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(SCRIPT, Reply("Short.", "Yes."), size=size) as stage:
        await stage.ask(QUESTION)
        await stage.pilot.press("ctrl+n")
        await stage.ask("How many primes are there below one hundred, and which is the largest of them?")
        await stage.pilot.press("ctrl+o")
        chats = stage.chat.query_one(ChatList)
        await stage.until(lambda: chats.count == 2)
        sidebar = stage.chat.sidebar
        end = sidebar.preview.query_one(Static)
        await stage.until(lambda: not sidebar.previews or "Yes." in str(end.content))
        assert await stage.picture() == svg


async def test_help(svg: SnapshotAssertion, size: tuple[int, int]) -> None:
    async with staged(SCRIPT, size=size) as stage:
        await stage.pilot.press("f1")
        assert await stage.picture() == svg
