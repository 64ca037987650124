import json
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Message, Role, Status
from r1chat.paths import default_paths
from r1chat.store import Store
from tests.cli.program import r1chat

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\u202ehidden\x00 [/bold] 你好"


@pytest.fixture
def chat_id() -> str:
    """A chat with two answers to its question, of which the second is looked at."""
    store = Store(default_paths().database, clock=lambda: 1_700_000_000.0)
    draft = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny")
    question, first = store.ask(None, None, f"Why?\n{HOSTILE}", draft)
    store.finish_draft(msgspec.structs.replace(first, text="one", status=Status.COMPLETE))
    again = msgspec.structs.replace(draft, chat_id=question.chat_id, parent_id=question.id)
    second = store.begin_draft(again)
    done = {"text": f"two {HOSTILE}", "thinking": f"well\n{HOSTILE}", "tokens": (1, 2)}
    store.finish_draft(msgspec.structs.replace(second, status=Status.CANCELLED, **done))
    store.close()
    return question.chat_id


def test_chats_are_listed_in_lines(chat_id: str) -> None:
    result = r1chat("chats", "list")
    assert result.code == 0, result.err
    assert result.out == f"{chat_id[:8]}  2023-11-14 22:13     3  Why?\n"


def test_chats_are_listed_as_json(chat_id: str) -> None:
    (chat,) = json.loads(r1chat("chats", "list", "--json").out)
    assert (chat["id"], chat["title"], chat["messages"], chat["model"]) == (chat_id, "Why?", 3, "tiny")


def test_without_chats_stdout_stays_empty() -> None:
    result = r1chat("chats", "list")
    assert (result.code, result.out, result.err) == (0, "", "There are no chats yet.\n")
    assert r1chat("chats", "list", "--json").out == "[]\n"


def test_a_chat_is_shown_by_the_beginning_of_its_id(chat_id: str) -> None:
    result = r1chat("chats", "show", chat_id[:8])
    assert result.code == 0, result.err
    assert "# Why?" in result.out
    assert "## tiny (stopped)" in result.out
    assert "two " in result.out
    assert "one" not in result.out
    assert "well" not in result.out


def test_thoughts_are_shown_on_request(chat_id: str) -> None:
    assert "│ well\n" in r1chat("chats", "show", chat_id, "--with-thinking").out


def test_a_chat_as_json_has_the_whole_tree(chat_id: str) -> None:
    chat = json.loads(r1chat("chats", "show", chat_id, "--json").out)
    assert [message["text"].split()[0] for message in chat["messages"]] == ["Why?", "one", "two"]
    assert [message["active"] for message in chat["messages"]] == [True, False, True]
    assert chat["messages"][2]["text"] == f"two {HOSTILE}"
    assert chat["messages"][2]["thinking"].startswith("well")
    assert chat["messages"][2]["tokens"] == 2


@pytest.mark.parametrize("more", [["--with-thinking"], ["--json"]])
def test_stored_control_characters_never_reach_the_terminal(chat_id: str, more: list[str]) -> None:
    out = r1chat("chats", "show", chat_id, *more).out
    assert "你好" in out
    assert not {char for char in out if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n", "\t"}
    assert "\u202e" not in out


@pytest.mark.parametrize("wanted", ["ffff", "\x1b[2J"])
def test_a_chat_that_is_not_there_is_an_error_in_one_line(chat_id: str, wanted: str) -> None:
    result = r1chat("chats", "show", wanted)
    assert (result.code, result.out) == (1, "")
    assert "There is no chat" in result.err
    assert "\x1b" not in result.err
    assert result.err.count("\n") == 1


def test_a_broken_store_is_an_error_in_one_line(isolated: Path) -> None:
    path = isolated / "data" / "chats.db"
    path.parent.mkdir(parents=True)
    path.write_text("nothing that SQLite could read " * 100)
    result = r1chat("chats", "list")
    assert (result.code, result.out) == (1, "")
    assert "not a store of chats" in result.err
    assert result.err.count("\n") == 1


def test_chats_are_searched(chat_id: str) -> None:
    result = r1chat("chats", "search", "in:thought", "well")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{chat_id[:8]}  2023-11-14 22:13  Why?\n          thought: well ␛]52;")
    (hit,) = json.loads(r1chat("chats", "search", "你好", "in:answer", "--json").out)
    assert (hit["chat"]["id"], hit["field"]) == (chat_id, "answer")
    assert {"text": "你好", "hit": True} in hit["snippet"]


def test_words_to_leave_out_are_no_options(chat_id: str) -> None:
    assert chat_id[:8] in r1chat("chats", "search", "in:thought", "well", "-hen", "-zebra").out
    assert r1chat("chats", "search", "in:thought", "well", "-well").out == ""
    assert r1chat("chats", "search", "well", "--limt", "3").code == 2


def test_what_is_not_found_is_said_on_stderr(chat_id: str) -> None:
    result = r1chat("chats", "search", "nowhere")
    assert (result.code, result.out, result.err) == (0, "", "Nothing was found.\n")
    assert r1chat("chats", "search", "nowhere", "--json").out == "[]\n"
    assert r1chat("chats", "search", "before:soon").code == 2
