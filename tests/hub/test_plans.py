"""Any sequence of faults ends in the right file or in a sentence, and never in a wrong file."""

import asyncio
import contextlib
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from r1chat.hub.names import local_path
from r1chat.hub.part import part_path
from r1chat.hub.source import RemoteFile
from r1chat.hub.states import Connecting, State
from r1chat.hub.throttle import Throttle
from r1chat.hub.transfer import Transfer
from r1chat.hub.trouble import HubError
from r1chat.hub.web import Web
from tests.hub.conftest import NAME, QUICK, REPO, SkippingClock
from tests.hub.fake_hub import FakeHub, Repo
from tests.hub.faults import (
    Corrupt,
    Drop,
    Endless,
    Fault,
    IgnoreRange,
    Oversize,
    Refuse,
    Replace,
    Reset,
    Stall,
    Truncate,
    WebPage,
    WrongRange,
)
from tests.hub.models import gguf

SIZE = 60_000
MODEL, FRESH = gguf(SIZE), gguf(SIZE, seed=1)
LONGER = gguf(SIZE + 8000, seed=2)

offsets = st.integers(0, SIZE)
faults = st.one_of(
    st.builds(Drop, offsets),
    st.builds(Reset, offsets),
    st.builds(Refuse, st.sampled_from([500, 503, 429, 408, 403, 404])),
    st.builds(IgnoreRange, st.none() | offsets),
    st.builds(WrongRange, st.integers(1, 5000)),
    st.builds(Oversize, st.integers(1, 5000)),
    st.builds(Endless, st.integers(1, 5000)),
    st.builds(Truncate, offsets),
    st.builds(Corrupt, offsets),
    st.builds(Replace, offsets, st.sampled_from([FRESH, LONGER])),
    st.just(WebPage()),
)
SILENCE = st.builds(Stall, offsets)
"""Costs a fifth of a second of real time each."""


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_every_plan_ends_in_the_right_file_or_in_a_sentence() -> None:
    @settings(max_examples=80, phases=[Phase.generate])
    @given(
        plan=st.lists(faults, max_size=8),
        silence=st.none() | SILENCE,
        cdn=st.booleans(),
        link_uses=st.integers(1, 3),
        cancel_at=st.none() | st.integers(0, SIZE),
    )
    def holds(
        plan: list[Fault], silence: Stall | None, cdn: bool, link_uses: int, cancel_at: int | None
    ) -> None:
        hub.repos[REPO] = Repo({NAME: MODEL})
        hub.cdn, hub.link_uses = cdn, link_uses
        hub.faults.clear()
        hub.faults.extend(plan if silence is None or len(plan) % 8 else [*plan, silence])
        with tempfile.TemporaryDirectory() as folder:
            runner.run(_carry_out(web, local_path(Path(folder), REPO, NAME), cancel_at))

    with asyncio.Runner() as runner:
        hub, serving = FakeHub(), contextlib.AsyncExitStack()
        runner.run(serving.enter_async_context(hub.serving()))
        web = runner.run(Web.open(hub.endpoint))
        holds()
        runner.run(web.aclose())
        runner.run(serving.aclose())


async def _carry_out(web: Web, target: Path, cancel_at: int | None) -> None:
    """As often as it takes; the faults are used up by then."""
    for _ in range(12):
        if await _attempt(web, target, cancel_at):
            break
        cancel_at = None
    assert target.read_bytes() in {
        MODEL,
        FRESH,
        LONGER,
    }  # a file that is replaced after its last byte is whole
    assert not part_path(target).exists()


async def _attempt(web: Web, target: Path, cancel_at: int | None) -> bool:
    """One run of a transfer, cancelled when that many bytes have arrived; True where it ended well."""
    clock, told = SkippingClock(), []
    file = RemoteFile(repo=REPO, revision="main", name=NAME)
    transfer = Transfer(
        web, file, target, clock=clock, throttle=Throttle(clock), patience=QUICK, tell=told.append
    )
    task = asyncio.create_task(transfer.run())
    while not task.done():
        if cancel_at is not None and transfer.state.done >= cancel_at:
            task.cancel()
        await asyncio.wait({task}, timeout=0.001)
    _check_progress(told)
    assert not target.exists() or target.read_bytes() in {MODEL, FRESH, LONGER}
    if task.cancelled():
        return False
    if (error := task.exception()) is None:
        return True
    assert isinstance(error, HubError)
    assert error.message
    assert error.hint
    return False


def _check_progress(told: list[State]) -> None:
    """It only grows, but where the server replaced the file or sent other bytes than before."""
    for before, after in pairwise(told):
        assert after.done >= before.done or isinstance(after, Connecting) or after.total != before.total
