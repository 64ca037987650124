import json
import zipfile
from pathlib import Path

import pytest
from msgspec import MsgspecError

from r1chat.core.conversation import Conversation, Role
from r1chat.errors import R1ChatError, UsageError
from r1chat.export.foreign import _apart, read
from r1chat.export.records import records

MAPPING = {
    "root": {"id": "root", "message": None, "parent": None, "children": ["sys"]},
    "sys": {
        "message": {"author": {"role": "system"}, "content": {"content_type": "text", "parts": [""]}},
        "parent": "root",
    },
    "q": {
        "message": {
            "author": {"role": "user"},
            "create_time": 1_700_000_001.0,
            "content": {"content_type": "multimodal_text", "parts": [{"asset_pointer": "x"}, "2+2?"]},
        },
        "parent": "sys",
    },
    "t": {
        "message": {
            "author": {"role": "assistant"},
            "content": {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "two and two"}]},
        },
        "parent": "q",
    },
    "recap": {
        "message": {
            "author": {"role": "assistant"},
            "content": {"content_type": "reasoning_recap", "content": "Thought for 2s"},
        },
        "parent": "t",
    },
    "a1": {
        "message": {
            "author": {"role": "assistant"},
            "content": {"content_type": "text", "parts": ["four"]},
            "metadata": {"model_slug": "o3"},
        },
        "parent": "recap",
    },
    "a2": {
        "message": {
            "author": {"role": "assistant"},
            "content": {"content_type": "text", "parts": ["4"]},
        },
        "parent": "q",
    },
    "tool": {
        "message": {
            "author": {"role": "tool"},
            "content": {"content_type": "execution_output", "text": "4"},
        },
        "parent": "a2",
    },
}
CHATGPT = {
    "title": "Sums",
    "create_time": 1_700_000_000.5,
    "update_time": 1_700_000_100.0,
    "conversation_id": "c1",
    "current_node": "a1",
    "mapping": MAPPING,
}
DEEPSEEK = {
    "id": "d1",
    "title": "加法",
    "inserted_at": "2025-01-30T14:00:00.000000+08:00",
    "updated_at": "2025-01-30T14:01:00.000000+08:00",
    "mapping": {
        "root": {"id": "root", "parent": None, "children": ["1"], "message": None},
        "1": {
            "parent": "root",
            "message": {
                "model": "deepseek-reasoner",
                "inserted_at": "2025-01-30T14:00:01+08:00",
                "fragments": [{"type": "REQUEST", "content": "2+2?"}],
            },
        },
        "2": {
            "parent": "1",
            "message": {
                "model": "deepseek-reasoner",
                "inserted_at": "2025-01-30T14:00:02+08:00",
                "fragments": [
                    {"type": "THINK", "content": "two and two"},
                    {"type": "RESPONSE", "content": "four"},
                ],
            },
        },
        "3": {
            "parent": "1",
            "message": {
                "model": "deepseek-chat",
                "fragments": [{"type": "TOOL_SEARCH"}, {"type": "RESPONSE", "content": "4"}],
            },
        },
    },
}
DETAILS = '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds</summary>\n'
OPEN_WEBUI = {
    "id": "w1",
    "title": "Sums",
    "created_at": 1_700_000_000,
    "updated_at": 1_700_000_100,
    "chat": {
        "title": "Sums",
        "history": {
            "currentId": "b",
            "messages": {
                "a": {
                    "id": "a",
                    "parentId": None,
                    "childrenIds": ["b", "c"],
                    "role": "user",
                    "content": "2+2?",
                },
                "b": {
                    "id": "b",
                    "parentId": "a",
                    "role": "assistant",
                    "content": f"{DETAILS}> two &amp; two\n</details>\nfour",
                    "model": "r1:7b",
                    "timestamp": 1_700_000_050,
                },
                "c": {"id": "c", "parentId": "a", "role": "assistant", "content": "4"},
            },
        },
    },
}
ROWS = [
    {
        "id": "r",
        "convId": "l1",
        "type": "root",
        "role": "system",
        "content": "",
        "parent": None,
    },
    {
        "id": "a",
        "type": "text",
        "role": "user",
        "content": "2+2?",
        "parent": "r",
        "timestamp": 1_700_000_000_000,
    },
    {
        "id": "b",
        "type": "text",
        "role": "assistant",
        "content": "four",
        "parent": "a",
        "thinking": "two and two",
    },
    {"id": "c", "type": "text", "role": "assistant", "content": "4", "parent": "a", "reasoningContent": "hm"},
]
CONV = {"id": "l1", "name": "Sums", "lastModified": 1_700_000_100_000, "currNode": "b"}
LLAMA_SERVER = {"conv": CONV, "messages": ROWS}
ALL = [CHATGPT, DEEPSEEK, OPEN_WEBUI, LLAMA_SERVER]


def read_json(value: object) -> Conversation:
    return read(json.dumps(value).encode())


@pytest.mark.parametrize("value", ALL, ids=["chatgpt", "deepseek", "open-webui", "llama-server"])
def test_branches_and_thoughts_are_kept(value: dict[str, object]) -> None:
    chat = read_json(value)
    question, *answers = (message for message in chat.messages if message.role is not Role.SYSTEM)
    assert (question.role, question.text.strip(), question.parent_id) == (Role.USER, "2+2?", None)
    assert {answer.text.strip() for answer in answers} == {"four", "4"}
    assert {answer.parent_id for answer in answers} == {question.id}
    (four,) = (answer for answer in answers if answer.text.strip() == "four")
    assert four.thinking.replace("&", "and") == "two and two"
    assert chat.chat.title in {"Sums", "加法"}
    assert chat.chat.created_at > 1_600_000_000
    assert read_json(value) == chat


@pytest.mark.parametrize("value", [CHATGPT, OPEN_WEBUI, LLAMA_SERVER], ids=["chatgpt", "open-webui", "llama"])
def test_the_branch_that_was_looked_at_is_looked_at(value: dict[str, object]) -> None:
    assert read_json(value).path()[-1].text.strip() == "four"


def test_models_and_times_are_kept() -> None:
    assert read_json(CHATGPT).chat.model == "o3"
    deepseek = read_json(DEEPSEEK)
    assert deepseek.chat.created_at == 1_738_216_800.0
    assert [message.model for message in deepseek.messages] == ["", "deepseek-reasoner", "deepseek-chat"]


def test_a_thought_that_nothing_follows_is_kept() -> None:
    mapping = {key: MAPPING[key] for key in ("root", "sys", "q", "t")}
    (_, thought) = read_json({**CHATGPT, "mapping": mapping}).messages
    assert (thought.thinking, thought.text) == ("two and two", "")


@pytest.mark.parametrize(
    "value",
    [
        7,
        [],
        {},
        {"mapping": {}},
        {"mapping": 3, "id": "x"},
        {"mapping": {"a": {"parent": "b"}, "b": {"parent": "a"}}, "id": "x"},
        {"conv": {"id": "x"}, "messages": [{"id": 1}]},
        {"conv": {"id": "x"}, "messages": [ROWS[1], ROWS[1]]},
        {"chat": {"history": {}}},
        {"chat": None, "messages": []},
        [{"type": "session"}],
    ],
)
def test_what_is_no_chat_is_refused(value: object) -> None:

    with pytest.raises((R1ChatError, MsgspecError)):
        read_json(value)


@pytest.mark.parametrize("piece", [DETAILS, DETAILS + "<summary>", '<details type="reasoning" '])
def test_a_megabyte_of_thoughts_that_do_not_end_is_read_in_one_pass(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))  # looked at anew from each beginning, it would take minutes
    assert _apart(text) == (text, [])


def test_thoughts_are_taken_out_of_an_answer() -> None:
    assert _apart(f"a{DETAILS}&gt; b</details>  \nc{DETAILS}d</details>e") == ("ace", ["> b", "d"])
    assert len(_apart(f"{DETAILS}x</details>" * 9000)[1]) == 9000


def test_archives_are_read_and_what_is_in_them_besides_is_not(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user.json", "{}")
        archive.writestr("deep/conversations.json", json.dumps([CHATGPT, {"bad": 1}, DEEPSEEK]))
    assert [b"mapping" in record for record in records(path)] == [True, False, True]


def test_llama_servers_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    lines = [
        {"harness": "x", "type": "session", **CONV},
        *({"message": row, "type": "message"} for row in ROWS),
    ]
    path.write_text("\n".join(map(json.dumps, lines * 2)), encoding="utf-8")
    assert [read(record) for record in records(path)] == [read_json(LLAMA_SERVER)] * 2


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("conversations.json", "w") as file,
    ):
        for _ in range(64):
            file.write(b" " * (1 << 20))
    with pytest.raises(UsageError, match="unpack"):
        list(records(path))


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b'[{"a": 1}, {"b": ', b'[{"a": "'])
def test_a_file_that_ends_too_early_is_said_to(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "export"
    path.write_bytes(data)
    with pytest.raises(R1ChatError):
        list(records(path))


def test_a_file_that_is_not_there_is_said_to(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(records(tmp_path / "nothing"))
