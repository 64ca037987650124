import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from r1chat.core.conversation import Message, Role
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.state_folder import chat_folder
from r1chat.session import Session
from r1chat.session.states import forget_states
from r1chat.store import Store
from tests.session.turns import OPTIONS, SIMPLE, reply

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "store" / "fixtures" / "v2.db"
DRAFT = Message(id="", chat_id="", parent_id=None, role=Role.ASSISTANT)
DIES = """
import os, sys
from r1chat.session import states
from r1chat.store import Store
store = Store(sys.argv[1])
store.remove(store.chats()[0].id)
os._exit(9)
"""


def written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_what_the_engine_saved_of_a_deleted_chat_is_gone(path: Path, tmp_path: Path) -> None:
    states = tmp_path / "states"
    request = LoadRequest(path="fake", state_folder=str(states))
    session = Session(Store(path), FakeEngine([SIMPLE, SIMPLE]), request, model="fake")
    first, second = [await reply(session.send("Why?", OPTIONS)) for _ in range(2)]
    folder = chat_folder(states, first.chat_id)
    for delete in (session.prune(second.id), session.delete(first.chat_id)):
        folder.mkdir(parents=True)
        (folder / "x.kv").write_bytes(b"secretstate")
        await delete
        assert not folder.exists()
    await session.aclose()
    with closing(Store(path)) as store:
        assert store.states_to_forget() == ()


def test_a_crash_between_a_deletion_and_its_saved_state_is_made_good_at_the_next_start(
    path: Path, tmp_path: Path
) -> None:
    with closing(Store(path)) as store:
        question, _ = store.ask(None, None, "Why?", DRAFT)
    folder = chat_folder(tmp_path / "states", question.chat_id)
    folder.mkdir(parents=True)
    (folder / "x.kv").write_bytes(b"secretstate")
    died = subprocess.run([sys.executable, "-c", DIES, os.fspath(path)], cwd=ROOT, check=False)
    assert died.returncode == 9
    assert folder.exists()
    with closing(Store(path)) as store:
        assert store.states_to_forget() == (question.chat_id,)
        forget_states(store, tmp_path / "states")
        assert not folder.exists()
        assert store.states_to_forget() == ()


def test_an_old_title_is_in_no_byte_of_the_folder(path: Path) -> None:
    with closing(Store(path)) as store:
        chat = store.create_chat(title="secretname of long ago")
        store.rename(chat.id, "harmless")
        assert b"secretname" not in written(path.parent)
        assert b"harmless" in written(path.parent)


def test_what_is_deleted_or_renamed_is_gone_from_the_backup_of_an_upgrade_too(path: Path) -> None:
    path.parent.mkdir()
    shutil.copy(OLD, path)
    with closing(Store(path)) as store:
        mountain, primes = (
            next(chat for chat in store.chats() if word in chat.title) for word in ("mountain", "primes")
        )
        backup = path.with_name("chats.db.v2.bak")
        for word in (b"mountain", b"infinitely", b"himborazo"):
            assert word in backup.read_bytes()
        store.remove(mountain.id)
        store.rename(primes.id, "numbers")
        for word in (b"mountain", b"himborazo"):
            assert word not in written(path.parent)
        assert b"numbers" in backup.read_bytes()
