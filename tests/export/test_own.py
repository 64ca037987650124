import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from io import FileIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1chat.core.conversation import (
    Chat,
    Conversation,
    Injection,
    Message,
    Origin,
    Role,
    Sampling,
    Status,
    Thinking,
)
from r1chat.core.events import FinishReason, Stats
from r1chat.core.search import parse
from r1chat.errors import R1ChatError, UsageError
from r1chat.export.own import archive, conversation_of
from r1chat.export.records import _split, records
from r1chat.store import Store

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny", fingerprint="f1")


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(":memory:")) as store:
        yield store


def grown(store: Store, text: str = "Why?") -> Conversation:
    """A chat with a fork, a cancelled answer, statistics, a pin and tags."""
    question, draft = store.ask(None, None, text, DRAFT)
    done = {
        "thinking": 'so ]}" \\ 推理\n',
        "text": "\x1b[2J[/bold]",
        "tokens": (1, 2**31 - 1),
        "status": Status.COMPLETE,
        "finish_reason": FinishReason.STOP,
        "stats": Stats(prompt_tokens=3, decode_s=0.1),
        "sampling": Sampling(seed=2**32 - 2, temperature=0.1),
        "thinking_mode": Thinking(),
        "thinking_s": 0.3,
    }
    store.finish_draft(msgspec.structs.replace(draft, **done))
    place = {"chat_id": question.chat_id, "parent_id": question.id}
    origin = {
        "origin": Origin.INJECT,
        "forked_from": draft.id,
        "forked_at": 1,
        "injected": (Injection(1, "Wait."),),
    }
    fork = store.begin_draft(msgspec.structs.replace(DRAFT, **place, **origin))
    store.finish_draft(msgspec.structs.replace(fork, status=Status.CANCELLED, thinking="half"))
    store.ask(question.chat_id, draft.id, "And?", DRAFT)
    store.label(question.chat_id, pinned=True, tags=("b", "a b"))
    return store.conversation(question.chat_id)


def written(tmp_path: Path, *conversations: Conversation) -> Path:
    path = tmp_path / "export.json"
    path.write_text("".join(archive(conversations)), encoding="utf-8")
    return path


def test_what_is_read_back_is_what_was_written(store: Store, tmp_path: Path) -> None:
    chats = [grown(store, text) for text in ("one", "two ] [ } {", 'three "quoted \\" "')]
    path = written(tmp_path, *chats)
    with closing(Store(tmp_path / "other.db")) as other:
        for record in records(path):
            other.add(conversation_of(record))
        assert [other.conversation(chat.chat.id) for chat in chats] == chats
        assert [chat.id for chat in other.chats()] == [chat.id for chat in store.chats()]
        assert len(other.search(parse("推理"))) == 3


def test_a_second_import_adds_nothing_and_a_grown_chat_only_what_is_new(store: Store) -> None:
    chat = grown(store)
    question, _ = store.ask(chat.chat.id, chat.messages[-1].id, "More?", DRAFT)
    later = store.conversation(question.chat_id)
    with closing(Store(":memory:")) as other:
        assert [other.add(chat), other.add(chat), other.add(later)] == [5, 0, 2]
        assert other.conversation(chat.chat.id).messages == later.messages


@pytest.mark.parametrize(
    "damage",
    [
        {"parent_id": "missing"},
        {"id": ""},
        {"chat_id": "other"},
        {"tokens": (2**31,)},
        {"tokens": (-1,)},
        {"sampling": Sampling(seed=-1)},
        {"created_at": 1e300},
        {"created_at": -1.0},
        {"created_at": 253_402_300_800.0},
        {"thinking_s": 1e300},
        {"forked_at": 2**63},
        {"forked_at": -1},
        {"id": "\x1b[2J"},
        {"id": "推"},
        {"id": "a b"},
        {"id": "x" * 129},
    ],
)
def test_a_record_that_contradicts_itself_is_refused_whole(store: Store, damage: dict[str, object]) -> None:
    chat = grown(store)
    broken = (msgspec.structs.replace(chat.messages[0], **damage), *chat.messages[1:])
    with pytest.raises(R1ChatError):
        conversation_of(msgspec.json.encode({"chat": chat.chat, "messages": broken}))


@pytest.mark.parametrize("damage", [{"id": "\x1b[2J"}, {"created_at": 1e300}, {"updated_at": -1.0}])
def test_a_chat_with_an_id_or_a_time_that_cannot_be_is_refused(damage: dict[str, object]) -> None:
    chat = msgspec.structs.replace(Chat(id="c"), **damage)
    with pytest.raises(R1ChatError, match="can"):
        conversation_of(msgspec.json.encode({"chat": chat, "messages": []}))


def test_a_chat_that_cannot_be_taken_in_leaves_nothing_behind(store: Store) -> None:
    chat = grown(store)
    foreign = Conversation(
        msgspec.structs.replace(chat.chat, id="new"),
        tuple(msgspec.structs.replace(message, chat_id="new") for message in chat.messages),
    )
    with pytest.raises(R1ChatError, match="another chat"):
        store.add(foreign)
    assert [one.id for one in store.chats()] == [chat.chat.id]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('"\\[]{}a推\n'), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, min_size=1), max_size=5), st.integers(1, 40))
def test_records_are_cut_where_they_end_however_the_file_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, object]], chunk: int
) -> None:
    path = tmp_path_factory.mktemp("records") / "export.json"
    path.write_bytes(b" [\n" + b" , ".join(map(msgspec.json.encode, values)) + b"]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("r1chat.export.records._CHUNK", max(chunk, 8))
        assert [msgspec.json.decode(record) for record in records(path)] == values


@pytest.mark.parametrize("text", ['{"r1chat":2,"chats":[]}', '\ufeff{ "r1chat" : 7, "talks": {}}'])
def test_an_export_of_a_newer_r1chat_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="newer r1chat") as caught:
        list(records(path))
    assert "Update" in caught.value.hint


def test_a_large_export_of_small_chats_takes_little_memory_and_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    record = b'{"mapping": {}, "title": "' + b"x" * 200 + b'"}'
    with path.open("wb") as file:
        file.write(b"[")
        for _ in range(40_000):
            file.write(record + b",\n")
        file.write(b"{}]")
    tracemalloc.start()
    count = sum(1 for _ in records(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40_001
    assert peak < 5_000_000


def test_one_large_chat_is_not_looked_at_over_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(b'[{"a": "' + b"x" * 3_000_000 + b'"}, {"b": 1}]')
    monkeypatch.setattr("r1chat.export.records._CHUNK", 1000)
    reads = []

    class Counted(FileIO):
        def read(self, size: int = -1, /) -> bytes:
            reads.append(size)
            return super().read(size)

    with Counted(path) as file:
        assert [len(record) for record in _split(file)] == [3_000_009, 8]
    assert len(reads) < 30
