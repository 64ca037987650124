import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from r1chat.core.conversation import Injection, Message, Origin, Role, Status
from r1chat.core.search import parse
from r1chat.store import Store
from r1chat.store.index_care import mend_index
from r1chat.store.migrations import MIGRATIONS, migrate

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("v*.db"))
DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT, model="tiny", fingerprint="f1")
WRITES = """
import sys
from r1chat.core.conversation import Message, Role
from r1chat.store import Store
from r1chat.store.index_care import mend_index
from r1chat.store.rows import Piece
store = Store(sys.argv[1])
_, draft = store.ask(None, None, "q", Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT))
store.append_draft(draft.id, Piece("zebra", "", (1,)))
print(draft.chat_id, flush=True)
sys.stdin.read()
"""
UPGRADES = """
import os, sys
from r1chat.store import Store, words
add = words.add_title
def die(connection, chat_id):
    add(connection, chat_id)
    os._exit(9)
words.add_title = die
Store(sys.argv[1])
"""


def python(code: str, path: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe, text=True, cwd=ROOT
    )


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store of every version that was ever shipped."""
    path = tmp_path / "chats.db"
    shutil.copy(request.param, path)
    return path


def test_every_version_ever_shipped_is_there() -> None:
    assert [path.stem for path in FIXTURES] == [f"v{number}" for number in range(1, len(MIGRATIONS))]


def test_an_old_store_is_upgraded_whole_and_can_be_searched(old: Path) -> None:
    with closing(Store(old)) as store:
        titles = {chat.title for chat in store.chats()}
        mountain = store.conversation(store.search(parse("mountain"))[0].chat.id)
        primes = store.conversation(store.search(parse('"add one"'))[0].chat.id)
        assert store.search(parse("小数"))[0].chat.title == "9.11和9.9哪个更大？"
    assert {"What is the tallest mountain?", "Prove that there are infinitely many primes."} <= titles
    assert len(mountain.messages) == 8
    forked = mountain.messages[-1]
    assert (forked.origin, forked.forked_at) == (Origin.CONTINUE, 2)
    draft = primes.path()[-1]
    assert (draft.status, draft.tokens, draft.elsewhere) == (Status.PARTIAL, (11, 12, 13, 14, 15), False)


def test_a_title_that_an_earlier_program_put_among_the_messages_is_put_apart(old: Path) -> None:
    with closing(Store(old)) as store:
        assert [hit.message_id for hit in store.search(parse("in:title tallest"))] == [None]
    assert not mend_index(old)


def test_an_upgrade_that_is_killed_leaves_the_old_store_whole(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        before = list(connection.iterdump())
    with python(UPGRADES, old) as upgrade:
        assert upgrade.wait() == 9
    with closing(sqlite3.connect(old)) as connection:
        assert list(connection.iterdump()) == before
    test_an_old_store_is_upgraded_whole_and_can_be_searched(old)


def test_a_read_only_look_at_an_old_store_changes_nothing(old: Path) -> None:
    before = old.read_bytes()
    with closing(Store(old, read_only=True)) as store:
        assert store.search(parse("mountain"))
    assert old.read_bytes() == before


def test_the_drafts_of_a_running_program_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with python(WRITES, path) as other:
        assert other.stdout is not None
        chat_id = other.stdout.readline().strip()
        with closing(Store(path)) as store:
            draft = store.conversation(chat_id).path()[1]
            assert (draft.elsewhere, draft.status, draft.thinking) == (True, Status.PARTIAL, "zebra")
            assert store.search(parse("zebra")) == ()
        other.kill()
    with closing(Store(path)) as store:
        draft = store.conversation(chat_id).path()[1]
        assert (draft.elsewhere, draft.status, draft.thinking) == (False, Status.PARTIAL, "zebra")
        assert [hit.chat.id for hit in store.search(parse("zebra"))] == [chat_id]


def test_a_draft_that_was_taken_for_dead_goes_on_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    with closing(Store(path)) as store:
        _, draft = store.ask(None, None, "q", DRAFT)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE messages SET writer = '1@2.0'")
        Store(path).close()
        done = msgspec.structs.replace(draft, thinking="zebra", status=Status.COMPLETE)
        store.finish_draft(done)
        assert store.conversation(draft.chat_id).path()[1] == done
        assert len(store.search(parse("zebra"))) == 1


def test_words_put_into_a_thought_are_kept_with_their_place(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "chats.db")) as store:
        _, draft = store.ask(None, None, "q", DRAFT)
        words = (Injection(3, "Wait."), Injection(9, "小心"))
        store.finish_draft(msgspec.structs.replace(draft, injected=words))
        assert store.conversation(draft.chat_id).path()[1].injected == words


def test_a_fork_at_a_character_learns_its_tokens_at_its_end(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "chats.db")) as store:
        question, first = store.ask(None, None, "q", DRAFT)
        done = {"status": Status.COMPLETE, "thinking": "abc"}
        store.finish_draft(msgspec.structs.replace(first, tokens=(1, 2, 3), **done))
        place = {"chat_id": question.chat_id, "parent_id": question.id}
        origin = {"origin": Origin.FORK, "forked_from": first.id}
        fork = store.begin_draft(msgspec.structs.replace(DRAFT, **place, **origin))
        store.finish_draft(msgspec.structs.replace(fork, tokens=(1, 2, 9, 3), **done))
        assert store.conversation(question.chat_id).path()[1].forked_at == 2


def test_migrating_twice_changes_nothing(old: Path) -> None:
    Store(old).close()
    before = old.read_bytes()
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        migrate(connection, os.fspath(old))
    assert old.read_bytes() == before
