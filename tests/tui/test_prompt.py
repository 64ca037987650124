import pytest
from textual import events

from r1chat.tui.widgets.transcript import Transcript
from tests.tui.stage import Gate, staged


async def test_what_is_typed_before_enter_in_one_burst_is_sent_whole() -> None:
    async with staged() as stage:
        for key in "hello":
            stage.app.post_message(events.Key(key, key))
        stage.app.post_message(events.Key("enter", "\r"))
        for key in "next":
            stage.app.post_message(events.Key(key, key))
        await stage.until(lambda: len(stage.engine.requests) == 1)
        assert stage.engine.requests[0].turns[-1].text == "hello"
        assert stage.chat.prompt.text == "next"


async def test_what_is_typed_behind_an_arrow_in_one_burst_goes_where_the_arrow_led() -> None:
    async with staged() as stage:
        await stage.ask("first")
        await stage.ask("second")
        for key in ("up", "up", "x", "down", "y"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.until(lambda: "y" in stage.chat.prompt.text)
        assert stage.chat.prompt.text == "secondy"
        assert stage.chat.prompt.asked.newer() == ""


async def test_a_paste_never_sends() -> None:
    async with staged() as stage:
        stage.app.post_message(events.Paste("one\ntwo\n"))
        await stage.until(lambda: bool(stage.chat.prompt.text))
        assert stage.chat.prompt.text == "one\ntwo\n"
        assert not stage.chat.turns.running


async def test_blank_text_is_not_sent() -> None:
    async with staged() as stage:
        await stage.type(" \n ")
        assert not stage.chat.turns.running
        assert stage.engine.requests == []


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_a_new_line_does_not_send(key: str) -> None:
    async with staged() as stage:
        await stage.pilot.press("a", key, "b")
        assert stage.chat.prompt.text == "a\nb"


async def test_the_prompt_grows_to_ten_lines() -> None:
    async with staged(size=(80, 40)) as stage:
        prompt = stage.chat.prompt
        heights = []
        for text in ("", "\n" * 4, "\n" * 30):
            prompt.text = text
            await stage.pilot.pause()
            heights.append(prompt.content_size.height)
        assert heights == [1, 5, 10]


async def test_pages_of_the_transcript_turn_from_the_prompt() -> None:
    async with staged(size=(80, 16)) as stage:
        await stage.ask()
        await stage.ask()
        transcript = stage.chat.query_one(Transcript)
        end = transcript.scroll_y
        await stage.pilot.press("ctrl+home")
        await stage.until(lambda: transcript.scroll_y == 0)
        await stage.pilot.press("ctrl+end")
        await stage.until(lambda: transcript.scroll_y == end)
        assert stage.app.focused is stage.chat.prompt


async def test_who_scrolled_up_is_not_pulled_down_by_new_words() -> None:
    gate = Gate(400)
    async with staged(gate=gate, size=(80, 16)) as stage:
        await stage.ask()
        gate.let(40)
        await stage.type("more?")
        await stage.thinking(gate)
        transcript = stage.chat.query_one(Transcript)
        await stage.pilot.press("ctrl+home")
        await stage.until(lambda: transcript.scroll_y == 0)
        gate.open()
        await stage.idle()
        assert transcript.scroll_y == 0


async def test_slash_commands_do_what_keys_do() -> None:
    async with staged() as stage:
        await stage.type("/think off")
        assert "does not think" in stage.status
        await stage.type("/chats")
        assert stage.chat.sidebar.display
        assert stage.engine.requests == []


async def test_a_slash_command_that_cannot_be_done_now_stays_and_says_why() -> None:
    async with staged() as stage:
        await stage.type("/stop")
        assert stage.chat.prompt.text == "/stop"
        (told,) = stage.app._notifications
        assert told.message == "Stop works while a reply is being made."


async def test_a_mistyped_slash_command_is_given_back_and_never_asked() -> None:
    async with staged() as stage:
        await stage.type("/nonsense")
        assert stage.chat.prompt.text == "/nonsense"
        (told,) = stage.app._notifications
        assert told.message == "There is no command /nonsense; F1 lists them."
        assert stage.engine.requests == []


async def test_a_path_is_a_question_and_no_command() -> None:
    async with staged() as stage:
        await stage.ask("/etc/hosts: what is it?")
        assert len(stage.engine.requests) == 1


async def test_control_c_asks_once_and_then_quits() -> None:
    async with staged() as stage:
        await stage.pilot.press("ctrl+c")
        assert stage.app.is_running
        assert "once more" in next(iter(stage.app._notifications)).message
        await stage.pilot.press("ctrl+c")
        await stage.until(lambda: stage.engine.closed)


async def test_control_c_copies_what_is_selected() -> None:
    async with staged() as stage:
        stage.chat.prompt.text = "copy me"
        stage.chat.prompt.select_all()
        await stage.pilot.press("ctrl+c")
        assert stage.app.clipboard == "copy me"
        assert not list(stage.app._notifications)


async def test_the_answer_is_copied_as_the_model_wrote_it() -> None:
    async with staged() as stage:
        await stage.ask()
        await stage.pilot.press("f4")
        assert stage.app.clipboard == stage.reply.answer.text
