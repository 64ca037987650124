import json
from collections.abc import Iterator

import pytest

from tests.cli.program import r1chat
from tests.engine.remote_server import CHAT, THOUGHT, Say, Server, chunk, finish, serving

KEY = {"R1CHAT_API_KEY": "sk-very-secret"}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


def test_an_address_is_asked_like_any_model(server: Server) -> None:
    result = r1chat("ask", "-m", server.url, "--json", "--seed", "5", "What is 7+8?", env=KEY)
    assert (result.code, result.err) == (0, "")
    found = json.loads(result.out)
    assert found["model"] == server.url
    assert found["thinking"] == "Seven and eight is fifteen."
    assert found["answer"] == "It is 15."
    assert found["finish_reason"] == "stop"
    usage = found["usage"]
    assert usage.pop("estimated")
    assert usage["prompt_tokens"] == 19
    assert usage["thinking_tokens"] + usage["answer_tokens"] == 30
    assert server.asked[-1].body["seed"] == 5
    again = r1chat("ask", "-c", "--json", "And doubled?")
    assert json.loads(again.out)["chat_id"] == found["chat_id"]
    assert [turn["content"] for turn in server.asked[-1].body["messages"]] == [
        "What is 7+8?",
        "It is 15.",
        "And doubled?",
    ]


def test_figures_that_nobody_told_are_null(server: Server) -> None:
    server.at[CHAT] = Say([*THOUGHT, chunk(content="15."), finish()])
    found = json.loads(r1chat("ask", "-m", server.url, "--json", "--no-save", "What is 7+8?").out)
    assert set(found["usage"].values()) == {None}
    assert found["timings"]["decode_tokens_per_s"] is None


def test_a_reply_that_was_cut_is_kept_and_said_to_be(server: Server) -> None:
    server.at[CHAT] = Say(THOUGHT)
    result = r1chat("ask", "-m", server.url, "What is 7+8?", env=KEY)
    assert result.code == 1
    assert "in the middle" in result.err
    assert KEY["R1CHAT_API_KEY"] not in result.err
    kept = r1chat("chats", "export", "--all", "--format", "json").out
    assert "Seven and eight is fifteen." in kept


def test_a_setting_of_this_machine_does_not_hinder_and_a_flag_is_refused(server: Server) -> None:
    thrifty = {"R1CHAT_THINKING_MODE": "off", "R1CHAT_ENGINE_DRAFT": "ngram"}
    assert r1chat("ask", "-m", server.url, "What is 7+8?", env=thrifty).out == "It is 15.\n"
    assert "up to" in r1chat("ask", "-m", server.url, "--think", "off", "What is 7+8?").err
    for flag in ("--ctx", "--draft"):
        result = r1chat("ask", "-m", server.url, flag, "512", "What is 7+8?")
        assert result.code == 2
        assert "up to the server" in result.err


@pytest.mark.parametrize("command", ["bench", "models info", "models fit"])
def test_what_only_works_here_says_so(command: str) -> None:
    flag = [] if "models" in command else ["-m"]
    result = r1chat(*command.split(), *flag, "http://127.0.0.1:9")
    assert result.code == 2
    assert "127.0.0.1:9 is a server" in result.err


def test_doctor_says_where_words_go(server: Server) -> None:
    assert f"r1, on {server.url.removeprefix('http://')}" in r1chat("doctor", "-m", server.url).out
    with serving() as gone:
        url = gone.url
    result = r1chat("doctor", "-m", url)
    assert result.code == 1
    assert "nothing answers" in result.out


def test_line_by_line_it_answers_too_and_offers_only_what_works(server: Server) -> None:
    lines = "What is 7+8?\n/think off\n/continue\n/regenerate\n"
    result = r1chat("--plain", "-m", server.url, stdin=lines)
    assert result.out.count("It is 15.") == 2
    assert "/think needs a model of this machine." in result.out
    assert "/continue needs a model of this machine." in result.out
