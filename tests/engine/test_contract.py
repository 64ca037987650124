"""What every engine promises, on the scripted one and on the real one over the embedded model."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from r1chat.core.conversation import Mode, Role, Sampling, Thinking
from r1chat.core.events import (
    AnswerDelta,
    Done,
    Event,
    FinishReason,
    Prefill,
    Resumed,
    Shortened,
    ThinkingDelta,
    ThoughtEnd,
)
from r1chat.core.ledger import Overflow
from r1chat.core.prompt import CLOSING, Prefix, Turn
from r1chat.engine.base import (
    AnswerNow,
    ContextFull,
    Engine,
    EngineError,
    GenerateRequest,
    Inject,
    LoadRequest,
    Stop,
)
from r1chat.engine.fake import FakeEngine
from r1chat.engine.local import LocalEngine
from r1chat.paths import tiny_model

QUESTION = "Compute 47 + 386."
FULL = Thinking()
TINY = LoadRequest(path=str(tiny_model()), n_ctx=1024)


@pytest.fixture(params=["fake", "local"])
async def unloaded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Engine]:
    engine: Engine = FakeEngine(n_ctx=1024) if request.param == "fake" else LocalEngine(tmp_path / "logs")
    async with contextlib.aclosing(engine):
        yield engine


@pytest.fixture
async def engine(unloaded: Engine) -> Engine:
    async for _ in unloaded.load(TINY):
        pass
    return unloaded


def ask(
    *turns: str, thinking: Thinking = FULL, prefix: Prefix | None = None, **more: object
) -> GenerateRequest:
    roles = (Role.USER, Role.ASSISTANT)
    return GenerateRequest(
        turns=tuple(Turn(roles[index % 2], text) for index, text in enumerate(turns or (QUESTION,))),
        sampling=Sampling(seed=7, temperature=0.0),
        thinking=thinking,
        prefix=prefix,
        **more,
    )


@dataclass
class Heard:
    """What a stream said."""

    events: list[Event] = field(default_factory=list)

    @property
    def thought(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ThinkingDelta))

    @property
    def answer(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, AnswerDelta))

    @property
    def tokens(self) -> tuple[int, ...]:
        return tuple(
            token
            for event in self.events
            if isinstance(event, ThinkingDelta | AnswerDelta)
            for token in event.tokens
        )

    @property
    def forced(self) -> str:
        return "".join(
            event.text for event in self.events if isinstance(event, ThinkingDelta) and event.forced
        )

    @property
    def done(self) -> Done:
        last = self.events[-1]
        assert isinstance(last, Done)
        assert sum(isinstance(event, Done) for event in self.events) == 1
        return last


async def hear(
    engine: Engine, request: GenerateRequest, on_event: Callable[[Event], None] | None = None
) -> Heard:
    heard = Heard()
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            heard.events.append(event)
            if on_event is not None:
                on_event(event)
    return heard


def once(kind: type[Event], action: Callable[[], None]) -> Callable[[Event], None]:
    """A listener that acts at the first event of a kind."""
    pending = [action]

    def listen(event: Event) -> None:
        if isinstance(event, kind) and pending:
            pending.pop()()

    return listen


async def test_a_load_tells_its_progress_and_then_knows_the_model(unloaded: Engine) -> None:
    fractions = [event.fraction async for event in unloaded.load(TINY)]
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    assert unloaded.model is not None
    assert unloaded.model.n_ctx == 1024
    assert [event async for event in unloaded.load(TINY)] == []


async def test_nothing_is_generated_before_a_load(unloaded: Engine) -> None:
    with pytest.raises(EngineError):
        await hear(unloaded, ask())


async def test_a_reply_is_prefill_then_thought_then_answer_then_one_done(engine: Engine) -> None:
    heard = await hear(engine, ask())
    kinds = [type(event) for event in heard.events]
    order = [Prefill, ThinkingDelta, AnswerDelta, Done]
    assert kinds == sorted(kinds, key=order.index)
    assert set(kinds) == set(order)
    closers = [event for event in heard.events if isinstance(event, ThinkingDelta) and event.closed]
    assert len(closers) == 1
    assert heard.thought.strip()
    assert heard.answer == heard.answer.lstrip("\n") != ""
    assert heard.done.reason is FinishReason.STOP


async def test_statistics_count_what_was_streamed(engine: Engine) -> None:
    heard = await hear(engine, ask())
    stats = heard.done.stats
    prefills = [event for event in heard.events if isinstance(event, Prefill)]
    assert [event.done for event in prefills] == sorted(event.done for event in prefills)
    assert prefills[-1].done == prefills[-1].total == stats.prompt_tokens
    assert stats.thinking_tokens + stats.answer_tokens + 1 == len(heard.tokens)  # one more: </think>
    assert stats.thought_end is ThoughtEnd.MODEL
    assert 0 <= stats.prefill_s <= stats.first_token_s
    assert stats.decode_s > 0


async def test_thinking_off_answers_at_once(engine: Engine) -> None:
    heard = await hear(engine, ask(thinking=Thinking(Mode.OFF)))
    assert not any(isinstance(event, ThinkingDelta) for event in heard.events)
    assert heard.answer
    assert heard.done.stats.thinking_tokens == 0
    assert heard.done.stats.thought_end is None


async def test_max_tokens_ends_a_reply_with_length(engine: Engine) -> None:
    heard = await hear(engine, ask(max_tokens=5))
    assert heard.done.reason is FinishReason.LENGTH
    assert len(heard.tokens) == 5


async def test_a_budget_lands_softly_and_leaves_an_answer(engine: Engine) -> None:
    free = await hear(engine, ask())
    budget = free.done.stats.thinking_tokens // 2
    heard = await hear(engine, ask(thinking=Thinking(Mode.BUDGET, budget)))
    assert heard.done.stats.thinking_tokens <= max(budget, 40)
    assert heard.done.stats.thinking_tokens < free.done.stats.thinking_tokens
    assert heard.done.stats.thought_end is ThoughtEnd.BUDGET
    assert heard.forced.strip() == CLOSING
    assert heard.answer
    assert heard.done.reason is FinishReason.STOP


async def test_a_reserve_is_kept_for_the_answer_when_tokens_are_few(engine: Engine) -> None:
    heard = await hear(engine, ask(max_tokens=90))
    assert heard.done.stats.thought_end in {ThoughtEnd.LENGTH, ThoughtEnd.MODEL}
    assert heard.answer


async def test_stop_keeps_what_was_said_and_leaves_the_engine_ready(engine: Engine) -> None:
    heard = await hear(engine, ask(), once(ThinkingDelta, lambda: engine.control(Stop())))
    assert heard.done.reason is FinishReason.CANCELLED
    assert heard.done.stats.thought_end is None
    again = await hear(engine, ask())
    assert again.done.reason is FinishReason.STOP


async def test_a_stream_closed_early_leaves_the_engine_ready(engine: Engine) -> None:
    async with contextlib.aclosing(engine.generate(ask())) as events:
        async for event in events:
            if isinstance(event, ThinkingDelta):
                break
    again = await hear(engine, ask())
    assert again.done.reason is FinishReason.STOP


async def test_answer_now_closes_the_thought_with_a_sentence(engine: Engine) -> None:
    heard = await hear(engine, ask(), once(ThinkingDelta, lambda: engine.control(AnswerNow())))
    assert heard.done.stats.thought_end is ThoughtEnd.USER
    assert CLOSING in heard.thought
    assert heard.forced.strip() == CLOSING
    assert heard.answer


async def test_injected_words_stand_in_the_thought_and_it_goes_on(engine: Engine) -> None:
    words = "Wait, check that by substituting."
    heard = await hear(engine, ask(), once(ThinkingDelta, lambda: engine.control(Inject(words))))
    assert heard.forced.strip() == words
    before, _, after = heard.thought.partition(words)
    assert before.endswith("\n\n")
    assert after.strip()
    assert heard.answer


async def test_a_prefix_is_gone_on_with_and_not_said_again(engine: Engine) -> None:
    free = await hear(engine, ask())
    half = free.thought[: len(free.thought) // 2]
    heard = await hear(engine, ask(prefix=Prefix(thinking=half)))
    assert not heard.thought.startswith(half[:20])
    assert heard.answer
    assert heard.done.stats.prompt_tokens > free.done.stats.prompt_tokens


async def test_a_prefix_in_the_answer_thinks_no_more(engine: Engine) -> None:
    free = await hear(engine, ask())
    prefix = Prefix(thinking=free.thought, answer=free.answer[:5], closed=True)
    heard = await hear(engine, ask(prefix=prefix))
    assert heard.thought == ""
    assert heard.answer


async def test_a_prefix_by_its_own_tokens_continues_word_for_word(engine: Engine) -> None:
    free = await hear(engine, ask())
    cut = next(event for event in free.events if isinstance(event, ThinkingDelta))
    heard = await hear(engine, ask(prefix=Prefix(thinking=cut.text, tokens=cut.tokens)))
    assert cut.text + heard.thought == free.thought
    assert heard.answer == free.answer


async def test_a_second_turn_finds_the_first_in_the_cache(engine: Engine) -> None:
    first = await hear(engine, ask())
    second = await hear(engine, ask(QUESTION, first.answer, "Now double it."))
    assert second.done.stats.cached_tokens > 0
    again = await hear(engine, ask(QUESTION, first.answer, "Now double it."))
    assert again.done.stats.cached_tokens == again.done.stats.prompt_tokens - 1
    assert again.answer == second.answer


async def test_many_samples_are_drawn_side_by_side_and_each_has_its_end(engine: Engine) -> None:
    request = GenerateRequest(
        turns=(Turn(Role.USER, QUESTION),),
        sampling=Sampling(seed=3, temperature=1.0),
        samples=4,
        max_tokens=120,
    )
    heard: list[Event] = []
    async with contextlib.aclosing(engine.generate(request)) as events:
        heard = [event async for event in events]
    done = [event for event in heard if isinstance(event, Done)]
    assert sorted(event.sample for event in done) == [0, 1, 2, 3]
    for end in done:
        mine = [e for e in heard if isinstance(e, ThinkingDelta | AnswerDelta) and e.sample == end.sample]
        count = sum(len(event.tokens) for event in mine)
        closed = sum(isinstance(event, ThinkingDelta) and event.closed for event in mine)
        assert count == end.stats.thinking_tokens + end.stats.answer_tokens + closed
        assert heard.index(end) > heard.index(mine[-1])
    assert (await hear(engine, ask())).done.reason is FinishReason.STOP


async def test_answer_now_reaches_every_sample(engine: Engine) -> None:
    request = GenerateRequest(turns=(Turn(Role.USER, QUESTION),), sampling=Sampling(seed=3), samples=3)
    heard: list[Event] = []
    async with contextlib.aclosing(engine.generate(request)) as events:
        async for event in events:
            if isinstance(event, ThinkingDelta) and not any(isinstance(e, ThinkingDelta) for e in heard):
                engine.control(AnswerNow())
            heard.append(event)
    ends = [event.stats.thought_end for event in heard if isinstance(event, Done)]
    assert len(ends) == 3
    assert ThoughtEnd.USER in ends


async def test_the_same_seed_draws_the_same_words(engine: Engine) -> None:
    request = GenerateRequest(
        turns=(Turn(Role.USER, QUESTION),), sampling=Sampling(seed=11, temperature=1.0), max_tokens=120
    )
    assert (await hear(engine, request)).thought == (await hear(engine, request)).thought


async def test_a_prompt_that_fills_the_context_is_refused_and_the_next_is_answered(engine: Engine) -> None:
    with pytest.raises(ContextFull) as caught:
        await hear(engine, ask("seven plus eight is fifteen, " * 400))
    assert caught.value.hint
    assert (await hear(engine, ask())).done.reason is FinishReason.STOP


async def test_a_context_that_fills_up_in_the_reply_ends_it_with_an_answer_or_says_so(engine: Engine) -> None:
    filling = "Remember: " + "11 + 12 = 23. " * 60
    heard = await hear(engine, ask(filling, "I will.", QUESTION))
    assert heard.done.reason in {FinishReason.STOP, FinishReason.CONTEXT}


async def test_a_stop_string_ends_the_answer_before_it(engine: Engine) -> None:
    free = await hear(engine, ask())
    words = free.answer.split()
    heard = await hear(engine, ask(stop=(words[-1],)))
    assert words[-1] not in heard.answer
    assert free.answer.startswith(heard.answer)


async def test_commands_without_a_running_reply_do_nothing(engine: Engine) -> None:
    for command in (Stop(), AnswerNow(), Inject("Wait.")):
        engine.control(command)
    heard = await hear(engine, ask())
    assert heard.done.reason is FinishReason.STOP
    assert heard.forced == ""


async def test_closing_twice_is_safe(engine: Engine) -> None:
    await engine.aclose()
    await engine.aclose()
    assert engine.model is None


async def test_answer_now_that_comes_with_the_request_leaves_no_word_to_the_thought(engine: Engine) -> None:
    heard = await hear(engine, ask(), once(Prefill, lambda: engine.control(AnswerNow())))
    said = [e for e in heard.events if isinstance(e, ThinkingDelta) and not e.forced and not e.closed]
    assert sum(len(event.tokens) for event in said) <= 1
    assert heard.forced.strip() == CLOSING
    assert heard.answer


async def test_a_reply_is_forked_at_any_character_and_reads_only_what_is_new(engine: Engine) -> None:
    free = await hear(engine, ask())
    for share in (9, 5, 3):
        at = len(free.thought) * share // 10
        prefix = Prefix(thinking=free.thought[:at], tokens=free.tokens)
        forked = await hear(engine, ask(prefix=prefix, max_tokens=4))
        (resumed,) = [event for event in forked.events if isinstance(event, Resumed)]
        again = await hear(engine, ask(prefix=Prefix(thinking=free.thought[:at], tokens=resumed.tokens)))
        same = [mine == its for mine, its in zip(resumed.tokens, free.tokens, strict=False)]
        kept = [*same, False].index(False)
        assert kept >= len(resumed.tokens) - 4
        assert again.done.stats.prompt_tokens == forked.done.stats.prompt_tokens
        assert forked.done.stats.cached_tokens >= free.done.stats.prompt_tokens + kept - 2
        assert again.answer


async def test_a_conversation_that_does_not_fit_is_shortened_by_whole_turns_only_where_asked_to(
    engine: Engine,
) -> None:
    turns = ("seven plus eight is fifteen, " * 38, "I will.") * 4
    with pytest.raises(ContextFull) as caught:
        await hear(engine, ask(*turns, QUESTION))
    assert "earlier turns" in caught.value.message
    heard = await hear(engine, ask(*turns, QUESTION, overflow=Overflow.DROP_OLDEST))
    shortened = heard.events[0]
    assert isinstance(shortened, Shortened)
    assert 1 <= len(shortened.left_out) <= 4
    assert heard.done.stats.prompt_tokens < 1024
    assert heard.answer
