"""A disk that is really full, in the middle of a stream, in a process of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHILD = """
import asyncio, os, resource, sys
from contextlib import aclosing
from pathlib import Path
from r1chat.core.events import ThinkingDelta
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.errors import StoreError
from r1chat.session import Session, TurnEnded, TurnOptions
from r1chat.store import Store

how, folder, space = sys.argv[1], Path(sys.argv[2]), sys.argv[3] == "returns"
path, filler = folder / "data" / "chats.db", folder / "filler"
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

def fill():
    if how == "limit":
        size = max(path.stat().st_size, Path(f"{path}-wal").stat().st_size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        return
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                pass

def free():
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    else:
        filler.unlink()

async def main():
    store = Store(path)
    thought = "".join(f" word{n}" for n in range(3000))
    session = Session(store, FakeEngine([Reply("", "before"), Reply(thought, "done")], n_ctx=9999),
                      LoadRequest(path="fake"), model="fake")
    async with aclosing(session.send("first", TurnOptions())) as events:
        async for event in events:
            pass
    seen = 0
    try:
        async with aclosing(session.send("second", TurnOptions())) as events:
            async for event in events:
                seen += isinstance(event, ThinkingDelta)
                if seen == 500 and isinstance(event, ThinkingDelta):
                    fill()
                if seen == 2500 and isinstance(event, ThinkingDelta) and space:
                    free()
                if isinstance(event, TurnEnded):
                    assert event.message.thinking == thought
    except StoreError as error:
        print("TOLD", error)
        free()
    await session.aclose()
    store = Store(path)
    chat, = store.chats()
    messages = store.conversation(chat.id).path()
    assert [one.text for one in messages[:3]] == ["first", "before", "second"]
    assert thought.startswith(messages[3].thinking)
    print("KEPT", len(messages[3].tokens), messages[3].text)
    store.ask(chat.id, messages[3].id, "third", messages[3])
    store.close()

asyncio.run(main())
"""


def mounted(folder: Path) -> list[str]:
    """A command that runs another on a file system of its own of two megabytes, or why there is none."""
    tools = shutil.which("unshare"), shutil.which("mount")
    script = 'mount -t tmpfs -o size=2m,mode=700 none "$0" && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", script, os.fspath(folder)]
    if None in tools or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    return command


def filled(how: str, folder: Path, space: str) -> str:
    around = mounted(folder) if how == "tmpfs" else []
    command = [*around, sys.executable, "-c", CHILD, how, os.fspath(folder), space]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("how", ["limit", "tmpfs"])
def test_where_space_returns_in_the_middle_of_a_stream_nothing_is_lost(how: str, tmp_path: Path) -> None:
    out = filled(how, tmp_path, "returns")
    assert "TOLD" not in out
    assert out.startswith("KEPT 300")
    assert out.rstrip().endswith("done")


@pytest.mark.parametrize(("how", "what"), [("limit", "The disk refused"), ("tmpfs", "The disk is full")])
def test_where_it_does_not_the_end_says_what_is_safe_and_what_is_not(
    how: str, what: str, tmp_path: Path
) -> None:
    told, kept = filled(how, tmp_path, "stays full").splitlines()
    assert told.startswith(f"TOLD {what}")
    assert "The question is on disk, and the reply but for its last" in told
    assert "Copy them before you quit." in told
    lost = re.search(r"its last (\d+) tokens", told)
    assert lost is not None
    assert 0 < int(lost[1]) < 2605
    assert kept.startswith("KEPT 300"), "the disk had room again before the end"
    assert kept.endswith("done")
