import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from r1chat.core.conversation import Status
from r1chat.store import Store
from r1chat.store.journal import LIMIT

ROOT = Path(__file__).parents[2]
VICTIM = """
import asyncio, sys
from contextlib import aclosing
from r1chat.core.events import AnswerDelta, ThinkingDelta
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session, TurnOptions
from r1chat.store import Store

async def main():
    engine = FakeEngine([Reply("".join(f" w{n}" for n in range(7000)), "never")], n_ctx=8192)
    session = Session(Store(sys.argv[1]), engine, LoadRequest(path="fake"), model="fake")
    seen = 0
    async with aclosing(session.send("What is lost?", TurnOptions())) as events:
        async for event in events:
            if isinstance(event, ThinkingDelta | AnswerDelta):
                seen += 1
                print(seen, flush=True)
                if seen == int(sys.argv[2]) and sys.argv[3] == "stall":
                    await asyncio.Event().wait()

asyncio.run(main())
"""


def kill_after(tokens: int, path: Path, how: str) -> int:
    """Run a turn in a process of its own, kill it at a token; returns how many tokens it had shown."""
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(path), str(tokens), how],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert victim.stdout is not None
    with victim, victim.stdout as shown:
        for line in shown:
            if int(line) >= tokens:
                break
        victim.send_signal(signal.SIGKILL)
        return tokens + sum(1 for _ in shown)


@pytest.mark.parametrize("tokens", [1, 31, 64, 65, 500, 2900])
def test_a_kill_loses_at_most_the_last_tokens(tokens: int, tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    shown = kill_after(tokens, path, "run")
    store = Store(path)
    (chat,) = store.chats()
    question, draft = store.conversation(chat.id).path()
    assert question.text == "What is lost?"
    assert draft.status is Status.PARTIAL
    assert shown - len(draft.tokens) <= LIMIT
    assert draft.thinking == "".join(f" w{n}" for n in range(len(draft.tokens)))


def test_what_stalled_is_on_disk_half_a_second_later(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, str(path), "7", "stall"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert victim.stdout is not None
    with victim, victim.stdout as shown:
        assert any(int(line) == 7 for line in shown)
        store = Store(path)
        (chat,) = store.chats()
        while len(store.conversation(chat.id).path()[1].tokens) < 7:
            os.sched_yield()
        victim.kill()
    assert store.conversation(chat.id).path()[1].thinking == " w0 w1 w2 w3 w4 w5 w6"
