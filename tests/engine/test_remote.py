"""What every engine promises, as far as a server can, and what goes wrong with servers."""

import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from r1chat.core.address import parse_address
from r1chat.core.conversation import Extras, Mode, Role, Sampling, Thinking
from r1chat.core.events import (
    AnswerDelta,
    Counts,
    Event,
    FinishReason,
    Loading,
    Prefill,
    ThinkingDelta,
)
from r1chat.core.prompt import Prefix, Turn
from r1chat.engine.base import (
    ContextFull,
    EndpointError,
    EngineError,
    GenerateRequest,
    LoadCancelled,
    LoadRequest,
    Stop,
)
from r1chat.engine.remote import RemoteEngine
from r1chat.engine.remote_reply import RemoteReply
from r1chat.errors import UsageError
from tests.engine.remote_server import (
    ANSWER,
    CHAT,
    END,
    MODELS,
    READING,
    REPLY,
    TEMPLATE,
    THOUGHT,
    Asked,
    Say,
    Server,
    chunk,
    endless,
    event,
    finish,
    models,
    serving,
    usage,
)
from tests.engine.test_contract import (
    Heard,
    ask,
    hear,
    once,
    test_a_load_tells_its_progress_and_then_knows_the_model,
    test_a_prompt_that_fills_the_context_is_refused_and_the_next_is_answered,
    test_a_reply_is_prefill_then_thought_then_answer_then_one_done,
    test_a_stream_closed_early_leaves_the_engine_ready,
    test_closing_twice_is_safe,
    test_commands_without_a_running_reply_do_nothing,
    test_nothing_is_generated_before_a_load,
)

__all__ = [
    "test_a_load_tells_its_progress_and_then_knows_the_model",
    "test_a_prompt_that_fills_the_context_is_refused_and_the_next_is_answered",
    "test_a_reply_is_prefill_then_thought_then_answer_then_one_done",
    "test_a_stream_closed_early_leaves_the_engine_ready",
    "test_closing_twice_is_safe",
    "test_commands_without_a_running_reply_do_nothing",
    "test_nothing_is_generated_before_a_load",
]

KEY = "sk-very-secret"
TOO_LONG = b'{"error":{"code":400,"message":"request exceeds","type":"exceed_context_size_error"}}'


class Pointed(RemoteEngine):
    """Loads what is at one address, whatever the suite asks for."""

    def __init__(self, url: str) -> None:
        super().__init__({})
        self._url = url

    async def load(self, request: LoadRequest) -> AsyncGenerator[Loading, None]:
        async with contextlib.aclosing(super().load(replace(request, path=self._url))) as events:
            async for step in events:
                yield step


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
async def unloaded(server: Server) -> AsyncIterator[RemoteEngine]:
    def chat(asked: Asked) -> Say:
        long = len(asked.body["messages"][-1]["content"]) > 4000
        return Say([TOO_LONG], 400) if long else Say([*READING, *REPLY])

    server.at[CHAT] = chat
    server.at[MODELS] = models("tiny.gguf", owned_by="llamacpp", meta={"n_ctx": 1024})
    async with contextlib.aclosing(Pointed(server.url)) as engine:
        yield engine


@pytest.fixture
async def engine(unloaded: RemoteEngine) -> RemoteEngine:
    await load(unloaded, "")
    return unloaded


async def load(engine: RemoteEngine, url: str) -> None:
    async for _ in engine.load(LoadRequest(path=url)):
        pass


async def reply(url: str, request: GenerateRequest | None = None, **environ: str) -> Heard:
    """What the server at `url` says to a question."""
    async with contextlib.aclosing(RemoteEngine(environ, silence_s=30)) as engine:
        await load(engine, url)
        return await hear(engine, request or ask())


async def trouble(url: str, **environ: str) -> EngineError:
    """What goes wrong with it."""
    with pytest.raises(EngineError) as caught:
        await reply(url, **environ)
    error = caught.value
    assert error.message.endswith(".")
    assert error.hint
    assert KEY not in str(error)
    assert str(error).isprintable()
    return error


async def test_the_conversation_and_how_it_is_drawn_are_sent_without_thoughts(server: Server) -> None:
    request = GenerateRequest(
        turns=(Turn(Role.USER, "one?"), Turn(Role.ASSISTANT, "1"), Turn(Role.USER, "two?")),
        sampling=Sampling(seed=2**32 - 2, temperature=0.5, top_p=0.9),
        max_tokens=40,
    )
    heard = await reply(server.url, request)
    assert (heard.thought, heard.answer) == ("Seven and eight is fifteen.", "It is 15.")
    assert server.asked[-1].body == {
        "model": "r1",
        "messages": [
            {"role": "user", "content": "one?"},
            {"role": "assistant", "content": "1"},
            {"role": "user", "content": "two?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 2**32 - 2,
        "max_tokens": 40,
    }


async def test_fields_of_llama_server_are_sent_to_it_alone(server: Server) -> None:
    server.at[MODELS] = models(owned_by="llamacpp", meta={"n_ctx": 2048})
    await reply(server.url)
    own = {"min_p", "top_k", "return_progress"}
    assert own <= set(server.asked[-1].body)
    server.at[MODELS] = models(owned_by="library")
    await reply(server.url)
    assert not own & set(server.asked[-1].body)
    drawn = replace(ask(), sampling=Sampling(seed=1, extras=Extras(dry=0.8, xtc=0.5)))
    with pytest.raises(EngineError, match="DRY"):
        await reply(server.url, drawn)
    with pytest.raises(EngineError, match="min-p"):
        await reply(server.url, replace(ask(), sampling=Sampling(seed=1, min_p=0.1)))
    server.at[MODELS] = models(owned_by="llamacpp")
    await reply(server.url, drawn)
    assert {"dry_multiplier": 0.8, "xtc_probability": 0.5}.items() <= server.asked[-1].body.items()


async def test_a_name_behind_the_address_chooses_the_model(server: Server) -> None:
    server.at["/api/v1/models"] = Say(status=404)
    server.at["/api/v1/chat/completions"] = Say(REPLY)
    assert (await reply(f"{server.url}/api/v1/#deep:7b")).answer
    assert server.asked[-1].body["model"] == "deep:7b"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_a_thought_may_come_in_either_field(server: Server, field: str) -> None:
    server.at[CHAT] = Say([chunk(**{field: "so"}), chunk(**{field: None, "content": "4"}), finish(), END])
    heard = await reply(server.url)
    assert (heard.thought, heard.answer) == ("so", "4")


async def test_a_thought_within_the_text_is_told_from_the_answer(server: Server) -> None:
    server.at[CHAT] = Say([chunk(content=part) for part in ("so", "</th", "ink>\n\n", "4")] + [finish(), END])
    assert (await reply(server.url)).thought == "so"
    server.at[MODELS] = models("other")
    assert (await reply(server.url)).thought == ""
    server.at[MODELS] = models("other", owned_by="llamacpp")
    assert (await reply(server.url)).thought == ""
    server.at[TEMPLATE] = Say([b'{"prompt":"<Assistant><think>\\n"}'])
    heard = await reply(server.url)
    assert (heard.thought, heard.answer) == ("so", "4")


async def test_figures_are_those_of_the_server_and_no_others(server: Server) -> None:
    told = await reply(server.url)
    stats = told.done.stats
    assert (stats.prompt_tokens, stats.counts) == (19, Counts.SUM)
    assert stats.thinking_tokens + stats.answer_tokens == 30
    assert 0 < stats.answer_tokens < stats.thinking_tokens
    known = usage(
        completion_tokens_details={"reasoning_tokens": 7}, prompt_tokens_details={"cached_tokens": 4}
    )
    server.at[CHAT] = Say([*THOUGHT, *ANSWER, finish(), known, END])
    stats = (await reply(server.url)).done.stats
    assert (stats.thinking_tokens, stats.answer_tokens, stats.cached_tokens) == (7, 23, 4)
    assert stats.counts is Counts.EXACT
    figures = {"choices": [], "timings": {"predicted_ms": 1500.0}}
    server.at[CHAT] = Say([*THOUGHT, *ANSWER, finish(), event(figures), usage(), END])
    assert (await reply(server.url)).done.stats.decode_tokens_per_s == 20.0
    server.at[CHAT] = Say([*THOUGHT, *ANSWER, finish()])
    stats = (await reply(server.url)).done.stats
    assert (stats.prompt_tokens, stats.thinking_tokens, stats.answer_tokens) == (0, 0, 0)
    assert stats.counts is Counts.NONE
    assert (await reply(server.url)).tokens == ()


async def test_length_is_the_limit_that_was_asked_for_or_the_context(server: Server) -> None:
    server.at[CHAT] = Say([*THOUGHT, finish("length"), END])
    assert (await reply(server.url, ask(max_tokens=5))).done.reason is FinishReason.LENGTH
    assert (await reply(server.url)).done.reason is FinishReason.LENGTH
    server.at[MODELS] = models(max_model_len=4096)
    assert (await reply(server.url)).done.reason is FinishReason.CONTEXT


async def test_stop_closes_the_connection(server: Server, engine: RemoteEngine) -> None:
    server.at[CHAT] = Say(endless())
    heard = await hear(engine, ask(), once(ThinkingDelta, lambda: engine.control(Stop())))
    assert heard.done.reason is FinishReason.CANCELLED
    assert heard.done.stats.thought_end is None
    assert heard.thought.startswith("Seven and")
    assert server.left.wait(60)
    server.at[CHAT] = Say(REPLY)
    assert (await hear(engine, ask())).done.reason is FinishReason.STOP


async def test_stop_does_not_wait_for_a_silent_server(server: Server, engine: RemoteEngine) -> None:
    never = threading.Event()
    server.at[CHAT] = Say([*READING, never])
    heard = await hear(engine, ask(), once(Prefill, lambda: engine.control(Stop())))
    assert heard.done.reason is FinishReason.CANCELLED
    never.set()


async def test_a_load_can_be_stopped(server: Server, unloaded: RemoteEngine) -> None:
    never = threading.Event()
    server.at[MODELS] = Say([never])
    with pytest.raises(LoadCancelled):
        async for _ in unloaded.load(LoadRequest(path="")):
            unloaded.control(Stop())
    never.set()
    assert unloaded.model is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (ask(thinking=Thinking(Mode.OFF)), "up to"),
        (ask(thinking=Thinking(Mode.BUDGET, 9)), "up to"),
        (ask(prefix=Prefix("so")), "go on"),
        (ask(samples=2), "one whole reply"),
        (ask(stop=("15",)), "one whole reply"),
    ],
)
async def test_what_a_server_cannot_be_told_is_refused_and_nothing_is_sent(
    server: Server, engine: RemoteEngine, request_: GenerateRequest, words: str
) -> None:
    assert engine.capabilities == frozenset()
    with pytest.raises(EngineError, match=words) as caught:
        await hear(engine, request_)
    assert caught.value.hint
    assert CHAT not in {asked.path for asked in server.asked}


async def test_the_key_goes_to_the_named_server_and_is_shown_nowhere(server: Server) -> None:
    await reply(server.url, R1CHAT_API_KEY=f" {KEY}\n")
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    server.asked.clear()
    await reply(server.url)
    assert not any("authorization" in asked.headers for asked in server.asked)


async def test_no_redirect_is_followed(server: Server) -> None:
    with serving() as other:
        elsewhere = f"http://{KEY}@{other.url.removeprefix('http://')}/v1/chat/completions"
        server.at[CHAT] = Say(status=307, headers={"location": elsewhere})
        error = await trouble(server.url, R1CHAT_API_KEY=KEY)
        assert other.url in error.message
        assert other.asked == []


@pytest.mark.parametrize("key", ["sk-é", "sk one", "sk\x00"])
async def test_a_key_that_is_none_is_sent_nowhere(server: Server, key: str) -> None:
    with pytest.raises(EndpointError, match="no key has") as caught:
        await reply(server.url, R1CHAT_API_KEY=key)
    assert key not in str(caught.value)
    assert server.asked == []


async def test_a_key_does_not_go_over_an_open_way() -> None:
    error = await trouble("http://192.0.2.1:8080", R1CHAT_API_KEY=KEY)
    assert "not encrypted" in error.message


@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (401, {}, f"Incorrect key: {KEY}", "wants a key"),
        (403, {}, "", "wants a key"),
        (404, {}, '{"error":{"message":"The model `x` does not exist."}}', "no such model"),
        (429, {"retry-after": "17"}, '{"error":"slow down"}', "in 17 s"),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "", "in a moment"),
        (503, {}, '{"error":{"message":"Loading model","type":"unavailable_error"}}', "Loading model"),
        (500, {}, "<html>\x1b[2J</html>", "status 500"),
        (400, {}, '{"error":{"message":"no \\u001b[31mseed\\u202e"}}', "no ␛[31mseed"),
        (422, {}, '{"detail":[{"msg":"no"}]}', "status 422"),
    ],
)
async def test_a_refusal_is_one_sentence_with_a_way_on(
    server: Server, status: int, headers: dict[str, str], body: str, words: str
) -> None:
    server.at[CHAT] = Say([body.encode()], status, headers)
    assert words in str(await trouble(server.url))


async def test_a_refused_key_is_told_from_a_missing_one(server: Server) -> None:
    server.at[CHAT] = Say([KEY.encode()], 401)
    assert "refuses the key" in (await trouble(server.url, R1CHAT_API_KEY=KEY)).message
    server.at[CHAT] = Say([f'{{"error":"bad {KEY}"}}'.encode()], 400)
    await trouble(server.url, R1CHAT_API_KEY=KEY)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([b"<html><body>Log in</body></html>"], "OpenAI-compatible"),
        ([b'{"choices":[]}'], "OpenAI-compatible"),
        ([b"data: {\n\n"], "no part of a reply"),
        ([*THOUGHT, b'data: {"choices":7}\n\n'], "no part of a reply"),
        ([*THOUGHT, b"data: \xff\xfe\x00\n\n"], "no part of a reply"),
        ([*THOUGHT, b'data: {"usage":{"prompt_tokens":-1}}\n\n'], "no part of a reply"),
        ([*THOUGHT, b"data: " + b"x" * (1 << 21)], "OpenAI-compatible"),
        ([*THOUGHT, event({"error": {"message": f"out of \x07memory {KEY}"}})], "out of ␇memory …"),
        ([*THOUGHT, event({"error": "gone"})], "gone"),
        ([*THOUGHT, finish("content_filter"), END], "content_filter"),
        (THOUGHT, "in the middle"),
        ([], "OpenAI-compatible"),
    ],
)
async def test_a_stream_that_is_none_ends_in_one_sentence(
    server: Server, said: list[bytes], words: str
) -> None:
    server.at[CHAT] = Say(said)
    assert words in (await trouble(server.url, R1CHAT_API_KEY=KEY)).message


async def test_what_was_said_before_the_stream_was_cut_is_kept(server: Server, engine: RemoteEngine) -> None:
    server.at[CHAT] = Say(THOUGHT, headers={"content-length": "99999"})
    said: list[Event] = []
    with pytest.raises(EndpointError, match="what it had said is kept"):
        await hear(engine, ask(), said.append)
    assert "".join(one.text for one in said if isinstance(one, ThinkingDelta)).endswith("fifteen.")
    server.at[CHAT] = Say(REPLY)
    assert (await hear(engine, ask())).answer


async def test_a_silent_server_is_given_up(server: Server) -> None:
    never = threading.Event()
    server.at[CHAT] = Say([*THOUGHT, never])
    async with contextlib.aclosing(RemoteEngine({}, silence_s=0.2)) as engine:
        await load(engine, server.url)
        with pytest.raises(EndpointError, match="stopped answering"):
            await hear(engine, ask())
    never.set()


async def test_a_server_without_encryption_is_told_from_none(server: Server) -> None:
    error = await trouble(server.url.replace("http", "https"))
    assert "does not speak https" in error.message


async def test_a_server_that_is_not_there_is_named() -> None:
    with serving() as gone:
        url = gone.url
    error = await trouble(url)
    assert url.removeprefix("http://") in error.message
    assert "nothing answers" in error.message


@pytest.mark.parametrize(
    "listed", [b"<html>", b"[]", b'{"data":[{"id":7}]}', b"\xff", b" " * (5 << 20)], ids=range(5)
)
async def test_a_list_of_models_that_is_none_is_refused(server: Server, listed: bytes) -> None:
    server.at[MODELS] = Say([listed])
    assert "OpenAI-compatible" in (await trouble(server.url)).message


async def test_a_server_without_models_says_so(server: Server) -> None:
    server.at[MODELS] = Say([b'{"data":[]}'])
    assert "names no model" in (await trouble(server.url)).message


async def test_a_hostile_name_is_harmless_where_it_is_shown_and_sent_as_it_is(server: Server) -> None:
    name = "r1\x1b[2J\u202e\n" + "x" * 999
    server.at[MODELS] = models(name)
    async with contextlib.aclosing(RemoteEngine({})) as engine:
        await load(engine, server.url)
        assert engine.model is not None
        assert engine.model.served.isprintable()
        assert len(engine.model.served) < 200
        await hear(engine, ask())
    assert server.asked[-1].body["model"] == name


async def test_a_conversation_that_is_too_long_is_called_that(server: Server) -> None:
    said = '{"message":"This model\'s maximum context length is 4096 tokens.","code":400}'
    server.at[CHAT] = Say([said.encode()], 400)
    assert isinstance(await trouble(server.url), ContextFull)


@pytest.mark.parametrize(
    ("name", "base", "model", "host"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "", "127.0.0.1:8080"),
        ("HTTPS://Host/v1/#a/b:7b", "https://host/v1", "a/b:7b", "host"),
        ("http://[::1]:9/x/chat/completions", "http://[::1]:9/x", "", "[::1]:9"),
    ],
)
def test_an_address_names_where_the_api_is(name: str, base: str, model: str, host: str) -> None:
    address = parse_address(name)
    assert (address.base, address.model, address.host) == (base, model, host)


@pytest.mark.parametrize(
    "name", ["http://", "http://:80", "http://h:0", "http://h:99999", f"http://u:{KEY}@h", "http://h?k=1"]
)
def test_what_is_no_address_is_refused_without_its_password(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(name)
    assert KEY not in str(caught.value)


@settings(deadline=None)
@given(st.lists(st.integers(1, 40)), st.booleans())
def test_a_reply_is_the_same_however_its_bytes_are_cut(sizes: list[int], apart: bool) -> None:
    text = [chunk(content=part) for part in ("<thi", "nk>\nSéven ", "四 </", "think>\n\nIt is", " 15.")]
    stream = b"".join(REPLY if apart else [*text, finish(), usage(), END])

    def read(pieces: list[bytes]) -> tuple[str, str, int]:
        made = RemoteReply("h", opened=True, bounded=True, steady=lambda: 0.0, without_key=str)
        found = [one for piece in pieces for one in made.feed(piece)] + list(made.end())
        heard = Heard(found)
        closed = sum(isinstance(one, ThinkingDelta) and one.closed for one in found)
        assert not any(isinstance(one, AnswerDelta) and "think>" in one.text for one in found)
        return heard.thought, heard.answer, closed + heard.done.stats.thinking_tokens

    pieces, at = [], 0
    for size in sizes:
        pieces.append(stream[at : at + size])
        at += size
    assert read([*pieces, stream[at:]]) == read([stream])
