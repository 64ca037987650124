import os
import sqlite3
import stat
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Message, Mode, Origin, Role, Sampling, Status, Thinking
from r1chat.core.events import FinishReason, Stats, ThoughtEnd
from r1chat.errors import StoreError
from r1chat.store import Store
from r1chat.store.migrations import MIGRATIONS
from r1chat.store.rows import Piece

DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny", fingerprint="f1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "chats.db"


@pytest.fixture
def store(path: Path) -> Store:
    ticks = count(1000)
    return Store(path, clock=lambda: float(next(ticks)))


def finished(draft: Message, text: str = "4") -> Message:
    return msgspec.structs.replace(
        draft,
        text=text,
        thinking="two and two",
        thinking_closed=True,
        tokens=(5, 6, 2**31 - 1, 0),
        status=Status.COMPLETE,
        finish_reason=FinishReason.STOP,
        sampling=Sampling(seed=2**32 - 2, temperature=0.0),
        thinking_mode=Thinking(Mode.BUDGET, 100),
        stats=Stats(prompt_tokens=7, thought_end=ThoughtEnd.MODEL),
        thinking_s=1.5,
    )


def test_a_turn_comes_back_as_it_was_saved(store: Store, path: Path) -> None:
    question, draft = store.ask(None, None, "What is 2+2?\nPlease.", DRAFT)
    answer = finished(draft)
    store.finish_draft(answer)
    store.close()
    conversation = Store(path).conversation(question.chat_id)
    assert conversation.path() == (question, answer)
    assert conversation.chat.title == "What is 2+2?"
    assert conversation.chat.messages == 2
    assert conversation.chat.model == "tiny"


def test_the_question_is_on_disk_as_soon_as_it_is_asked(store: Store, path: Path) -> None:
    question, draft = store.ask(None, None, "Why?", DRAFT)
    other = Store(path).conversation(question.chat_id)
    assert [message.status for message in other.path()] == [Status.COMPLETE, Status.PARTIAL]
    assert other.path()[1].id == draft.id


def test_another_program_reads_a_draft_up_to_its_last_checkpoint(store: Store, path: Path) -> None:
    question, draft = store.ask(None, None, "Why?", DRAFT)
    store.append_draft(draft.id, Piece("Let me ", "", (1, 2)))
    store.append_draft(draft.id, Piece("see.", "", (3,), closed=True))
    store.append_draft(draft.id, Piece("", "Because.", (4,)))
    seen = Store(path).conversation(question.chat_id).path()[1]
    assert (seen.thinking, seen.text, seen.tokens) == ("Let me see.", "Because.", (1, 2, 3, 4))
    assert seen.thinking_closed
    assert seen.status is Status.PARTIAL


def test_finishing_a_draft_folds_its_journal_into_it(store: Store, path: Path) -> None:
    _, draft = store.ask(None, None, "Why?", DRAFT)
    store.append_draft(draft.id, Piece("Let me ", "", (1, 2)))
    store.finish_draft(finished(draft))
    assert store.conversation(draft.chat_id).path()[1] == finished(draft)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM drafts").fetchone() == (0,)
    connection.close()


def test_a_draft_may_begin_with_words_and_goes_on_after_them(store: Store) -> None:
    question, _ = store.ask(None, None, "Why?", DRAFT)
    begun = msgspec.structs.replace(
        DRAFT,
        chat_id=question.chat_id,
        parent_id=question.id,
        thinking="So ",
        tokens=(9,),
        origin=Origin.CONTINUE,
        forked_from="x",
        forked_at=1,
    )
    draft = store.begin_draft(begun)
    store.append_draft(draft.id, Piece("what", "", (1,)))
    seen = store.conversation(question.chat_id).path()[1]
    assert (seen.thinking, seen.tokens) == ("So what", (9, 1))
    assert (seen.origin, seen.forked_from, seen.forked_at) == (Origin.CONTINUE, "x", 1)


def test_siblings_keep_each_other_and_the_active_leaf_is_chosen(store: Store) -> None:
    question, first = store.ask(None, None, "Why?", DRAFT)
    store.finish_draft(finished(first, "one"))
    second = store.begin_draft(
        msgspec.structs.replace(DRAFT, chat_id=question.chat_id, parent_id=question.id)
    )
    store.finish_draft(finished(second, "two"))
    conversation = store.conversation(question.chat_id)
    assert conversation.path()[-1].text == "two"
    assert [sibling.text for sibling in conversation.siblings(first)] == ["one", "two"]
    store.set_active(question.chat_id, first.id)
    assert store.conversation(question.chat_id).path()[-1].text == "one"


def test_finishing_a_draft_leaves_the_person_on_the_branch_they_went_to(store: Store) -> None:
    question, first = store.ask(None, None, "Why?", DRAFT)
    second = store.begin_draft(
        msgspec.structs.replace(DRAFT, chat_id=question.chat_id, parent_id=question.id)
    )
    store.set_active(question.chat_id, first.id)
    store.finish_draft(finished(second))
    assert store.chat(question.chat_id).active_leaf == first.id


def test_chats_are_listed_last_used_first_in_pages(store: Store) -> None:
    first, draft = store.ask(None, None, "first", DRAFT)
    store.ask(None, None, "second", DRAFT)
    store.ask(None, None, "third", DRAFT)
    store.finish_draft(finished(draft))
    assert [chat.title for chat in store.chats()] == ["first", "third", "second"]
    assert [chat.title for chat in store.chats(limit=1, offset=1)] == ["third"]
    last = store.last_chat()
    assert last is not None
    assert last.id == first.chat_id


def test_all_chats_are_read_though_another_program_uses_and_deletes_some_meanwhile(
    store: Store, path: Path
) -> None:
    ids = [store.create_chat(title=str(number)).id for number in range(5)]
    store.label(ids[4], archived=True)
    with closing(Store(path)) as other:
        chats = store.every()
        found = [next(chats).chat.id]
        other.ask(ids[0], None, "back to the oldest one", DRAFT)
        other.remove(ids[2])
        other.label(ids[1], archived=True)
        other.label(ids[4], archived=False)
        found += [conversation.chat.id for conversation in chats]
    assert found == [ids[3], ids[1], ids[0], ids[4]]


def test_an_empty_store_has_no_last_chat(store: Store) -> None:
    assert store.last_chat() is None
    assert store.chats() == ()


def test_a_chat_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    chat = store.create_chat(title="one")
    assert store.chat(chat.id[:6]) == chat
    assert store.conversation(chat.id[:6]).chat == chat


@pytest.mark.parametrize("beginning", ["", "nothing", "%", "\ud800"])
def test_a_beginning_that_no_chat_has_is_an_error(store: Store, beginning: str) -> None:
    store.create_chat()
    with pytest.raises(StoreError, match="There is no chat"):
        store.chat(beginning)


def test_a_beginning_that_two_chats_have_is_an_error(store: Store) -> None:
    ids = {store.create_chat().id[:1] for _ in range(17)}
    ambiguous = [one for one in ids if sum(chat.id.startswith(one) for chat in store.chats()) > 1]
    with pytest.raises(StoreError, match="More than one"):
        store.chat(ambiguous[0])


def test_half_a_character_from_a_broken_terminal_does_not_lose_the_question(store: Store) -> None:
    question, _ = store.ask(None, None, "caf\udce9\x00\x1b[0m", DRAFT)
    assert store.conversation(question.chat_id).path()[0].text == "caf?\x00\x1b[0m"


def test_a_removed_chat_leaves_no_byte_on_disk(store: Store, path: Path) -> None:
    keep, _ = store.ask(None, None, "keep me", DRAFT)
    question, draft = store.ask(None, None, "secretquestion " * 900, DRAFT)
    store.append_draft(draft.id, Piece("secretthought", "secretanswer", (1,)))
    store.finish_draft(finished(draft, "secretanswer " * 5000))
    _, second = store.ask(question.chat_id, draft.id, "secretagain", DRAFT)
    store.append_draft(second.id, Piece("secretthought", "secretanswer", (1,)))
    store.remove(question.chat_id)
    assert [chat.id for chat in store.chats()] == [keep.chat_id]
    for file in path.parent.iterdir():
        assert b"secret" not in file.read_bytes(), file.name


def test_a_chat_deeper_than_any_cascade_is_removed(store: Store) -> None:
    question, draft = store.ask(None, None, "0", DRAFT)
    for number in range(505):
        _, draft = store.ask(question.chat_id, draft.id, str(number), DRAFT)
    store.remove(question.chat_id)
    assert store.chats() == ()


def test_what_a_deleted_chat_still_gets_is_refused_in_words(store: Store, path: Path) -> None:
    question, draft = store.ask(None, None, "Why?", DRAFT)
    Store(path).remove(question.chat_id)
    with pytest.raises(StoreError, match="deleted meanwhile"):
        store.append_draft(draft.id, Piece("more", "", (1,)))
    with pytest.raises(StoreError, match="deleted meanwhile"):
        store.ask(question.chat_id, draft.id, "And?", DRAFT)
    with pytest.raises(StoreError, match="not there any more"):
        store.finish_draft(finished(draft))
    with pytest.raises(StoreError, match="not there any more"):
        store.remove(question.chat_id)


def test_a_chat_can_be_renamed(store: Store) -> None:
    chat = store.create_chat(title="old")
    store.rename(chat.id, "new")
    assert store.chat(chat.id).title == "new"


def test_files_are_private(store: Store, path: Path) -> None:
    store.create_chat()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_store_in_memory_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    store = Store(":memory:")
    store.ask(None, None, "private", DRAFT)
    assert len(store.chats()) == 1
    store.close()
    assert sorted(tmp_path.rglob("*")) == before


def test_the_database_is_set_up_to_lose_nothing(store: Store) -> None:
    with store._database.read() as connection:
        values = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "user_version")
        }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "user_version": len(MIGRATIONS),
    }


def test_closing_twice_is_safe(store: Store) -> None:
    store.close()
    store.close()


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        Store(tmp_path / "file" / "chats.db")
    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(folder / "chats.db")


def test_what_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(StoreError, match="not a store of chats"):
        Store(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_damaged_file_is_an_error_in_words(store: Store, path: Path) -> None:
    for number in range(50):
        store.ask(None, None, f"question {number} " * 200, DRAFT)
    store.close()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        Store(path).chats()


def test_a_column_that_no_r1chat_wrote_is_an_error_in_words(store: Store) -> None:
    question, _ = store.ask(None, None, "Why?", DRAFT)
    with store._database.write("it") as connection:
        connection.execute("UPDATE messages SET status = 'strange'")
    with pytest.raises(StoreError, match="cannot read") as caught:
        store.conversation(question.chat_id)
    assert "move" not in caught.value.hint


def test_a_full_disk_is_an_error_in_words_and_what_was_saved_stands(store: Store) -> None:
    question, draft = store.ask(None, None, "Why?", DRAFT)
    with store._database.read() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        store.append_draft(draft.id, Piece("long " * 9000, "", (1,)))
    assert store.conversation(question.chat_id).path() == (question, draft)
    with store._database.read() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    store.append_draft(draft.id, Piece("short", "", (1,)))
    assert store.conversation(question.chat_id).path()[1].thinking == "short"


def test_a_tag_that_another_program_gave_meanwhile_stays(store: Store, path: Path) -> None:
    question, _ = store.ask(None, None, "Why?", DRAFT)
    store.label(question.chat_id, add=("a",))
    other = Store(path)
    other.label(question.chat_id, add=("b", " c  d ", ""))
    store.label(question.chat_id, add=("e", "a"), drop=("b",))
    assert other.chat(question.chat_id).tags == ("a", "c d", "e")
    store.label(question.chat_id, tags=("z",), add=("y",))
    assert other.chat(question.chat_id).tags == ("y", "z")
    other.close()


def test_a_deletion_that_a_reader_keeps_from_its_end_is_ended_at_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("r1chat.store.database.BUSY_S", 0.01)
    store = Store(path)
    question, _ = store.ask(None, None, "Which secretword?", DRAFT)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM chats").fetchone() == (1,)
        store.remove(question.chat_id)
        assert b"secretword" in Path(f"{path}-wal").read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM chores WHERE name = 'forget'").fetchone() == (1,)
    with closing(Store(path)):
        assert b"secretword" not in path.read_bytes() + Path(f"{path}-wal").read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM chores WHERE name = 'forget'").fetchone() == (0,)
    store.close()
