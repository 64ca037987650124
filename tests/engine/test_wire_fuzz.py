"""Lines that no parent and no child of ours would send: each is one clear error, never a hang or a traceback.

R1CHAT_FUZZ=n tries n times as many.
"""

import asyncio
import contextlib
import os
import random
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import AnswerNow, EngineError, GenerateRequest, Inject, LoadRequest, Stop
from r1chat.engine.local import WORKER, LocalEngine, child_env
from r1chat.engine.wire import Failed, Finished, Hello, Loaded, Probe, ProbeRequest, Upward
from r1chat.paths import tiny_model

TIMES = int(os.environ.get("R1CHAT_FUZZ", "1"))
HANG_S = 60.0
LOAD = LoadRequest(path=str(tiny_model()), n_ctx=256)
GENERATE = GenerateRequest(
    turns=(Turn(Role.USER, "Compute 47 + 386."), Turn(Role.ASSISTANT, "433"), Turn(Role.USER, "Why?")),
    prefix=Prefix("Let me 😀", "It", closed=True, tokens=(20, 21, 22, 5)),
    thinking=Thinking(Mode.BUDGET, 20, 8),
    sampling=Sampling(seed=1, temperature=0.7),
    max_tokens=6,
    samples=2,
    stop=("x",),
)
CHILD = (
    "import sys; [sys.stdout.buffer.write(bytes.fromhex(line)) for line in sys.argv[1:]]; sys.stdout.flush();"
)

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from((-1, 0, 2**31, 2**32, 2**63, 1e308, -0.0, "", "full", "\ud800", "</think>", [], {})),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.lists(st.integers(-5, 2**33), max_size=5),
)


def places(value: object) -> Iterator[tuple[object, object]]:
    """Every container in a JSON value, with each of its keys."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places(inner)


@st.composite
def spoilt(draw: st.DrawFn, *messages: msgspec.Struct) -> bytes:
    """A message of which one value is another, or a few bytes are."""
    message = draw(st.sampled_from(messages))
    data = msgspec.json.encode(message)
    if draw(st.booleans()):
        value = msgspec.json.decode(data)
        container, key = draw(st.sampled_from([*places(value)]))
        container[key] = draw(odd)
        with contextlib.suppress(UnicodeEncodeError):
            return msgspec.json.encode(value)
    rng = random.Random(draw(st.integers(0, 2**32)))
    out = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(out))
        out[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
    return bytes(out).replace(b"\n", b" ")


class Pipe:
    """The real child, spoken to in bytes."""

    def __init__(self, log: Path) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.child = subprocess.Popen(
                WORKER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, **child_env()},
            )
        self._rest = b""
        self._decoder = msgspec.json.Decoder(Upward)
        assert isinstance(self.read(), Hello)

    def send(self, *lines: bytes) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(b"".join(line + b"\n" for line in lines))
        self.child.stdin.flush()

    def read(self) -> Upward:
        assert self.child.stdout is not None
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.child.stdout], [], [], HANG_S)
            assert ready, "the child says nothing any more"
            data = os.read(self.child.stdout.fileno(), 1 << 20)
            assert data, f"the child is gone: {self.log.read_text(errors='replace')[-2000:]}"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return self._decoder.decode(line)

    def until(self, kind: type[Upward]) -> list[Upward]:
        """All messages up to the first of a kind, and its `Finished`."""
        heard = [self.read()]
        while not isinstance(heard[-1], kind):
            heard.append(self.read())
        assert isinstance(self.read(), Finished)
        return heard

    def close(self) -> None:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait(HANG_S)


@pytest.fixture(scope="module")
def pipe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path_factory.mktemp("wire") / "log")
    yield pipe
    pipe.close()


downward = st.one_of(
    spoilt(LOAD, GENERATE, Stop(), AnswerNow(), Inject("Wait.")),
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")),
    st.sampled_from((b"", b"{}", b"[]", b"null", b'{"type":"GenerateRequest"}', b"[" * 5000, b"\xff\xfe")),
)


@settings(
    max_examples=40 * TIMES,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(downward, min_size=1, max_size=4))
def test_a_child_that_hears_nonsense_says_so_and_goes_on(pipe: Pipe, lines: list[bytes]) -> None:
    load, probe = msgspec.json.encode(LOAD), msgspec.json.encode(ProbeRequest())
    pipe.send(load)
    pipe.until(Loaded)
    pipe.send(*lines, probe)
    heard = pipe.until(Probe)
    for message in heard:
        if isinstance(message, Failed):
            assert message.message.strip()
            assert message.hint.strip()
    assert "Traceback" not in pipe.log.read_text(errors="replace")


upward = st.one_of(
    spoilt(Hello(2, 7), Finished(), Failed("model", "It is broken.", "Mend it.")),
    st.binary(max_size=60),
    st.just(b""),
)


@settings(max_examples=12 * TIMES, derandomize=TIMES == 1, suppress_health_check=list(HealthCheck))
@given(lines=st.lists(upward, max_size=3), greets=st.booleans(), dies=st.booleans())
def test_a_parent_that_hears_nonsense_raises_one_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], *, greets: bool, dies: bool
) -> None:
    hello = [msgspec.json.encode(Hello(2, 7))] if greets else []
    sent = [(line + b"\n").hex() for line in (*hello, *lines, *([] if dies else [b"nonsense"]))]
    then = "" if dies else "sys.stdin.read()"

    async def load() -> None:
        worker = (sys.executable, "-c", CHILD + then, *sent)
        async with contextlib.aclosing(LocalEngine(tmp_path_factory.mktemp("logs"), worker=worker)) as engine:
            async with asyncio.timeout(HANG_S):
                async for _ in engine.load(LOAD):
                    pass

    with pytest.raises(EngineError) as caught:
        asyncio.run(load())
        raise EngineError("A load from a child that finished is no error of the parent's.", "None.")
    assert caught.value.message.endswith(".")
    assert caught.value.hint
