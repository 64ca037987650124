import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Message, Role, Sampling, Status, Thinking
from r1chat.core.events import FinishReason, Stats
from r1chat.errors import StoreError
from r1chat.store import Gone, Store

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny", fingerprint="f1")
NAN = '{"temperature":null,"top_p":0.95,"seed":7,"budget":null,"decode_s":null}'
UPDATES = {
    "sampling": "UPDATE messages SET sampling = ? WHERE role = 'assistant'",
    "thinking_mode": "UPDATE messages SET thinking_mode = ? WHERE role = 'assistant'",
    "stats": "UPDATE messages SET stats = ? WHERE role = 'assistant'",
    "finish_reason": "UPDATE messages SET finish_reason = ? WHERE role = 'assistant'",
    "tokens": "UPDATE messages SET tokens = ? WHERE role = 'assistant'",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.db"


@pytest.fixture
def answer(path: Path) -> Message:
    with closing(Store(path)) as store:
        _, draft = store.ask(None, None, "Why?", DRAFT)
        answer = msgspec.structs.replace(
            draft,
            text="Because.",
            tokens=(1, 2),
            status=Status.COMPLETE,
            finish_reason=FinishReason.STOP,
            sampling=Sampling(seed=7),
            thinking_mode=Thinking(),
            stats=Stats(),
        )
        store.finish_draft(answer)
    return answer


@pytest.mark.parametrize("value", [NAN, "", "{", "[]", 7, b"\xff", 1.5])
@pytest.mark.parametrize("column", UPDATES)
def test_a_column_that_cannot_be_read_costs_itself_alone(
    path: Path, answer: Message, column: str, value: str | bytes | float
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(UPDATES[column], (value,))
    with closing(Store(path)) as store:
        seen = store.conversation(answer.chat_id).path()[1]
    lost = () if column == "tokens" else None
    assert seen == msgspec.structs.replace(answer, **{column: lost})


def test_names_that_are_no_characters_do_not_lose_the_turn(path: Path) -> None:
    named = msgspec.structs.replace(DRAFT, model="caf\udce9.gguf", fingerprint="\udcff")
    with closing(Store(path)) as store:
        question, draft = store.ask(None, None, "Why?", named)
        assert store.conversation(question.chat_id).path()[1] == draft
        store.sign_draft(draft.id, "f\udcff")
        store.finish_draft(msgspec.structs.replace(draft, model="caf\udce9.gguf", fingerprint="f\udcff"))
        store.set_active(question.chat_id, "\udcff")
        seen = store.conversation(question.chat_id)
        assert (seen.messages[1].fingerprint, seen.chat.model) == ("f?", "caf?.gguf")
        for refused in (store.remove, lambda chat: store.rename(chat, "x"), store.chat):
            with pytest.raises(StoreError):
                refused("\udcff")


def test_ids_that_a_draft_begins_with_go_where_another_model_signs_it(path: Path) -> None:
    begun = msgspec.structs.replace(DRAFT, thinking="So ", tokens=(9,))
    with closing(Store(path)) as store:
        _, draft = store.ask(None, None, "Why?", begun)
        store.sign_draft(draft.id, "f1")
        assert store.conversation(draft.chat_id).messages[1].tokens == (9,)
        store.sign_draft(draft.id, "f2")
        seen = store.conversation(draft.chat_id).messages[1]
    assert (seen.thinking, seen.tokens, seen.fingerprint) == ("So ", (), "f2")


def test_a_file_that_was_deleted_or_replaced_is_not_written_on(path: Path, tmp_path: Path) -> None:
    with closing(Store(path)) as store:
        _, draft = store.ask(None, None, "Why?", DRAFT)
        path.rename(tmp_path / "away.db")
        with pytest.raises(Gone, match="moved or deleted"):
            store.finish_draft(draft)
        path.touch()
        with pytest.raises(Gone, match="moved or deleted"):
            store.finish_draft(draft)
        (tmp_path / "away.db").replace(path)
        store.finish_draft(draft)
