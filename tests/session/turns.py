"""What tests of turns share: a gate, ways to listen, and a look at the disk."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from r1chat.core.conversation import Message
from r1chat.engine.base import EngineCrashed
from r1chat.engine.fake_reply import Reply
from r1chat.session import Session, TurnEnded, TurnEvent, TurnOptions
from r1chat.store import Store

CRASH = EngineCrashed("The engine's process ended.", "Ask again.")
OPTIONS = TurnOptions(seed=7)
SIMPLE = Reply("two and two", "four")
LONG = Reply("very " * 400, "long")

Open = Callable[..., Session]


class Gate:
    """A pace that lets so many deltas through as it was told to, and tells when it holds one back."""

    def __init__(self, free: int = 0) -> None:
        self._free = asyncio.Semaphore(free)
        self.reached = asyncio.Event()

    def open(self, count: int = 1) -> None:
        for _ in range(count):
            self._free.release()

    async def __call__(self) -> None:
        if self._free.locked():
            self.reached.set()
        await self._free.acquire()


async def everything(stream: AsyncGenerator[TurnEvent, None]) -> list[TurnEvent]:
    async with aclosing(stream) as events:
        return [event async for event in events]


async def into(seen: list[TurnEvent], stream: AsyncGenerator[TurnEvent, None]) -> None:
    async with aclosing(stream) as events:
        async for event in events:
            seen += (event,)


async def reply(stream: AsyncGenerator[TurnEvent, None]) -> Message:
    last = (await everything(stream))[-1]
    assert isinstance(last, TurnEnded)
    return last.message


async def until(events: AsyncGenerator[TurnEvent, None], kind: type, count: int = 1) -> None:
    async for event in events:
        count -= isinstance(event, kind)
        if not count:
            return


def on_disk(path: Path) -> tuple[Message, ...]:
    """What another program finds: every message of the last chat."""
    store = Store(path)
    chat = store.last_chat()
    assert chat is not None
    messages = store.conversation(chat.id).messages
    store.close()
    return messages
