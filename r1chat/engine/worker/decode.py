"""The decode loop: one reply, from prompt to end."""

import time
from collections import deque

from r1chat.core.conversation import Mode
from r1chat.core.events import Done, FinishReason, Prefill, Stats, ThoughtEnd
from r1chat.core.prompt import closing_words, paragraph_break, prompt_pieces
from r1chat.core.thinking import Channel, ThoughtSplitter
from r1chat.engine.base import AnswerNow, ContextFull, GenerateRequest, Inject
from r1chat.engine.worker.capi import Aborted, Sampler
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.landing import Landing
from r1chat.engine.worker.outbox import Outbox
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.stopping import StopStrings
from r1chat.engine.worker.tokens import Tokens

ROOM_FOR_A_REPLY = 16
"""Tokens that must be free behind the prompt; with fewer there is no sense in beginning."""


class Generation:
    """State of one reply. `run` streams it to the pipe."""

    def __init__(self, request: GenerateRequest, tokens: Tokens, kv: KvCache, pipe: Pipe) -> None:
        self._request, self._tokens, self._kv, self._pipe = request, tokens, kv, pipe
        prefix = request.prefix
        thinking = not prefix.closed if prefix else request.thinking.mode is not Mode.OFF
        before = (prefix.answer if prefix.closed else prefix.thinking) if prefix else ""
        self._splitter = ThoughtSplitter(
            tokens.think, tokens.end_think, thinking=thinking, text_before=before
        )
        self._thought_tail = prefix.thinking[-2:] if prefix and thinking else ""
        self._outbox = Outbox(pipe.send)
        self._stops = StopStrings(request.stop)
        self._forced: deque[int] = deque()
        self._counts = {Channel.THINKING: 0, Channel.ANSWER: 0}
        self._thought_before = 0
        self._thought_end: ThoughtEnd | None = None
        self._line_ended = False
        self._started = time.monotonic()
        self._first_token = self._prefilled = 0.0

    def run(self) -> None:
        """Stream the reply, with its `Done`. Raises ContextFull."""
        prompt = self._prompt()
        kv, context = self._kv, self._kv.context
        if len(prompt) + ROOM_FOR_A_REPLY > context.n_ctx:
            raise ContextFull(
                f"The conversation has {len(prompt)} tokens and the context {context.n_ctx}: "
                "no room is left for a reply.",
                "Start a new chat, or load the model with a larger context (--ctx).",
            )
        cached = kv.reuse(prompt)
        room = context.n_ctx - len(prompt)
        if self._request.max_tokens is not None:
            room = min(room, self._request.max_tokens)
        closing = len(self._closing_ids())
        landing = Landing(self._request.thinking, room, closing)
        sampling = self._request.sampling
        sampler = Sampler(sampling.temperature, sampling.top_p, sampling.seed)
        try:
            reason = self._prefill(prompt, cached) or self._decode(sampler, landing, room)
        finally:
            sampler.close()
        self._finish(reason, len(prompt), cached)

    def _prompt(self) -> list[int]:
        request, prefix = self._request, self._request.prefix
        if prefix is None:
            return self._tokens.encode(prompt_pieces(request.turns, request.thinking.mode))
        ids = self._tokens.prefix(prefix)
        self._thought_before = 0 if prefix.closed else len(ids)
        return self._tokens.encode(prompt_pieces(request.turns, Mode.FULL)) + ids

    def _prefill(self, prompt: list[int], cached: int) -> FinishReason | None:
        total = len(prompt)
        self._pipe.send(Prefill(cached, total, cached))
        try:
            self._kv.prefill(prompt, lambda done: self._pipe.send(Prefill(done, total, cached)))
        except Aborted:
            return FinishReason.CANCELLED
        finally:
            self._prefilled = time.monotonic()
        return None

    def _decode(self, sampler: Sampler, landing: Landing, room: int) -> FinishReason:
        """Sample and decode until something ends the reply."""
        kv, pipe, context, stop = self._kv, self._pipe, self._kv.context, self._tokens.stop
        made = 0
        while True:
            if pipe.stopped:
                return FinishReason.CANCELLED
            if pipe.commands or not self._forced:
                self._steer(landing)
            forced = bool(self._forced)
            token = self._forced.popleft() if forced else sampler.sample(context)
            if not made:
                self._first_token = time.monotonic()
            if token in stop and not forced:
                return FinishReason.STOP
            made += 1
            full = context.n_past >= context.n_ctx
            if not full:
                try:
                    kv.add((token,))
                except Aborted:
                    self._take(token, forced=forced)
                    return FinishReason.CANCELLED
            if self._take(token, forced=forced):
                return FinishReason.STOP
            if full:
                return FinishReason.CONTEXT
            if made >= room:
                return FinishReason.LENGTH if made == self._request.max_tokens else FinishReason.CONTEXT

    def _take(self, token: int, *, forced: bool) -> bool:
        """One more token of the reply; True when it completed a stop string."""
        split = self._splitter.feed(token, self._tokens.piece(token))
        if split.closed:
            self._thought_end = self._thought_end or ThoughtEnd.MODEL
        else:
            self._counts[split.channel] += 1
        text, hit = split.text, False
        if split.channel is Channel.ANSWER:
            text, hit = self._stops.feed(text)
        elif text:
            self._thought_tail = (self._thought_tail + text)[-2:]
            self._line_ended = text.endswith("\n")
        self._outbox.add(split.channel, text, token, forced=forced, closed=split.closed)
        return hit

    def _steer(self, landing: Landing) -> None:
        """Put words into the open thought where the person or its landing asks for it."""
        if self._splitter.channel is not Channel.THINKING or self._splitter.mid_character:
            if self._splitter.channel is not Channel.THINKING:
                self._pipe.commands.clear()
            return
        if self._thought_end is not None:
            return  # already closing
        while self._pipe.commands:
            match self._pipe.commands.popleft():
                case AnswerNow():
                    self._close(ThoughtEnd.USER)
                    return
                case Inject(text):
                    words = paragraph_break(self._thought_tail or "…") + text.strip() + "\n"
                    self._forced.extend(self._tokens.text(words))
        if not self._forced and landing.due(
            self._thought_before + self._counts[Channel.THINKING], self._line_ended
        ):
            self._close(landing.end)

    def _close(self, end: ThoughtEnd) -> None:
        self._thought_end = end
        self._forced.extend(self._closing_ids())

    def _closing_ids(self) -> list[int]:
        words = self._tokens.text(closing_words(self._thought_tail))
        return [*words, self._tokens.end_think, *self._tokens.text("\n\n")]

    def _finish(self, reason: FinishReason, prompt_tokens: int, cached: int) -> None:
        rest = self._splitter.finish()
        text = rest.text
        if rest.channel is Channel.ANSWER:
            text = self._stops.feed(text)[0] + self._stops.rest()
        if text:
            self._outbox.add(rest.channel, text)
        self._outbox.flush()
        now = time.monotonic()
        first = self._first_token or now
        stats = Stats(
            prompt_tokens=prompt_tokens,
            cached_tokens=cached,
            thinking_tokens=self._counts[Channel.THINKING],
            answer_tokens=self._counts[Channel.ANSWER],
            prefill_s=self._prefilled - self._started,
            first_token_s=first - self._started,
            decode_s=now - first,
            thought_end=self._thought_end if self._splitter.channel is Channel.ANSWER else None,
        )
        self._pipe.send(Done(0, reason, stats))
