"""Text of somebody else in every place where it is shown: it is seen, and nothing of it is obeyed."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual import events

from r1chat.core.attached import Attached, join
from r1chat.core.conversation import Chat, Conversation, Message, Role
from r1chat.engine.fake_reply import Reply
from r1chat.hub.listing import RemoteModel
from r1chat.tui.hub_words import Offer
from r1chat.tui.preferences import Preferences
from r1chat.tui.screens.thought_editor import ThoughtEditor
from r1chat.tui.widgets.note import Note
from tests.tui.stage import NOON, Stage, staged
from tests.tui.test_hostile import NASTY, everything
from tests.tui.test_models import opened, own, stock

MARK = "[/think]"
FILE = "evil [bold] [@click=quit]\x1b[2J\x9b31m\u202e"
"""As far as a file's name can be."""
OFFERED = "evil[bold][@click=quit].md"
"""A name with control characters is not offered at all."""
Show = Callable[[Stage], Awaitable[None]]


async def a_title(stage: Stage) -> None:
    await stage.ask("one?")
    chat = stage.session.conversation
    assert chat is not None
    await stage.session.rename(chat.chat.id, NASTY)
    await stage.session.label(chat.chat.id, tags=[NASTY])
    await stage.pilot.press("ctrl+o")
    await stage.until(lambda: stage.chat.sidebar.list.count == 1)
    await stage.until(lambda: "message" in str(stage.chat.sidebar.preview.query_one("Static").render()))


async def what_a_search_finds(stage: Stage) -> None:
    await stage.ask(NASTY)
    await stage.type("/search in:question evil")
    await stage.until(lambda: stage.chat.sidebar.list.count == 1 and bool(stage.chat.sidebar.shown))


async def words_that_cannot_be_searched_for(stage: Stage) -> None:
    await stage.ask("one?")
    stage.chat.sidebar.open(search=True)
    stage.chat.sidebar.field.value = f"in:{MARK}\x1b[2J"
    await stage.until(lambda: MARK in stage.chat.sidebar._said)


async def a_notification(stage: Stage) -> None:
    stage.chat.tell(NASTY)
    stage.app._tell(NASTY)


async def a_note(stage: Stage) -> None:
    await stage.chat.transcript.add(Note(NASTY, NASTY))


async def the_name_of_a_model(stage: Stage) -> None:
    stage.chat.situation.model = NASTY
    stage.chat.refresh_status()


async def a_question_that_waits_and_one_that_is_edited(stage: Stage) -> None:
    await stage.ask(join([Attached(NASTY, NASTY)], NASTY))
    await stage.pilot.press("f7")


async def the_steps_of_a_thought(stage: Stage) -> None:
    await stage.ask("one?")
    await stage.pilot.press("f6", "o")


async def a_thought_that_is_edited(stage: Stage) -> None:
    await stage.ask("one?")
    await stage.pilot.press("f6", "e")
    await stage.until(lambda: isinstance(stage.app.screen, ThoughtEditor))


async def a_thought_that_is_searched(stage: Stage) -> None:
    await stage.ask("one?")
    await stage.pilot.press("f6", "slash", *MARK)


async def a_file_that_is_offered(stage: Stage) -> None:
    (stage.chat.prompt._folder / OFFERED).write_text(NASTY, encoding="utf-8", errors="replace")
    stage.chat.prompt.insert("@ev")
    await stage.until(lambda: stage.chat.prompt.completions.offer is not None)


async def a_file_that_is_attached(stage: Stage) -> None:
    (stage.chat.prompt._folder / OFFERED).write_text(NASTY, encoding="utf-8", errors="replace")
    stage.chat.prompt.insert(f"@{OFFERED}")
    await stage.until(lambda: stage.chat.prompt.attachments.display)


async def a_model_that_was_found(stage: Stage) -> None:
    own(FILE).write_text("no model")
    stage.app.stock = stock()
    await opened(stage)
    await stage.pilot.press("down")


async def a_repository_of_the_hub(stage: Stage) -> None:
    stage.app.stock = stock()
    screen = await opened(stage, 3)
    model = RemoteModel(repo=NASTY, license=NASTY, problem=NASTY, unusable=(NASTY,))
    screen._hub._offers = (Offer(model, None, None),)
    screen._hub.show()
    screen.show_details()


async def what_is_pasted_into_a_list_of_commands(stage: Stage) -> None:
    await stage.pilot.press("ctrl+p", *MARK)
    stage.app.post_message(events.Paste(NASTY))


async def what_is_pasted_into_a_search(stage: Stage) -> None:
    await stage.pilot.press("ctrl+f")
    stage.app.post_message(events.Paste(NASTY))


async def a_setting(stage: Stage) -> None:
    await stage.pilot.press("f12", "slash", *MARK)


async def an_imported_chat(stage: Stage) -> None:
    said = {"chat_id": "x", "created_at": NOON, "thinking_closed": True}
    question = Message(id="q", parent_id=None, role=Role.USER, text=NASTY, **said)
    answer = Message(
        id="a",
        parent_id="q",
        role=Role.ASSISTANT,
        text=NASTY,
        thinking=NASTY,
        model=NASTY,
        **said,
    )
    chat = Chat(id="x", title=NASTY, model=NASTY, active_leaf="a", created_at=NOON, tags=(NASTY,))
    await stage.session._call(lambda: stage.session._store.add(Conversation(chat, (question, answer))))
    await stage.pilot.press("ctrl+o")
    await stage.until(lambda: stage.chat.sidebar.list.count == 1)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.chat.transcript.last_reply is not None)
    await stage.pilot.press("ctrl+t")


PLACES: tuple[Show, ...] = (
    a_title,
    what_a_search_finds,
    words_that_cannot_be_searched_for,
    a_notification,
    a_note,
    the_name_of_a_model,
    a_question_that_waits_and_one_that_is_edited,
    the_steps_of_a_thought,
    a_thought_that_is_edited,
    a_thought_that_is_searched,
    a_file_that_is_offered,
    a_file_that_is_attached,
    a_model_that_was_found,
    a_repository_of_the_hub,
    what_is_pasted_into_a_list_of_commands,
    what_is_pasted_into_a_search,
    a_setting,
    an_imported_chat,
)


@pytest.mark.parametrize("show", PLACES, ids=lambda show: show.__name__)
async def test_hostile_text_is_seen_and_not_obeyed(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    thought = f"First {NASTY}\n\nWait, {NASTY}\n\nAlternatively, {NASTY}\n"
    preferences = Preferences(tmp_path / "config.toml", {})
    async with staged(Reply(thought, NASTY), size=(120, 40), preferences=preferences) as stage:
        await show(stage)
        await stage.pilot.pause()
        shown = everything(stage)
        assert MARK in shown or "[bold]" in shown
        assert stage.app.is_running
