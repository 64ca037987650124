"""Puts a session together from what the command line asked for."""

import asyncio
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from r1chat.core.address import is_address, parse_address
from r1chat.engine.base import Engine, LoadRequest
from r1chat.engine.either import EitherEngine
from r1chat.engine.fake import FakeEngine
from r1chat.engine.local import LocalEngine
from r1chat.errors import UsageError
from r1chat.hub.library import TINY, resolve
from r1chat.paths import Paths
from r1chat.session import Session
from r1chat.session.states import forget_states
from r1chat.settings import Settings
from r1chat.store import Store, Unwritable

NGRAM, OFF = "ngram", "off"
"""Words that `--draft` takes beside the name of a model."""
DEMO_TOKENS_PER_S = 40
"""Speed at which `--engine fake` pretends to think."""


def make_session(
    paths: Paths,
    settings: Settings,
    *,
    model: str | None,
    engine: str = "local",
    n_ctx: int | None = None,
    draft: str | None = None,
    save: bool = True,
    go_on: bool = False,
) -> Session:
    """A session on `model`; None is the one that is set, or with `go_on` that of the last chat.

    Raises UsageError for an unknown model, StoreError for a broken store; one that takes nothing is read.
    """
    path = place(model, paths) if model is not None else ""
    store = Store(paths.database if save else ":memory:", patient=True)
    with suppress(Unwritable):
        forget_states(store, paths.saved_states)
    if model is None:
        last = store.last_chat() if go_on else None
        model = (last.model if last is not None else "") or settings.model or TINY
        try:
            path = place(model, paths)
        except UsageError:
            if last is None or model != last.model:
                raise
            model = settings.model or TINY  # the model of that chat was removed since: another reads it
            path = place(model, paths)
    if is_address(path) and (n_ctx is not None or draft is not None):
        raise UsageError("Context and drafts are up to the server.", "Leave --ctx and --draft out.")
    draft = settings.engine.draft if draft is None else draft
    states = paths.saved_states if save else None
    request = load_request(paths, settings, path, n_ctx=n_ctx, draft=draft, states=states)
    return Session(store, make_engine(paths, engine, path), request, model=model)


def place(name: str, paths: Paths) -> str:
    """The path of a model, or the address of the server that has it. Raises UsageError."""
    if is_address(name):
        parse_address(name)
        return name
    return resolve(name, paths)


def load_request(
    paths: Paths,
    settings: Settings,
    path: str,
    *,
    n_ctx: int | None = None,
    draft: str = OFF,
    states: Path | None = None,
) -> LoadRequest:
    """How the model in `path` is loaded by these settings; chats are saved in `states`, if anywhere.

    Raises UsageError where `draft` names an unknown model.
    """
    saved = settings.engine.saved_mb
    return LoadRequest(
        path=path,
        draft=None if draft in {NGRAM, OFF} else resolve(draft, paths),
        draft_from_text=draft != OFF,
        n_ctx=settings.context.size if n_ctx is None else n_ctx,
        n_gpu_layers=settings.engine.gpu_layers,
        n_threads=settings.engine.threads,
        kv=settings.engine.kv,
        state_folder=None if states is None else str(states),
        state_bytes=None if saved is None else saved * 1_000_000,
    )


def make_engine(paths: Paths, kind: str, path: str) -> Engine:
    """The engine that `--engine` names: `local`, or `fake` for demonstrations. `path`: of its first model."""
    if kind == "fake":

        async def pace() -> None:
            await asyncio.sleep(1 / DEMO_TOKENS_PER_S)

        return FakeEngine(pace=pace)
    return EitherEngine(partial(LocalEngine, paths.logs), _remote, path)


def _remote() -> Engine:
    from r1chat.engine.remote import RemoteEngine  # most never name a server: not before the first paint

    return RemoteEngine(os.environ)
