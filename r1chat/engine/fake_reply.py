"""What FakeEngine says: toy tokens, replies, and the state of one generation."""

import re
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from r1chat.core.conversation import Mode
from r1chat.core.events import AnswerDelta, Done, FinishReason, Rewound, Stats, ThinkingDelta, ThoughtEnd
from r1chat.core.landing import Landing
from r1chat.core.prompt import Markup, Piece, Prefix, closing_words, injected_words
from r1chat.core.watch import Cut, ThoughtWatch, answer_watch
from r1chat.engine.base import AnswerNow, Command, EngineError, GenerateRequest, Inject

END_THINK = 1
"""Id of `</think>`; the other markup has 2 to 7, words begin at 16."""
PREFILL_TOKENS_PER_S = 1000.0
DECODE_TOKENS_PER_S = 50.0
"""The fake's clock: figures that are the same on every machine."""
_MARKUP = {markup: 2 + index for index, markup in enumerate(Markup)} | {Markup.END_THINK: END_THINK}
_WORD = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")


@dataclass(frozen=True)
class Reply:
    """One reply, as scripted."""

    thought: str = ""
    """Said before the answer; left out where thinking is off or over."""
    answer: str = ""
    error: EngineError | None = None
    """Raised after `error_after` tokens."""
    error_after: int = 0


def words(text: str) -> list[str]:
    """The toy tokens of a text: a word or a sign with the blanks before it. Joined they are `text` again."""
    return _WORD.findall(text)


def ids(pieces: Iterable[str]) -> tuple[int, ...]:
    """Stable ids of toy tokens."""
    return tuple(16 + zlib.crc32(piece.encode()) % 100_000 for piece in pieces)


def prompt_ids(pieces: Iterable[Piece]) -> tuple[int, ...]:
    """The toy tokens of a prompt, markup included."""
    out: list[int] = []
    for piece in pieces:
        out += (_MARKUP[piece],) if isinstance(piece, Markup) else ids(words(piece.text))
    return tuple(out)


def prefix_ids(prefix: Prefix) -> tuple[int, ...]:
    """The toy tokens of an assistant prefix, as a reply that said it would have made them."""
    thought, answer = ids(words(prefix.thinking)), ids(words(prefix.answer))
    if prefix.thoughtless:
        return answer
    return (*thought, END_THINK, *ids(["\n\n"]), *answer) if prefix.closed else thought


def default_reply(question: str) -> Reply:
    """What is said when the script is over: the same for the same question."""
    asked = " ".join(question.split())[:80]
    count = len(question.split())
    thought = (
        f"The question is: {asked}\nI am a scripted engine, so there is nothing to look up. "
        "What I can do honestly is to count its words.\n\n"
        f"Let me count them one by one. That makes {count}. "
        "Wait, let me check that by splitting it at the blanks. "
        f"Yes, it is {count} again.\n"
    )
    answer = (
        f"I am r1chat's **scripted engine**, so I only counted: your question has {count} words.\n\n"
        f'```python\nprint(len("""{asked}""".split()))\n```\n\n'
        f"So the final answer is $\\boxed{{{count}}}$."
    )
    return Reply(thought, answer)


def _after(text: str, said: str) -> str:
    """What is left of `text` when its beginning was said already; all of it where something else was said."""
    return text.removeprefix(said)


@dataclass
class _Words:
    """Words that wait to be said. `end`: what the thought's end is due to, where they end it."""

    pieces: list[str]
    end: ThoughtEnd | None = None


class Run:
    """State of one sample: what is left to say, and what was said. One `step` is one delta.

    `room`: tokens that the context has left, `reserved` of them for the answer.
    """

    def __init__(
        self, request: GenerateRequest, reply: Reply, *, room: int, reserved: int, sample: int = 0
    ) -> None:
        self._sample = sample
        prefix = request.prefix or Prefix(closed=request.thinking.mode is Mode.OFF)
        self._thought = prefix.thinking
        self._closed = prefix.closed
        self._thought_left = deque(words(_after(reply.thought, prefix.thinking)))
        answer = _cut(_after(reply.answer, prefix.answer), request.stop)
        self._answer_left = deque(words(answer) if prefix.closed else ["\n\n", *words(answer)])
        self._answer_begun = bool(prefix.answer.strip())
        self._forced: deque[_Words] = deque()
        self._reply, self._room, self._full = reply, room, FinishReason.CONTEXT
        end = ThoughtEnd.CONTEXT
        if request.max_tokens is not None and request.max_tokens <= room:
            self._room, self._full = request.max_tokens, FinishReason.LENGTH
            reserved, end = 0, ThoughtEnd.LENGTH
        closing = len(words(closing_words("x"))) + 1
        self._landing = Landing(request.thinking, self._room, closing, reserved=reserved, end=end)
        self._watch = ThoughtWatch(ids(words(prefix.thinking)))
        self._answer_watch = answer_watch()
        self._cut: Cut | None = None
        self._pieces: list[str] = []
        self._end: ThoughtEnd | None = None
        self._stopped = self._circling = False
        self._thinking_tokens = 0
        self._answer_tokens = 0
        self.made: list[int] = []
        """Ids of all tokens so far."""

    def reason(self) -> FinishReason | None:
        """Why it is over; None while it is not. Raises the reply's error where its time has come."""
        if self._stopped:
            return FinishReason.CANCELLED
        if self._reply.error is not None and len(self.made) >= self._reply.error_after:
            raise self._reply.error
        if len(self.made) >= self._room:
            return self._full
        if self._circling:
            return FinishReason.LOOP
        over = self._closed and not self._answer_left
        return FinishReason.STOP if over else None

    def stop(self) -> None:
        """It is over now."""
        self._stopped = True

    def obey(self, command: Command) -> None:
        """`AnswerNow` and `Inject`; they mean nothing once the thought is closed."""
        landing = any(words.end for words in self._forced)
        match command:
            case AnswerNow() if not self._closed and not landing:
                self._land(ThoughtEnd.USER)
            case Inject(text) if not self._closed and not landing:
                self._forced.append(_Words(words(injected_words(self._thought, text))))

    def step(self) -> ThinkingDelta | Rewound | AnswerDelta:
        """The next delta."""
        if self._closed:
            return self._answer()
        if self._cut is not None:
            return self._rewind(self._cut)
        ended = self._thought.endswith("\n")
        if not self._forced and self._landing.due(self._thinking_tokens, ended):
            self._land(self._landing.end, wordless=self._landing.wordless)
        if self._forced:
            return self._force(self._forced.popleft())
        if not self._thought_left:
            return self._close(ThoughtEnd.MODEL, forced=False)
        return self._think([self._thought_left.popleft()], forced=False)

    def done(self, reason: FinishReason, prompt_tokens: int, cached: int) -> Done:
        """The end, with its figures."""
        made = len(self.made)
        prefill_s = (prompt_tokens - cached) / PREFILL_TOKENS_PER_S
        stats = Stats(
            prompt_tokens=prompt_tokens,
            cached_tokens=cached,
            thinking_tokens=self._thinking_tokens,
            answer_tokens=self._answer_tokens,
            prefill_s=prefill_s,
            first_token_s=prefill_s + 1 / DECODE_TOKENS_PER_S if made else 0.0,
            decode_s=made / DECODE_TOKENS_PER_S,
            thought_end=self._end,
        )
        return Done(self._sample, reason, stats)

    def _land(self, end: ThoughtEnd, *, wordless: bool = False) -> None:
        said = [] if wordless else words(closing_words(self._thought))
        self._forced.append(_Words(said, end))

    def _force(self, said: _Words) -> ThinkingDelta:
        if said.pieces:
            if said.end:
                self._forced.appendleft(_Words([], said.end))
            return self._think(said.pieces[: self._room - len(self.made)], forced=True)
        return self._close(said.end or ThoughtEnd.USER, forced=True)

    def _think(self, pieces: Sequence[str], *, forced: bool) -> ThinkingDelta:
        tokens = ids(pieces)
        text = "".join(pieces)
        self._thought += text
        self._thinking_tokens += len(tokens)
        self.made += tokens
        self._pieces += pieces
        if not any(words.end for words in self._forced):
            for token in tokens:
                self._cut = self._watch.feed(token) or self._cut
        return ThinkingDelta(self._sample, text, tokens, forced=forced)

    def _rewind(self, cut: Cut) -> Rewound:
        """Withdraw the circle. What a real model does when it is drawn hotter: it says something else."""
        gone = self._pieces[cut.kept :]
        cycle, text = gone[: cut.period], "".join(gone)
        said = len(gone)
        while self._thought_left and self._thought_left[0] == cycle[said % cut.period]:
            self._thought_left.popleft()
            said += 1
        del self._pieces[cut.kept :]
        del self.made[len(self.made) - len(gone) :]
        self._thought = self._thought[: len(self._thought) - len(text)]
        self._thinking_tokens -= len(gone)
        self._cut = None
        if cut.final:
            self._land(ThoughtEnd.LOOP)
        return Rewound(self._sample, len(gone), len(text), "".join(cycle), cut.copies)

    def _close(self, end: ThoughtEnd, *, forced: bool) -> ThinkingDelta:
        self._closed, self._end = True, end
        self._forced.clear()
        self.made.append(END_THINK)
        return ThinkingDelta(self._sample, "", (END_THINK,), closed=True, forced=forced)

    def _answer(self) -> AnswerDelta:
        piece = self._answer_left.popleft()
        tokens = ids([piece])
        self._answer_tokens += 1
        self.made += tokens
        self._circling = bool(self._answer_watch.feed(tokens[0]))
        text = piece if self._answer_begun else piece.lstrip("\n")
        self._answer_begun = self._answer_begun or bool(text.strip())
        return AnswerDelta(self._sample, text, tokens)


def _cut(answer: str, stops: Iterable[str]) -> str:
    """`answer` up to the first stop string in it."""
    found = [at for stop in stops if stop and (at := answer.find(stop)) >= 0]
    return answer[: min(found)] if found else answer
