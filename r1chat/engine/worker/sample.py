"""One continuation of a prompt: what it says next, what is put into its mouth, and how it ends."""

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from r1chat.core.conversation import MAX_SEED, Mode, Sampling
from r1chat.core.events import Done, FinishReason, Rewound, Stats, ThoughtEnd
from r1chat.core.landing import Landing
from r1chat.core.loops import STRIDE
from r1chat.core.prompt import closing_words, injected_words
from r1chat.core.thinking import Channel, ThoughtSplitter
from r1chat.core.watch import STRETCH, Cut, ThoughtWatch, answer_watch, heated
from r1chat.engine.base import AnswerNow, GenerateRequest, Inject
from r1chat.engine.worker.kv import Branch
from r1chat.engine.worker.outbox import Outbox
from r1chat.engine.worker.pipe import Pipe
from r1chat.engine.worker.sampler import Sampler
from r1chat.engine.worker.stopping import StopStrings
from r1chat.engine.worker.tokens import Tokens

_OTHER_DRAWS = 0x5DEECE66
"""Added to a seed for the draws of a hotter stretch."""


class Allowance(NamedTuple):
    """What may be generated, in tokens."""

    room: int
    reserved: int
    """Of the context, for the answer; 0 where the reply's length is what bounds the room."""
    end: ThoughtEnd
    """What bounds it."""


class Back(NamedTuple):
    """The sample's branch is to be cut to so many tokens; then it goes on."""

    length: int


class Sample:
    """State of one continuation, number `index` of its request, on a branch that holds the prompt.

    `prefix` are the ids of the request's assistant prefix.
    """

    def __init__(
        self, request: GenerateRequest, tokens: Tokens, pipe: Pipe, index: int,
        samplers: Callable[[Sampling, int, Sequence[int]], Sampler], branch: Branch,
        *, prefix: Sequence[int], allowance: Allowance,
    ) -> None:  # fmt: skip
        said = request.prefix
        thinking = not said.closed if said else request.thinking.mode is not Mode.OFF
        before = (said.answer if said.closed else said.thinking) if said else ""
        self.branch = branch
        self.commands: deque[AnswerNow | Inject] = deque()
        """To be obeyed between two characters."""
        self._samplers, self._sampling, self._cool_at = samplers, request.sampling, 0
        self._sampler = samplers(request.sampling, index, prefix)
        self._answer: list[str] = []
        self._first_token = 0.0
        self._index, self._pipe, self._tokens, self._room = index, pipe, tokens, allowance.room
        self._limit, self._before = request.max_tokens, before
        self._texts = tokens.texts
        self._splitter = ThoughtSplitter(
            tokens.think, tokens.end_think, thinking=thinking, text_before=before
        )
        self._thought_tail = before[-2:] if thinking else ""
        self._outbox = Outbox(pipe.send, index)
        self._stops = StopStrings(request.stop)
        self._cut_short = bool(request.stop)
        self.token = 0
        """Drawn last."""
        self._is_forced = False
        self._plain = False
        """An unforced token of whole characters now adds just those, in the channel of the one before."""
        self._forced: deque[int] = deque()
        self._landing = Landing(
            request.thinking,
            allowance.room,
            len(self._closing_ids()),
            before=len(prefix) if thinking else 0,
            reserved=allowance.reserved,
            end=allowance.end,
        )
        self._in_answer = not thinking
        self._thought_watch = ThoughtWatch(prefix if thinking else ())
        self._answer_watch = answer_watch()
        self._base, self._watched = len(branch.ids), 0
        self._begin = self._base - len(prefix)
        self._look_at = min(STRIDE, self._room)
        self._silent = False
        """The next token is one that was said before a cut, for its logits."""
        self._thinking_tokens = self._answer_tokens = self._made = 0
        self._thought_end: ThoughtEnd | None = None

    @property
    def known(self) -> Collection[int]:
        """Ids that will be drawn next, whatever the model says."""
        return self._forced

    @property
    def answer(self) -> str:
        """The answer so far."""
        return "".join(self._answer)

    @property
    def _thinking(self) -> bool:
        """Its thought is open, and nobody is closing it."""
        return self._splitter.channel is Channel.THINKING and self._thought_end is None

    def draw(self, row: int) -> bool:
        """Draw `token`, from its logits in row `row` or because it is forced; False: the reply ends here.

        With `take` it is what a token costs beside llama.cpp, from caches that the last decode has emptied:
        so nothing is called, made or looked up that an ordinary token does not need.
        """
        if not self._forced and (self.commands or self._thinking_tokens >= self._landing.soft):
            self._steer()
        self._is_forced = False
        if not self._forced:
            self.token = token = self._sampler.sample(row)
            if not self._first_token:
                self._first_token = time.monotonic()
            if token not in self._tokens.stop:
                return True
            if not self._thinking:
                return False
            self._close(ThoughtEnd.MODEL)  # the end of the reply, with no answer in it: there shall be one
        self._is_forced = True
        self.token = self._forced.popleft()
        self._sampler.accept(self.token)
        return True

    def take(self) -> FinishReason | Back | None:
        """Stream the drawn token; why the reply ends with it, or how far it has to go back, if either."""
        token = self.token
        text = self._texts[token] if self._plain and not self._is_forced else None
        if text is None:
            if self._silent:
                self._silent = False
                return None
            if self._take_odd(token):
                return FinishReason.STOP
        elif self._in_answer:
            self._answer_tokens += 1
            self._answer.append(text)
            self._outbox.put(text, token)
        else:
            self._thinking_tokens += 1
            self._thought_tail = (self._thought_tail + text)[-2:]
            self._outbox.put(text, token)
        self._made += 1
        return self._look() if self._made >= self._look_at else None

    def _look(self) -> FinishReason | Back | None:
        """Every few tokens: is there room for more, and does it go round in circles?"""
        made = self._made
        if made >= self._room:
            return FinishReason.LENGTH if made == self._limit else FinishReason.CONTEXT
        self._look_at = min(made + STRIDE, self._room)
        if self._cool_at and made >= self._cool_at:
            self._draw_at(self._sampling.temperature, self._made)
        ids, base = self.branch.ids, self._base
        if len(ids) < base + made or self._forced:
            return None
        fresh = ids[base + self._watched : base + made]
        self._watched = made
        if self._in_answer:
            return FinishReason.LOOP if self._answer_watch.extend(fresh) else None
        cut = self._thought_watch.extend(fresh) if self._thinking else None
        return self._go_back(cut, ids[base : base + made]) if cut else None

    def _go_back(self, cut: Cut, made: Sequence[int]) -> Back:
        """Withdraw the end of the thought; what follows is drawn hotter for a while, or is the answer."""
        whole, _ = self._spell(made)
        cycle, _ = self._spell(made[: cut.kept + cut.period])
        kept, self._splitter = self._spell(made[: cut.kept])
        self._outbox.flush()
        gone, words = len(whole) - len(kept), cycle[len(kept) :]
        self._pipe.send(Rewound(self._index, len(made) - cut.kept, gone, words, cut.copies))
        self._made = self._thinking_tokens = self._watched = cut.kept
        self._look_at = min(cut.kept + STRIDE, self._room)
        self._thought_tail = (self._before + kept)[-2:]
        self._plain, self._silent = False, True
        self._forced.append(self.branch.ids[self._base + cut.kept - 1])
        if cut.final:
            self._close(ThoughtEnd.LOOP)
        else:
            self._draw_at(heated(self._sampling.temperature), cut.kept - 1, until=cut.kept + STRETCH)
        return Back(self._base + cut.kept - 1)

    def _spell(self, ids: Sequence[int]) -> tuple[str, ThoughtSplitter]:
        """The words of the thought's first ids, and the state after them."""
        tokens = self._tokens
        splitter = ThoughtSplitter(tokens.think, tokens.end_think, thinking=True, text_before=self._before)
        return "".join([splitter.feed(token, tokens.piece(token)).text for token in ids]), splitter

    def _draw_at(self, temperature: float, said: int, *, until: int = 0) -> None:
        """Draw at another temperature, behind so many tokens, until so many are made; 0: from now on."""
        self._sampler.close()
        seed = (self._sampling.seed + _OTHER_DRAWS + self._made) % (MAX_SEED + 1)
        self._sampler = self._samplers(
            replace(self._sampling, temperature=temperature, seed=seed),
            self._index,
            self.branch.ids[self._begin : self._base + said],
        )
        self._cool_at = until

    def _take_odd(self, token: int) -> bool:
        """Any token at all; True where a stop string was reached."""
        splitter, forced = self._splitter, self._is_forced
        split = splitter.feed(token, self._tokens.piece(token))
        text, hit = split.text, False
        self._outbox.turn(split.channel, forced=forced)
        if split.closed:
            self._thought_end = self._thought_end or ThoughtEnd.MODEL
        elif split.channel is Channel.ANSWER:
            self._answer_tokens += 1
            text, hit = self._stops.feed(text)
            self._answer.append(text)
        else:
            self._thinking_tokens += 1
            self._thought_tail = (self._thought_tail + text)[-2:]
        self._outbox.put(text, token, closed=split.closed)
        self._in_answer = splitter.channel is Channel.ANSWER
        self._plain = (
            splitter.steady and not forced and not split.closed and not (self._in_answer and self._cut_short)
        )
        return hit

    def finish(self, reason: FinishReason, stats: Stats, begun: float) -> None:
        """Send what is left and its `Done`. `stats` has the prompt's figures, `begun` the request's time."""
        rest = self._splitter.finish()
        text = rest.text
        if rest.channel is Channel.ANSWER:
            text = self._stops.feed(text)[0] + self._stops.rest()
            self._answer.append(text)
        if text:
            self._outbox.turn(rest.channel, forced=self._is_forced)
            self._outbox.words(text)
        self._outbox.flush()
        self._sampler.close()
        now = time.monotonic()
        first = self._first_token or now
        figures = Stats(
            prompt_tokens=stats.prompt_tokens,
            cached_tokens=stats.cached_tokens,
            drafted_tokens=stats.drafted_tokens,
            accepted_tokens=stats.accepted_tokens,
            thinking_tokens=self._thinking_tokens,
            answer_tokens=self._answer_tokens,
            prefill_s=stats.prefill_s,
            first_token_s=first - begun,
            decode_s=now - first,
            thought_end=self._thought_end if self._splitter.channel is Channel.ANSWER else None,
        )
        self._pipe.send(Done(self._index, reason, figures))

    def _steer(self) -> None:
        """Put words into the open thought, between two characters, where person or landing asks for it."""
        if self._splitter.mid_character:
            return
        if not self._thinking:
            self.commands.clear()
            return
        command = self.commands.popleft() if self.commands else None
        if isinstance(command, AnswerNow):
            self._close(ThoughtEnd.USER)
        elif self._landing.due(self._thinking_tokens, self._thought_tail.endswith("\n")):
            self._close(self._landing.end, wordless=self._landing.wordless)
        elif command is not None:  # the next command finds these words said
            words = self._tokens.text(injected_words(self._thought_tail, command.text))
            self._force(words[: self._landing.left(self._thinking_tokens)])

    def _close(self, end: ThoughtEnd, *, wordless: bool = False) -> None:
        self._thought_end = end
        self._force(self._closing_ids(wordless=wordless))

    def _force(self, ids: list[int]) -> None:
        """Have these said next, in deltas of their own: that tells apart whose words they are."""
        self._outbox.flush()
        self._forced.extend(ids)

    def _closing_ids(self, *, wordless: bool = False) -> list[int]:
        line_end = "" if self._thought_tail.endswith("\n") else "\n"
        words = line_end if wordless else closing_words(self._thought_tail)
        return [*self._tokens.text(words), self._tokens.end_think, *self._tokens.text("\n\n")]
