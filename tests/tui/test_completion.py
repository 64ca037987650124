"""What is offered while one types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from r1chat.core.commands import COMMANDS, is_mistyped, parse_slash
from r1chat.tui.completion import slash_offer
from tests.tui.stage import Gate, Stage, staged


def offered(text: str) -> list[str]:
    offer = slash_offer(text, COMMANDS)
    return [choice.text for choice in offer.choices] if offer else []


def listed(stage: Stage) -> list[str]:
    offer = stage.chat.prompt.completions.offer
    return [choice.label for choice in offer.choices] if offer else []


def test_a_slash_offers_every_command_and_letters_narrow_it() -> None:
    assert len(offered("/")) == len(COMMANDS)
    assert offered("/tho") == offered("/THO") == ["/thought"]


@pytest.mark.parametrize("text", ["", "hello", "/etc/hosts", "/x", "a /th", "/th\nink", "/ th", "//"])
def test_nothing_is_offered_for_a_question(text: str) -> None:
    assert slash_offer(text, COMMANDS) is None


def test_arguments_of_a_fixed_meaning_are_offered_and_others_hinted_at() -> None:
    assert offered("/think ") == ["off", "full"]
    assert offered("/think F") == ["full"]
    steer = slash_offer("/steer ", COMMANDS)
    assert steer is not None
    assert not steer.choices
    assert steer.hint.startswith("/steer WORDS")
    assert slash_offer("/steer look again", COMMANDS) is None
    assert slash_offer("/think full", COMMANDS) is None
    named = slash_offer("/preset P", COMMANDS, {"preset": lambda: ("precise", "creative")})
    assert named is not None
    assert [choice.text for choice in named.choices] == ["precise"]


@given(st.text(alphabet="/ abcdehiknotuw@\n", max_size=9))
def test_enter_is_only_taken_from_what_could_not_be_sent(text: str) -> None:
    offer = slash_offer(text, COMMANDS)
    if offer is not None and offer.eager:
        assert is_mistyped(text)
        assert parse_slash(text) is None


async def test_typing_a_slash_opens_the_list_and_tab_takes_from_it() -> None:
    async with staged() as stage:
        await stage.pilot.press("/", "t", "h")
        assert listed(stage)[:2] == ["/think off|full|N", "/thought"]
        await stage.pilot.press("tab")
        assert stage.chat.prompt.text == "/think "
        await stage.pilot.press("o", "tab", "enter")
        assert "does not think" in stage.status
        assert stage.chat.prompt.text == ""
        await stage.pilot.press(*"/preset c", "tab", "enter")
        await stage.until(lambda: "draws creative" in stage.status)
        assert listed(stage) == []


async def test_enter_runs_the_command_that_was_begun_and_the_arrows_choose_another() -> None:
    async with staged() as stage:
        await stage.pilot.press("/", "n", "e", "enter")
        assert stage.chat.prompt.text == ""
        await stage.pilot.press("/", "c", "h", "enter")
        assert stage.chat.query_one("ChatList").display
        stage.chat.prompt.focus()
        await stage.pilot.press("/", "t", "h", "down", "up", "enter")
        assert stage.chat.prompt.text == "/think "
        await stage.pilot.press("down", "enter", "enter")
        assert "does not think" in stage.status


async def test_a_command_that_does_nothing_now_is_not_offered() -> None:
    gate = Gate()
    async with staged(gate=gate) as stage:
        await stage.pilot.press("/", "s", "t")
        assert listed(stage) == []
        await stage.pilot.press("backspace", "backspace", "backspace")
        await stage.type("go")
        await stage.until(lambda: stage.chat.turns.running)
        await stage.pilot.press("/", "s", "t", "o")
        assert listed(stage) == ["/stop"]
        gate.open()


async def test_escape_closes_the_list_and_nothing_else_until_the_text_changes() -> None:
    gate = Gate()
    async with staged(gate=gate) as stage:
        await stage.type("go")
        await stage.until(lambda: stage.chat.turns.running)
        await stage.pilot.press("/", "c", "escape")
        assert listed(stage) == []
        assert stage.chat.prompt.text == "/c"
        assert stage.chat.turns.running
        await stage.pilot.press("h")
        assert listed(stage) == ["/chats"]
        gate.open()


async def test_a_question_that_begins_with_a_slash_is_sent_by_enter() -> None:
    async with staged() as stage:
        await stage.pilot.press("/")
        for key in "etc/hosts":
            await stage.pilot.press(key)
        await stage.pilot.press("enter")
        await stage.idle()
        assert stage.engine.requests[0].turns[-1].text == "/etc/hosts"


async def test_what_history_brings_back_opens_no_list_so_that_the_walk_goes_on() -> None:
    async with staged() as stage:
        await stage.ask("first")
        await stage.type("/think off")
        await stage.pilot.press("up")
        assert stage.chat.prompt.text == "/think off"
        await stage.pilot.press("up")
        assert stage.chat.prompt.text == "first"


async def test_keys_behind_a_tab_are_typed_after_what_it_took() -> None:
    async with staged() as stage:
        await stage.pilot.press("/", "t", "h")
        assert listed(stage)
        for key in ("tab", "3", "0", "0"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.until(lambda: stage.chat.prompt.text.endswith("300"))
        assert stage.chat.prompt.text == "/think 300"


async def test_a_burst_that_ends_in_enter_is_sent_as_typed() -> None:
    async with staged() as stage:
        for key in ("/", "n", "e", "w"):
            stage.app.post_message(events.Key(key, key))
        stage.app.post_message(events.Key("enter", "\r"))
        await stage.until(lambda: stage.chat.prompt.text == "")
        assert stage.engine.requests == []
