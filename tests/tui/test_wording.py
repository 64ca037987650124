import pytest

from r1chat.core.conversation import Message, Mode, Role, Status, Thinking
from r1chat.core.events import AnswerDelta, FinishReason, Loading, Prefill, Stats, ThinkingDelta, ThoughtEnd
from r1chat.errors import UsageError
from r1chat.tui.modes import next_mode, parse_mode
from r1chat.tui.situation import Phase, Situation
from r1chat.tui.speedometer import Speedometer
from r1chat.tui.wording import age, duration, ending, thought_of, tokens_per_second

DAY = 86_400


def reply(status: Status = Status.COMPLETE, reason: FinishReason | None = None, **more: object) -> Message:
    return Message(
        id="m", chat_id="c", parent_id="q", role=Role.ASSISTANT, status=status, finish_reason=reason, **more
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3600, "1 h"), (4320, "1 h 12 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (300, "5 min ago"),
        (2 * 3600, "2 h ago"),
        (DAY, "yesterday"),
        (3 * DAY, "3 days ago"),
        (7 * DAY, "14 Sep 2026"),
    ],
)
def test_ages(passed: float, words: str) -> None:
    now = 1_790_000_000.0
    assert age(now - passed, now) == words


@pytest.mark.parametrize("then", [-1e300, float("nan"), float("-inf"), -1e12])
def test_the_age_of_what_no_calendar_has_is_told_too(then: float) -> None:
    assert age(then, 1_790_000_000.0) == "long ago"


@pytest.mark.parametrize(
    ("tokens", "seconds", "words"),
    [(1, 1, ""), (10, 0, ""), (15, 10, "1.5 tok/s"), (4100, 100, "41 tok/s")],
)
def test_speeds(tokens: int, seconds: float, words: str) -> None:
    assert tokens_per_second(tokens, seconds) == words


def test_a_speed_is_told_after_a_second_and_does_not_count_the_first_tokens() -> None:
    meter = Speedometer()
    meter.count(100, 5.0)
    meter.count(10, 5.5)
    assert (meter.speed, meter.tokens) == ("", 110)
    meter.count(10, 6.0)
    assert meter.speed == "20 tok/s"


def test_every_ending_has_its_words() -> None:
    words = {
        (status, reason): ending(reply(status, reason))
        for status in Status
        for reason in (None, *FinishReason)
        if status is not Status.COMPLETE or reason is not None
    }
    assert words[Status.COMPLETE, FinishReason.STOP] == ""
    assert "token limit" in words[Status.COMPLETE, FinishReason.LENGTH]
    assert "context" in words[Status.COMPLETE, FinishReason.CONTEXT]
    assert "circles" in words[Status.COMPLETE, FinishReason.LOOP]
    assert words[Status.CANCELLED, FinishReason.CANCELLED] == "Stopped."
    assert "Cut off" in words[Status.PARTIAL, None]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            reply(thinking="x", thinking_closed=True, thinking_s=14.2, stats=Stats(thinking_tokens=834)),
            "Thought for 14 s · 834 tokens",
        ),
        (
            reply(
                thinking="x",
                thinking_closed=True,
                thinking_s=2.25,
                stats=Stats(thinking_tokens=1, thought_end=ThoughtEnd.USER),
            ),
            "Thought for 2.2 s · 1 token · ended by you",
        ),
        (
            reply(Status.PARTIAL, thinking="x", thinking_s=90, tokens=(1, 2, 3)),
            "Thought for 1 min 30 s · 3 tokens · unfinished",
        ),
        (reply(Status.PARTIAL, thinking="x", tokens=(1, 2, 3)), "Thought · 3 tokens · unfinished"),
        (
            reply(
                text="b",
                thinking="x",
                thinking_closed=True,
                thinking_s=20,
                tokens=tuple(range(100)),
                stats=Stats(thinking_tokens=40, answer_tokens=9),
            ),
            "Thought for 20 s · 90 tokens",
        ),
    ],
    ids=["closed", "by you", "cut off", "never timed", "resumed"],
)
def test_a_thought_that_is_over_has_a_title(message: Message, words: str) -> None:
    assert thought_of(message) == words


def test_the_mode_key_goes_round() -> None:
    modes = [Thinking()]
    for _ in range(3):
        modes.append(next_mode(modes[-1]))
    assert [thinking.mode for thinking in modes] == [Mode.FULL, Mode.BUDGET, Mode.OFF, Mode.FULL]
    assert modes[1].budget > 0


@pytest.mark.parametrize("words", ["", "0", "-3", "lots", "²", "9" * 30])
def test_a_thinking_mode_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        parse_mode(words, Thinking())


def test_the_situation_follows_a_turn() -> None:
    situation = Situation(model="tiny")
    assert situation.facts()[0] == "tiny not loaded"
    situation.observe(Loading(0.43), 0.0)
    assert situation.facts()[0] == "loading tiny 43 %"
    situation.begin("c")
    situation.observe(Prefill(50, 100, 0), 0.0)
    assert (situation.phase, situation.used) == (Phase.READING, 100)
    situation.observe(ThinkingDelta(0, "a", (1,)), 1.0)
    assert situation.phase is Phase.THINKING
    situation.observe(AnswerDelta(0, "b", (2,)), 2.0)
    assert (situation.phase, situation.used) == (Phase.ANSWERING, 102)
    situation.end(
        reply(stats=Stats(prompt_tokens=100, thinking_tokens=30, answer_tokens=20, decode_s=1)), None
    )
    assert (situation.phase, situation.used, situation.speed) == (Phase.UNLOADED, 150, "50 tok/s")
