"""Kills a program that writes to a store, at random instants, and looks at what is left.

    python -m tests.stress.kill_store [--runs 200] [--seed N]

Each run is a process of its own on one and the same store: it asks, edits, answers again, pins, deletes, and
streams a thought, telling every token that it has shown. It is ended with SIGKILL anywhere in that. Then the
database must be whole, its index too, and of the tokens that were shown all but the last few be there.
"""

import argparse
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from r1chat.core.conversation import Role
from r1chat.store import Store
from r1chat.store.journal import LIMIT

ROOT = Path(__file__).parents[2]
VICTIM = """
import asyncio, random, sys
from contextlib import aclosing
from r1chat.core.events import AnswerDelta, ThinkingDelta
from r1chat.engine.base import LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session, TurnOptions, TurnStarted
from r1chat.store import Store

async def stream(events):
    seen = 0
    async with aclosing(events) as turn:
        async for event in turn:
            if isinstance(event, TurnStarted):
                print("draft", event.draft.id, flush=True)
            if isinstance(event, ThinkingDelta | AnswerDelta):
                seen += len(event.tokens)
                print(seen, flush=True)

async def main():
    dice = random.Random(int(sys.argv[2]))
    script = [Reply("".join(f" w{n}" for n in range(dice.choice((5, 90, 900)))), "done") for _ in range(99)]
    engine = FakeEngine(script, n_ctx=8192)
    session = Session(Store(sys.argv[1]), engine, LoadRequest(path="fake"), model="fake")
    while True:
        chats = await session.chats()
        if chats and dice.random() < 0.7:
            await session.open(dice.choice(chats).id)
        else:
            session.new()
        messages = session.conversation.messages if session.conversation else ()
        some = dice.choice(messages).id if messages else None
        match dice.randrange(8) if some else 0:
            case 1:
                await stream(session.regenerate(some, TurnOptions()))
            case 2:
                await stream(session.edit(some, "in other words", TurnOptions()))
            case 3:
                print("draft -", flush=True)
                await session.prune(some)
            case 4:
                await session.label(session.conversation.chat.id, pinned=True, tags=("a",))
            case 5 if len(chats) > 9:
                print("draft -", flush=True)
                await session.delete(session.conversation.chat.id)
            case 6:
                await session.rename(session.conversation.chat.id, "another name")
            case _:
                await stream(session.send("What is lost?", TurnOptions()))

asyncio.run(main())
"""


@dataclass
class Summary:
    """What many runs came to."""

    runs: int = 0
    kills: int = 0
    whole: int = 0
    """Runs after which database, references and index were whole."""
    lost: int = 0
    """Tokens that had been shown and were not there, at most."""
    messages: int = 0
    """In the store at the end."""


def kill_many(path: Path, runs: int, seed: int) -> Summary:
    """Run, kill, look; raises AssertionError where more was lost than may be."""
    dice = random.Random(seed)
    summary = Summary()
    for _ in range(runs):
        draft, shown = _killed(path, dice)
        summary.runs += 1
        summary.kills += 1
        with closing(Store(path)) as store:
            messages = {
                one.id: one for chat in store.chats(9999) for one in store.conversation(chat.id).messages
            }
        if draft in messages:
            tokens = len(messages[draft].tokens)
            words = "".join(f" w{number}" for number in range(tokens))
            assert words.startswith(messages[draft].thinking)
            summary.lost = max(summary.lost, shown - tokens)
        else:
            assert not shown, "a draft that had been shown is gone"
        _look(path)
        summary.whole += 1
        summary.messages = len(messages)
        assert all(one.role is not Role.ASSISTANT or one.parent_id in messages for one in messages.values())
    assert summary.lost <= LIMIT
    return summary


def _killed(path: Path, dice: random.Random) -> tuple[str, int]:
    """The draft that was written last, and how many tokens of it had been shown."""
    command = [sys.executable, "-c", VICTIM, str(path), str(dice.randrange(1 << 30))]
    wanted = dice.choice((1, 3, 40, 200, 1500))
    draft, shown, lines = "", 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            lines += 1
            if lines == wanted:
                victim.send_signal(signal.SIGKILL)
            if line.startswith("draft"):
                draft, shown = line.split()[1], 0
            elif line.endswith("\n"):
                shown = int(line)
        assert victim.wait() == -signal.SIGKILL, "the program ended by itself"
    return draft, shown


def _look(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
        entries = "SELECT count(*) FROM docs WHERE message IS NOT NULL"
        indexed = "SELECT count(*) FROM messages WHERE row IN (SELECT message FROM docs)"
        assert connection.execute(entries).fetchone() == connection.execute(indexed).fetchone()
        left = connection.execute(
            "SELECT count(*) FROM messages WHERE row NOT IN (SELECT ifnull(message, 0) FROM docs)"
        )
        assert left.fetchone() == (0,)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = kill_many(Path(folder) / "chats.db", arguments.runs, arguments.seed)
    print(
        f"{summary.runs} runs, {summary.kills} kills, {summary.whole} integrity checks passed,"
        f" {summary.lost} tokens lost at most, {summary.messages} messages in the store at the end"
    )


if __name__ == "__main__":
    main()
