"""Search as you type over all chats, from the sidebar."""

import asyncio
from pathlib import Path

import pytest

from r1chat.core.conversation import Chat, Conversation, Message, Role
from r1chat.core.search import Hit, Query
from r1chat.engine.fake_reply import Reply
from r1chat.store import Store
from r1chat.tui import pointing
from r1chat.tui.chat_rows import FOUND
from r1chat.tui.widgets.question import Question
from r1chat.tui.widgets.reply import Reply as ReplyWidget
from tests.tui.stage import NOON, Stage, staged
from tests.tui.test_keeping import titles_of


async def _search(stage: Stage, words: str, *titles: str) -> None:
    await stage.pilot.press("ctrl+f")
    await stage.pilot.press(*words)
    await stage.until(lambda: stage.chat.sidebar.shown == words.strip() and titles_of(stage) == list(titles))


async def test_every_part_of_a_chat_is_found_while_one_types_and_escape_clears_then_closes() -> None:
    script = (Reply("about badgers", "Yes."), Reply("hm", "No, otters."))
    async with staged(*script) as stage:
        await stage.ask("First one?")
        await stage.pilot.press("ctrl+n")
        await stage.ask("Second one?")
        await _search(stage, "badg", "First one?")
        rows = stage.chat.sidebar.list.row(0, 40)
        assert [str(row).partition(" · ")[0] for row in rows] == ["First one?", "thought", "about badgers"]
        spans = [str(rows[2][span.start : span.end]) for span in rows[2].spans if span.style == FOUND]
        assert spans == ["badgers"]
        await stage.pilot.press("escape")
        await stage.until(lambda: len(titles_of(stage)) == 2)
        assert stage.app.focused is stage.chat.sidebar.field
        await _search(stage, "in:answer otter", "Second one?")
        await stage.pilot.press("escape", "escape")
        assert not stage.chat.sidebar.display
        assert stage.app.focused is stage.chat.prompt


async def test_what_cannot_be_searched_is_said_and_nothing_found_is_too() -> None:
    async with staged() as stage:
        await stage.ask("one")
        await _search(stage, "zebra")
        foot = stage.chat.sidebar.query_one(".foot")
        assert "Nothing was found" in str(foot.render())
        await stage.pilot.press("escape", *"before:soon")
        await stage.until(lambda: "is not a date" in str(foot.render()))


async def test_enter_opens_the_branch_and_the_message_that_was_found() -> None:
    script = (Reply("t", "the walrus answer\n\n" + "long\n\n" * 12), Reply("secret lynx " * 40, "plain"))
    async with staged(*script, Reply("u", "later\n\n" * 20), Reply("v", "elsewhere")) as stage:
        await stage.ask("one")
        await stage.pilot.press("ctrl+r")
        await stage.idle()
        await stage.ask("two")
        await stage.pilot.press("ctrl+n")
        await stage.ask("other")
        await _search(stage, "walrus", "one")
        await stage.pilot.press("enter")
        await stage.until(lambda: [q.text for q in stage.chat.transcript.query(Question)] == ["one"])
        assert stage.reply.answer.text.startswith("the walrus")
        assert stage.app.focused is stage.chat.prompt
        await stage.until(lambda: stage.chat.transcript.scroll_y < stage.chat.transcript.max_scroll_y)
        await stage.pilot.press("ctrl+f", "escape")
        await _search(stage, "lynx", "one")
        await stage.pilot.press("enter")
        await stage.until(lambda: len(stage.chat.transcript.query(Question)) == 2)
        found = stage.chat.transcript.query(ReplyWidget).first()
        await stage.until(
            lambda: found.pane.opened and abs(found.region.y - stage.chat.transcript.region.y) < 3
        )


async def test_a_message_far_up_is_found_in_a_long_chat(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    store = Store(path)
    store.add(_long_chat("the first heron"))
    store.close()
    async with staged(path=path) as stage:
        await _search(stage, "heron in:question", "the first heron")
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.chat.transcript.query(Question).first().text == "the first heron")
        first = stage.chat.transcript.query(Question).first()
        await stage.until(lambda: stage.chat.transcript.scroll_y <= first.virtual_region.y)


@pytest.mark.parametrize("lasts", [999.0, 0.01])
async def test_what_was_found_in_a_thought_is_marked_for_a_while(
    lasts: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointing, "LASTS_S", lasts)
    thought = "\n".join(f"line {n}" for n in range(200)) + "\nthe walrus\n" + "\n".join("abcdefgh" * 9)
    async with staged(Reply(thought, "one"), Reply("", "two")) as stage:
        await stage.ask("first")
        await stage.pilot.press("ctrl+n")
        await stage.ask("second")
        await _search(stage, "walrus", "first")
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.reply.message.text == "one" and stage.reply.pane.opened)
        reader = stage.reply.pane.reader
        await stage.until(lambda: 100 < reader.scroll_y < 205)
        await stage.until(lambda: reader.tally() == ("1/1" if lasts > 1 else ""))
        await stage.until(lambda: stage.reply.has_class("-found") is (lasts > 1))


def _long_chat(first: str) -> Conversation:
    """Two dozen questions and answers."""
    messages = tuple(
        Message(
            id=f"m{n}",
            chat_id="long",
            parent_id=f"m{n - 1}" if n else None,
            role=Role.ASSISTANT if n % 2 else Role.USER,
            text=f"text {n}" if n else first,
            thinking_closed=True,
            created_at=NOON + n,
        )
        for n in range(48)
    )
    return Conversation(Chat(id="long", title=first, active_leaf="m47", created_at=NOON), messages)


async def test_enter_opens_what_is_typed_now_and_late_results_are_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with staged(Reply("", "alpha"), Reply("", "beta")) as stage:
        await stage.ask("first")
        await stage.pilot.press("ctrl+n")
        await stage.ask("second")
        held, search = asyncio.Event(), stage.session.search

        async def slow(query: Query, limit: int = 20) -> tuple[Hit, ...]:
            hits = await search(query, limit)
            if query.terms[0].text == "bet":
                await held.wait()
            return hits

        monkeypatch.setattr(stage.session, "search", slow)
        await stage.pilot.press("ctrl+f")
        stage.chat.sidebar.field.value = "bet"
        stage.chat.refresh_chats()
        await stage.pilot.pause()
        stage.chat.sidebar.field.value = "alph"
        held.set()
        await stage.pilot.press("enter")  # before typing has paused
        await stage.until(lambda: [q.text for q in stage.chat.transcript.query(Question)] == ["first"])
        assert titles_of(stage) == ["first"]


async def test_the_highlighted_chat_is_previewed_where_there_is_room() -> None:
    async with staged(Reply("t", "It is **[b]four**.\x1b[31m"), size=(120, 40)) as stage:
        await stage.ask("What is 2+2?")
        await stage.type("/tag sums")
        await stage.pilot.press("ctrl+o")

        def preview() -> str:
            return str(stage.chat.sidebar.preview.query_one("Static").render())

        await stage.until(lambda: "tiny · 2 messages · 5 min ago · #sums" in preview())
        assert "It is **[b]four**.␛[31m" in preview()
        assert "You  What is 2+2?" in preview()
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: not stage.chat.sidebar.preview.display)
