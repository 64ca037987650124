"""Puts a session together from what the command line asked for."""

import asyncio

from r1chat.engine.base import Engine, LoadRequest
from r1chat.engine.fake import FakeEngine
from r1chat.engine.local import LocalEngine
from r1chat.hub.library import resolve
from r1chat.paths import Paths
from r1chat.session import Session
from r1chat.store import Store

DEMO_TOKENS_PER_S = 40
"""Speed at which `--engine fake` pretends to think."""


def make_session(
    paths: Paths, *, model: str, engine: str = "local", n_ctx: int | None = None, save: bool = True
) -> Session:
    """A session on `model`. Raises UsageError for an unknown model, StoreError for a broken store."""
    request = LoadRequest(path=resolve(model), n_ctx=n_ctx)
    store = Store(paths.database if save else ":memory:")
    return Session(store, make_engine(paths, engine), request, model=model)


def make_engine(paths: Paths, kind: str) -> Engine:
    """The engine that `--engine` names: `local`, or `fake` for demonstrations."""
    if kind == "fake":

        async def pace() -> None:
            await asyncio.sleep(1 / DEMO_TOKENS_PER_S)

        return FakeEngine(pace=pace)
    return LocalEngine(paths.logs)
