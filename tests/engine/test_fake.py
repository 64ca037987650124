import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1chat.core.conversation import Role, Sampling
from r1chat.core.events import Done, Event, FinishReason, Loading, Prefill, ThinkingDelta
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import (
    Capability,
    EngineCrashed,
    GenerateRequest,
    Inject,
    LoadCancelled,
    LoadRequest,
    ModelLoadError,
    Stop,
)
from r1chat.engine.fake import FakeEngine, Load
from r1chat.engine.fake_reply import END_THINK, Reply, ids, words

LOAD = LoadRequest(path="fake")


def ask(text: str = "Why?", prefix: Prefix | None = None, stop: tuple[str, ...] = ()) -> GenerateRequest:
    return GenerateRequest(
        turns=(Turn(Role.USER, text),), sampling=Sampling(seed=1), prefix=prefix, stop=stop
    )


async def loaded(engine: FakeEngine) -> FakeEngine:
    async for _ in engine.load(LOAD):
        pass
    return engine


async def into(seen: list[Event], engine: FakeEngine, request: GenerateRequest) -> None:
    async with aclosing(engine.generate(request)) as events:
        async for event in events:
            seen += (event,)


async def events_of(engine: FakeEngine, request: GenerateRequest) -> list[Event]:
    seen: list[Event] = []
    await into(seen, engine, request)
    return seen


def text_of(events: list[Event]) -> str:
    return "".join(getattr(event, "text", "") for event in events)


@given(st.text())
def test_toy_tokens_joined_are_the_text(text: str) -> None:
    pieces = words(text)
    assert "".join(pieces) == text
    assert len(ids(pieces)) == len(pieces)
    assert min(ids(pieces), default=16) > END_THINK


async def test_the_script_is_said_in_order_and_requests_are_remembered() -> None:
    engine = await loaded(FakeEngine([Reply("a b", "c"), Reply("", "d")]))
    assert text_of(await events_of(engine, ask("one"))) == "a bc"
    assert text_of(await events_of(engine, ask("two"))) == "d"
    assert [request.turns[0].text for request in engine.requests] == ["one", "two"]


async def test_after_the_script_it_says_the_same_to_the_same_question() -> None:
    engine = await loaded(FakeEngine())
    first = text_of(await events_of(engine, ask("How many words?")))
    assert "\\boxed{3}" in first
    assert text_of(await events_of(engine, ask("How many words?"))) == first


async def test_a_prefix_is_gone_on_with() -> None:
    engine = await loaded(FakeEngine([Reply("a b", "c d"), Reply("a b", "c d")]))
    assert text_of(await events_of(engine, ask(prefix=Prefix("a")))) == " bc d"
    assert text_of(await events_of(engine, ask(prefix=Prefix("a b", "c", closed=True)))) == " d"


async def test_a_stop_string_ends_the_answer_and_is_left_out() -> None:
    engine = await loaded(FakeEngine([Reply("x", "one two three")]))
    events = await events_of(engine, ask(stop=("two",)))
    assert text_of(events) == "xone "


async def test_an_error_comes_at_its_token_and_the_next_turn_brings_the_model_back() -> None:
    crash = EngineCrashed("gone")
    engine = await loaded(FakeEngine([Reply("a b c", "d", error=crash, error_after=2), Reply("", "e")]))
    seen: list[Event] = []
    with pytest.raises(EngineCrashed):
        await into(seen, engine, ask())
    assert text_of(seen) == "a b"
    assert engine.model is None
    again = await events_of(engine, ask())
    assert [event for event in again if isinstance(event, Loading)]
    assert text_of(again) == "e"
    assert engine.load_requests == [LOAD, LOAD]


async def test_a_load_fails_as_scripted_and_then_works() -> None:
    engine = FakeEngine(loads=[Load((0.0, 0.3), ModelLoadError("damaged"))])
    with pytest.raises(ModelLoadError):
        await loaded(engine)
    assert engine.model is None
    assert (await loaded(engine)).model is not None


async def test_stop_does_not_wait_for_the_pace() -> None:
    never = asyncio.Event()
    engine = FakeEngine([Reply("a b", "c")], pace=never.wait, load_pace=None)
    await loaded(engine)
    seen: list[Event] = []
    async with aclosing(engine.generate(ask())) as events:
        async for event in events:
            seen += (event,)
            if isinstance(event, Prefill) and event.done == event.total:
                asyncio.get_running_loop().call_soon(engine.control, Stop())
    assert isinstance(seen[-1], Done)
    assert seen[-1].reason is FinishReason.CANCELLED
    assert not [event for event in seen if isinstance(event, ThinkingDelta)]


async def test_stop_in_prefill_and_in_a_load() -> None:
    never = asyncio.Event()
    engine = await loaded(FakeEngine(prefill_pace=never.wait))
    asyncio.get_running_loop().call_soon(engine.control, Stop())
    (done,) = await events_of(engine, ask())
    assert isinstance(done, Done)
    assert done.reason is FinishReason.CANCELLED
    slow = FakeEngine(load_pace=never.wait)
    asyncio.get_running_loop().call_soon(slow.control, Stop())
    with pytest.raises(LoadCancelled):
        await loaded(slow)


async def test_one_operation_at_a_time() -> None:
    engine = await loaded(FakeEngine())
    async with aclosing(engine.generate(ask())) as events:
        await anext(events)
        with pytest.raises(RuntimeError):
            await events_of(engine, ask())
    assert text_of(await events_of(engine, ask()))


async def test_it_can_do_everything_and_commands_are_remembered() -> None:
    engine = FakeEngine()
    assert engine.capabilities == frozenset(Capability)
    engine.control(Inject("x"))
    assert engine.commands == [Inject("x")]
    await engine.aclose()
    assert engine.closed
