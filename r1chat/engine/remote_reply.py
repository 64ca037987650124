"""One reply of a server: the chunks that it streams, as the events of an engine."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Annotated

import msgspec

from r1chat.core.events import (
    AnswerDelta,
    Counts,
    Done,
    Event,
    FinishReason,
    Prefill,
    Stats,
    ThinkingDelta,
    ThoughtEnd,
)
from r1chat.core.thinking import Channel, Split
from r1chat.engine.base import EndpointError
from r1chat.engine.refusals import broken_off, error_words, no_such_server, unreachable
from r1chat.engine.sse import Events, ThoughtInText, TooLong

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_END = b"[DONE]"


class _Delta(msgspec.Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Thought(msgspec.Struct):
    reasoning_tokens: _Count | None = None


class _Cached(msgspec.Struct):
    cached_tokens: _Count | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0
    completion_tokens_details: _Thought | None = None
    prompt_tokens_details: _Cached | None = None


class _Progress(msgspec.Struct):
    total: _Count
    cache: _Count
    processed: _Count


class _Timings(msgspec.Struct):
    """llama-server's own."""

    predicted_ms: Annotated[float, msgspec.Meta(ge=0, le=1e10)] = 0.0


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    prompt_progress: _Progress | None = None
    timings: _Timings | None = None
    error: msgspec.Raw = msgspec.Raw()


class RemoteReply:
    """Reads what a server streams.

    `opened`: as for `ThoughtInText`. `bounded`: the request has a `max_tokens`, or the context is not known;
    else `length` means that the context is full. `steady`: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        host: str,
        *,
        opened: bool,
        bounded: bool,
        steady: Callable[[], float],
        without_key: Callable[[str], str],
    ) -> None:
        self._host, self._bounded, self._steady, self._without_key = host, bounded, steady, without_key
        self._events, self._text = Events(), ThoughtInText(opened=opened)
        self._decoder = msgspec.json.Decoder(_Chunk)
        self._began = steady()
        self._first: float | None = None
        self._finish = ""
        self._usage: _Usage | None = None
        self._decode_s = 0.0
        """As the server says; what arrives here may come in bursts."""
        self._chunks = 0
        self._lengths = {Channel.THINKING: 0, Channel.ANSWER: 0}
        self.over = False
        """The server said that nothing follows."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events in some bytes of the stream. Raises EndpointError."""
        try:
            yield from self._told(self._events.feed(data))
        except TooLong as error:
            raise no_such_server(self._host) from error

    def end(self) -> Iterator[Event]:
        """The stream has ended by itself: what was held back, then `Done`. Raises EndpointError."""
        yield from self._told(self._events.finish())
        if not self._chunks:
            raise no_such_server(self._host)
        yield from self._deltas(self._text.finish())
        match self._finish:
            case "stop":
                yield Done(0, FinishReason.STOP, self._stats())
            case "length":
                full = FinishReason.LENGTH if self._bounded else FinishReason.CONTEXT
                yield Done(0, full, self._stats())
            case "":
                raise unreachable("cut", self._host)
            case reason:
                raise broken_off(self._host, self._without_key(reason))

    def stop(self) -> Iterator[Event]:
        """A person ended it."""
        yield from self._deltas(self._text.finish())
        yield Done(0, FinishReason.CANCELLED, self._stats())

    def _told(self, events: Iterator[bytes]) -> Iterator[Event]:
        """What some events say; words of one kind that came together are one delta."""
        splits: list[Split] = []
        for event in events:
            if event.strip() == _END:
                self.over = True
            elif not self.over and event.strip():
                chunk = self._chunk(event)
                if (progress := chunk.prompt_progress) is not None:
                    yield Prefill(min(progress.processed, progress.total), progress.total, progress.cache)
                splits += self._said(chunk)
        yield from self._deltas(iter(splits))

    def _chunk(self, event: bytes) -> _Chunk:
        try:
            chunk = self._decoder.decode(event.decode(errors="replace"))
        except msgspec.MsgspecError as error:
            raise EndpointError(
                f"{self._host} sent something that is no part of a reply; what it had said is kept.",
                "Ask again; if it comes again, see the server's log.",
            ) from error
        if bytes(chunk.error) not in {b"", b"null"}:
            words = error_words(b'{"error":' + bytes(chunk.error) + b"}")
            raise broken_off(self._host, self._without_key(words))
        self._chunks += 1
        self._usage = chunk.usage or self._usage
        self._decode_s = chunk.timings.predicted_ms / 1000 if chunk.timings else self._decode_s
        return chunk

    def _said(self, chunk: _Chunk) -> Iterator[Split]:
        for choice in chunk.choices[:1]:
            self._finish = choice.finish_reason or self._finish
            if (delta := choice.delta) is not None:
                yield from self._text.thought(delta.reasoning_content or delta.reasoning or "")
                yield from self._text.answer(delta.content or "")

    def _deltas(self, splits: Iterator[Split]) -> Iterator[Event]:
        for channel, group in groupby(splits, key=lambda split: split.channel):
            same = list(group)
            text = "".join(split.text for split in same)
            self._lengths[channel] += len(text)
            self._first = self._steady() if self._first is None else self._first
            if channel is Channel.THINKING:
                yield ThinkingDelta(0, text, (), closed=any(split.closed for split in same))
            else:
                yield AnswerDelta(0, text, ())

    def _stats(self) -> Stats:
        now = self._steady()
        first = now if self._first is None else self._first
        thought, answer = self._lengths.values()
        stats = Stats(
            prefill_s=first - self._began,
            first_token_s=first - self._began,
            decode_s=self._decode_s or now - first,
            thought_end=ThoughtEnd.MODEL if thought and self._text.closed else None,
            counts=Counts.NONE,
        )
        if (usage := self._usage) is None:
            return stats
        made, known = usage.completion_tokens, usage.completion_tokens_details
        thinking, counts = round(made * thought / max(1, thought + answer)), Counts.SUM
        if (
            known is not None
            and known.reasoning_tokens is not None
            and (known.reasoning_tokens or not thought)
        ):
            thinking, counts = min(known.reasoning_tokens, made), Counts.EXACT
        elif not (thought and answer):
            counts = Counts.EXACT
        cached = usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None
        return msgspec.structs.replace(
            stats,
            prompt_tokens=usage.prompt_tokens,
            cached_tokens=min(cached or 0, usage.prompt_tokens),
            thinking_tokens=thinking,
            answer_tokens=made - thinking,
            counts=counts,
        )
