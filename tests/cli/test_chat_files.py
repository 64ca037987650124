import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Message, Role, Status
from r1chat.engine.state_folder import chat_folder
from r1chat.paths import default_paths
from r1chat.store import Store
from tests.cli.program import r1chat

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny")


@pytest.fixture
def chat_id() -> str:
    store = Store(default_paths().database, clock=lambda: 1_700_000_000.0)
    question, draft = store.ask(None, None, "Which secretword?", DRAFT)
    done = {"text": "An **answer**.", "thinking": "a secretthought", "status": Status.COMPLETE}
    store.finish_draft(msgspec.structs.replace(draft, **done))
    store.ask(None, None, "another", DRAFT)
    store.close()
    return question.chat_id


def test_a_chat_leaves_and_comes_back_the_same(chat_id: str, tmp_path: Path) -> None:
    file = tmp_path / "chats.json"
    assert r1chat("chats", "export", "--all", "--format", "json", "-o", str(file)).code == 0
    before = r1chat("chats", "show", chat_id, "--json").out
    assert r1chat("chats", "remove", "--yes", chat_id).code == 0
    assert r1chat("chats", "show", chat_id).code == 1
    result = r1chat("chats", "import", str(file), "--json")
    assert (result.code, json.loads(result.out)) == (0, {"chats": 1, "messages": 2, "refused": []})
    assert r1chat("chats", "show", chat_id, "--json").out == before
    assert r1chat("chats", "import", str(file)).out == "Imported 0 messages in 0 chats.\n"


@pytest.mark.parametrize(("form", "thought"), [("md", "<summary>Thought"), ("html", "<summary>Thought")])
def test_a_chat_is_exported_with_and_without_its_thought(chat_id: str, form: str, thought: str) -> None:
    result = r1chat("chats", "export", chat_id[:8], "--format", form)
    assert result.code == 0, result.err
    assert "answer" in result.out
    assert thought not in result.out
    assert thought in r1chat("chats", "export", chat_id, "--format", form, "--with-thinking").out


def test_a_bad_record_is_named_and_left_out_and_the_rest_comes_in(tmp_path: Path) -> None:
    node = {"parent": None, "message": {"author": {"role": "user"}, "content": {"parts": ["Hi \x1b[2J?"]}}}
    good = {"id": "1", "title": "t", "mapping": {"n": node}}
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([good, {"id": "2", "mapping": {"x": 1}}, {**good, "id": "3"}]))
    result = r1chat("chats", "import", str(file))
    assert (result.code, result.out) == (1, "Imported 2 messages in 2 chats.\n")
    assert "conversations.json, chat 2: Expected `object`, got `int`" in result.err
    assert len(json.loads(r1chat("chats", "list", "--json").out)) == 2


def test_times_in_microseconds_or_beyond_any_calendar_come_in_as_times_that_can_be(tmp_path: Path) -> None:
    node = {"parent": None, "message": {"author": {"role": "user"}, "content": {"parts": ["Hi"]}}}
    chats = [
        {"id": str(time), "title": "t", "mapping": {"n": node}, "create_time": time}
        for time in (1_700_000_000_000_000, 1e300, -5)
    ]
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(chats))
    assert r1chat("chats", "import", str(file)).code == 0
    assert [chat["created_at"] for chat in json.loads(r1chat("chats", "list", "--json").out)] == [
        1_700_000_000.0,
        0.0,
        0.0,
    ]
    assert r1chat("chats", "list").code == 0
    assert r1chat("chats", "search", "Hi").code == 0


def test_an_id_and_a_time_that_an_older_r1chat_let_in_are_listed_harmlessly(chat_id: str) -> None:
    with closing(sqlite3.connect(default_paths().database)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE messages SET chat_id = char(27) || '[2J'")
        connection.execute(
            "UPDATE chats SET id = char(27) || '[2J', updated_at = 1e300 WHERE id = ?", (chat_id,)
        )
        connection.commit()
    for command in (["list"], ["search", "secretword"]):
        result = r1chat("chats", *command)
        assert (result.code, result.err) == (0, "")
        assert "␛[2J" in result.out
        assert "\x1b" not in result.out


SAID = '{"mapping":{"n":{"message":{"author":{"role":"user"},"content":{"parts":["Hi"]}}}},"id":'
WEB = '{"history":{"messages":{"a":{"id":"a","role":"user","content":"x"}}},"id":"w","created_at":'
OWN = '{"chat":{"id":"c"},"messages":[{"id":"m","chat_id":"c","role":"user","parent_id":null,"forked_at":'


@pytest.mark.parametrize(
    "record",
    [
        f"{OWN}{2**63}}}]}}",
        '{"chat":' + "[" * 100_000 + "]" * 100_000 + "}",
        f'{SAID}"x","create_time":{"9" * 400}}}',
        f"{WEB}{'9' * 400}}}",
        f"{WEB}{'9' * 5000}}}",
    ],
    ids=["fork", "depth", "digits", "more digits", "very many digits"],
)
def test_no_record_ends_an_import_before_the_next_one(tmp_path: Path, record: str) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(f'[{record},{SAID}"h"}}]')
    result = r1chat("chats", "import", str(file))
    assert "Traceback" not in result.err
    assert len(json.loads(r1chat("chats", "search", "Hi", "--json").out)) >= 1


def test_a_file_that_cannot_be_read_is_named_and_the_next_ones_come_in(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(f'[{SAID}"h"}}]')
    newer = tmp_path / "newer.json"
    newer.write_text('{"r1chat":99,"chats":[]}')
    result = r1chat("chats", "import", str(tmp_path / "nowhere.json"), str(newer), str(tmp_path), str(good))
    assert (result.code, result.out) == (1, "Imported 1 messages in 1 chats.\n")
    assert "nowhere.json cannot be read: No such file or directory. " in result.err
    assert "newer.json: " in result.err
    assert len(result.err.splitlines()) == 3


def test_an_import_that_the_disk_ends_says_so_once_and_what_came_in_before_stays(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    text = "a long question " * 2_000
    file.write_text("[" + ",".join(f'{SAID}"{n}"}}'.replace("Hi", text) for n in range(60)) + "]")
    program = f"ulimit -f 1000; exec {sys.executable} -m r1chat chats import {file}"
    run = subprocess.run(["bash", "-c", program], capture_output=True, text=True, timeout=100, check=False)
    assert run.returncode == 1
    (left_out,) = run.stderr.splitlines()
    assert "so the imported chat was not saved" in left_out
    count = len(json.loads(r1chat("chats", "list", "--json").out))
    assert run.stdout == f"Imported {count} messages in {count} chats.\n"
    assert 0 < count < 60


def test_an_export_goes_through_a_pipe_into_another_store(chat_id: str, tmp_path: Path) -> None:
    exported = r1chat("chats", "export", "--all", "--format", "json").out
    result = r1chat("chats", "import", "/dev/stdin", stdin=exported, env={"R1CHAT_HOME": str(tmp_path / "b")})
    assert (result.code, result.out) == (0, "Imported 4 messages in 2 chats.\n"), result.err


@pytest.mark.parametrize("form", ["md", "json", "html"])
def test_an_export_loses_no_letter_where_the_locale_cannot_write_it(chat_id: str, form: str) -> None:
    assert r1chat("chats", "rename", chat_id, "żółw 乌龟 🐢").code == 0
    exported = r1chat("chats", "export", chat_id, "--format", form, env={"PYTHONIOENCODING": "latin-1"}).out
    assert "żółw 乌龟 🐢" in exported


def test_an_export_never_takes_the_place_of_the_store(chat_id: str) -> None:
    result = r1chat("chats", "export", "--all", "-o", str(default_paths().database))
    assert (result.code, "it was not touched" in result.err) == (2, True)
    assert r1chat("chats", "show", chat_id).code == 0


def test_an_export_is_whole_or_not_there_and_only_its_owners(chat_id: str, tmp_path: Path) -> None:
    file = tmp_path / "chat.md"
    file.write_text("as it was")
    file.chmod(0o644)
    assert r1chat("chats", "export", chat_id, "no-such-chat", "-o", str(file)).code == 1
    assert file.read_text() == "as it was"
    assert r1chat("chats", "export", chat_id, "-o", str(file)).code == 0
    assert "Which secretword?" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if "chat.md" in one.name] == ["chat.md"]
    assert r1chat("chats", "export", chat_id, "-o", "/dev/null").code == 0
    result = r1chat("chats", "export", chat_id, "-o", str(tmp_path / "none" / "chat.md"))
    assert result.code == 2
    assert "cannot be written" in result.err


@pytest.mark.parametrize("arguments", [["export"], ["export", "--all", "x"], ["import", "nowhere.json"]])
def test_wrong_usage_is_told_as_that(arguments: list[str]) -> None:
    assert r1chat("chats", *arguments).code == 2


def test_chats_are_named_pinned_archived_and_tagged(chat_id: str) -> None:
    for command in (
        ["rename", chat_id, "new name"],
        ["pin", chat_id[:8]],
        ["tag", chat_id, "b", " a  c "],
        ["tag", chat_id, "b", "--off"],
    ):
        result = r1chat("chats", *command)
        assert (result.code, result.out, result.err) == (0, "", "")
    first = json.loads(r1chat("chats", "list", "--json").out)[0]
    assert (first["id"], first["title"], first["pinned"], first["tags"]) == (
        chat_id,
        "new name",
        True,
        ["a c"],
    )
    assert r1chat("chats", "archive", chat_id).code == 0
    assert chat_id[:8] not in r1chat("chats", "list").out
    assert chat_id[:8] in r1chat("chats", "list", "--archived").out
    assert r1chat("chats", "archive", chat_id, "--off").code == 0
    assert chat_id[:8] in r1chat("chats", "list").out


def test_every_change_of_a_chat_tells_scripts_what_came_of_it(chat_id: str) -> None:
    def told(*arguments: str) -> dict[str, object]:
        result = r1chat("chats", *arguments, "--json")
        assert (result.code, result.err) == (0, "")
        value: dict[str, object] = json.loads(result.out)
        return value

    assert told("rename", chat_id[:8], "new name")["title"] == "new name"
    assert told("pin", chat_id)["pinned"] is True
    assert told("archive", chat_id)["archived"] is True
    assert told("tag", chat_id, "a", "b")["tags"] == ["a", "b"]
    assert told("tag", chat_id, "b", "--off")["tags"] == ["a"]
    assert told("remove", chat_id, "--yes") == {"removed": [chat_id], "kept_copies": []}


def test_a_chat_named_twice_is_removed_once_and_to_the_end(chat_id: str) -> None:
    result = r1chat("chats", "remove", "--yes", "--json", chat_id, chat_id[:6])
    assert result.code == 0, result.err
    assert json.loads(result.out)["removed"] == [chat_id]


def test_a_repair_tells_scripts_what_came_of_it(chat_id: str) -> None:
    path = default_paths().database
    assert json.loads(r1chat("chats", "repair", "--json").out) == {"repaired": False, "kept": None}
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])
    told = json.loads(r1chat("chats", "repair", "--json").out)
    assert (told["repaired"], told["chats"]) == (True, 2)
    assert told["messages"] > 0
    assert Path(told["kept"]).read_bytes().startswith(b"\xff" * 100)


def test_what_is_deleted_is_in_no_byte_of_any_folder(chat_id: str, isolated: Path) -> None:
    saved = default_paths().saved_states
    folder = chat_folder(saved, chat_id)
    folder.mkdir(parents=True)
    (folder / "block.kv").write_bytes(b"secretword")
    default_paths().state.mkdir(exist_ok=True)
    default_paths().copied.write_bytes(b"secretword")
    backup = Path(f"{default_paths().database}.v1.bak")
    with (
        closing(sqlite3.connect(default_paths().database)) as source,
        closing(sqlite3.connect(backup)) as copy,
    ):
        source.backup(copy)
        copy.execute("DROP TABLE words")  # as a backup of the first version has none
    Path(f"{backup}.part-0a").write_bytes(b"secretword")  # as an upgrade leaves it that was killed
    assert r1chat("chats", "remove", chat_id, stdin="n\n").code == 130
    assert r1chat("chats", "remove", chat_id, stdin="y\n").code == 0
    files = [path for path in isolated.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"chats.db", "chats.db.v1.bak"}
    for path in files:
        assert b"secret" not in path.read_bytes(), path
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path in {backup, folder / "block.kv"}
    assert len(json.loads(r1chat("chats", "list", "--json").out)) == 1


def test_a_damaged_store_is_kept_beside_a_new_one_that_works(chat_id: str) -> None:
    path = default_paths().database
    data = bytearray(path.read_bytes())
    data[:100] = b"\xff" * 100
    path.write_bytes(data)
    result = r1chat("chats", "list")
    assert result.code == 1
    assert "chats repair" in result.err
    result = r1chat("chats", "repair")
    assert result.code == 0, result.err
    (kept,) = path.parent.glob("chats.db.damaged-*")
    assert kept.read_bytes() == bytes(data)
    assert str(kept) in result.out
    assert r1chat("chats", "list").code == 0


def test_a_store_that_is_whole_is_left_as_it_is(chat_id: str) -> None:
    path = default_paths().database
    before = path.read_bytes()
    result = r1chat("chats", "repair")
    assert (result.code, result.out) == (0, "The store is whole.\n")
    assert path.read_bytes() == before
    assert list(path.parent.glob("chats.db.damaged-*")) == []


def test_half_an_emoji_costs_a_chat_nothing_but_itself(tmp_path: Path) -> None:
    half, own = {"parts": ["cut \ud83d off", "\U0001f600"]}, {"id": "b", "title": "also \udfff"}
    said = {"author": {"role": "user"}, "content": half}
    theirs = {"id": "a", "title": "t", "mapping": {"n": {"message": said}}}
    asked = {"id": "m", "chat_id": "b", "parent_id": None, "role": "user", "text": "half \ud800"}
    for name, document in (
        ("theirs.json", [theirs]),
        ("own.json", {"r1chat": 1, "chats": [{"chat": own, "messages": [asked]}]}),
    ):
        (tmp_path / name).write_text(json.dumps(document))
        result = r1chat("chats", "import", str(tmp_path / name))
        assert (result.code, result.out) == (0, "Imported 1 messages in 1 chats.\n"), result.err
    assert "half ?" in r1chat("chats", "show", "b").out
    found = json.loads(r1chat("chats", "search", "--json", "cut off").out)
    assert found[0]["chat"]["title"] == "t"
