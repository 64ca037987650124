"""Drafts on the embedded model at every chance: its words, its KV cache and its ends are the same."""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from r1chat.core.conversation import Mode, Thinking
from r1chat.core.events import Event, FinishReason, Rewound, ThinkingDelta, ThoughtEnd
from r1chat.core.gguf import read_header
from r1chat.core.prompt import CLOSING, Prefix
from r1chat.engine.base import AnswerNow, Command, Inject, Stop
from r1chat.engine.worker.capi import lib
from r1chat.engine.worker.drafting import NO_DRAFTS, Drafter
from r1chat.engine.worker.kv import KvCache
from r1chat.engine.worker.wager import Bet, Wager
from r1chat.paths import tiny_model
from tests.engine.bench import Bench, question
from tests.engine.looping import looping_model

QUADRATIC = "Solve: x^2 - 11x + 24 = 0"
QUESTIONS = ("Compute 47 + 386.", "Solve: 2x + 5 = 13", "What is 12 × 3?")


class Rash(Wager):
    """Drafts at every chance, three tokens or seven, by the second model where there is one."""

    def __init__(self, seed: int = 1) -> None:
        super().__init__()
        self._rng = random.Random(seed)

    def rest(self, *, model: bool) -> int:
        return 0

    def choose(self, kinds: Iterable[int]) -> Bet | None:
        return Bet(min(kinds), self._rng.choice((3, 7)))

    def tell_single(self, seconds: float) -> None:
        pass

    def tell_batch(self, kind: int, drafted: int, accepted: int, seconds: float) -> None:
        pass


def weakened(folder: Path, *tensors: str) -> Path:
    """The embedded model with some tensors of its weights all zero."""
    data = bytearray(tiny_model().read_bytes())
    for tensor in read_header(bytes(data)).tensors:
        if tensor.name in tensors:
            data[tensor.end - tensor.nbytes : tensor.end] = bytes(tensor.nbytes)
    path = folder / "weakened.gguf"
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.loaded.close()


@pytest.fixture(scope="module")
def itself() -> Iterator[Bench]:
    bench = Bench(draft=str(tiny_model()))
    yield bench
    bench.loaded.close()


@pytest.fixture(scope="module")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Drafted for by a model that is often wrong."""
    names = (f"blk.{layer}.attn_output.weight" for layer in (3, 4))
    bench = Bench(draft=str(weakened(tmp_path_factory.mktemp("weak"), *names)))
    yield bench
    bench.loaded.close()


def rash(bench: Bench) -> Drafter:
    return Drafter(Rash(), bench.loaded.drafter.guesser)


def check_cells(kv: KvCache) -> None:
    """Every sequence holds as many cells as its branch has ids."""
    memory = lib.llama_get_memory(kv.context.pointer)
    for branch in kv.branches:
        assert not branch.ahead
        assert lib.llama_memory_seq_pos_max(memory, branch.sequence) == len(branch.ids) - 1


@pytest.mark.parametrize("temperature", [0.0, 0.8])
@pytest.mark.parametrize("source", ["bench", "itself", "weak"])
def test_the_words_are_those_of_the_model_alone(
    request: pytest.FixtureRequest, source: str, temperature: float
) -> None:
    bench: Bench = request.getfixturevalue(source)
    for text in (QUADRATIC, QUESTIONS[1]):
        asked = question(text, temperature=temperature)
        alone, _ = bench.ask(asked)
        drafted, done = bench.ask(asked, rash(bench))
        assert drafted == alone
        assert done.stats.drafted_tokens > 0
        check_cells(bench.kv)


def test_a_model_that_drafts_for_itself_is_nearly_always_right(itself: Bench) -> None:
    _, done = itself.ask(question(QUADRATIC), rash(itself))
    assert done.stats.accepted_tokens > 0.9 * done.stats.drafted_tokens
    assert done.stats.accepted_tokens > 0.5 * done.stats.thinking_tokens


def test_a_weak_model_is_right_at_times(weak: Bench) -> None:
    _, done = weak.ask(question(QUADRATIC), rash(weak))
    assert 0 < done.stats.accepted_tokens < done.stats.drafted_tokens


def test_a_request_can_do_without_drafts(itself: Bench) -> None:
    _, done = itself.ask(question(QUADRATIC, drafts=False), rash(itself))
    assert done.stats.drafted_tokens == 0


def test_a_budget_is_landed_in_with_drafts(bench: Bench) -> None:
    for budget in (20, 61, 100):
        asked = question(QUADRATIC, thinking=Thinking(Mode.BUDGET, budget))
        alone, plain = bench.ask(asked)
        drafted, done = bench.ask(asked, rash(bench))
        assert drafted == alone
        assert done.stats.thinking_tokens == plain.stats.thinking_tokens <= budget
        assert done.stats.thought_end is ThoughtEnd.BUDGET


def test_stop_strings_limits_and_a_full_context_end_a_reply_at_the_same_token(bench: Bench) -> None:
    full = "Remember: " + "11 + 12 = 23. " * 140
    for asked in (question(QUADRATIC, stop=("x",)), question(QUADRATIC, max_tokens=77), question(full)):
        alone, plain = bench.ask(asked)
        drafted, done = bench.ask(asked, rash(bench))
        assert drafted == alone
        assert done.reason is plain.reason
        check_cells(bench.kv)


def test_words_put_in_come_between_two_tokens(itself: Bench) -> None:
    for command, words in ((AnswerNow(), CLOSING), (Inject("Wait, check that."), "Wait, check that.")):
        given = False

        def give(event: Event, command: Command = command) -> None:
            nonlocal given
            if isinstance(event, ThinkingDelta) and not given:
                given = True
                itself.wire.give(command)

        itself.wire.on_event = give
        _, done = itself.ask(question(QUADRATIC), rash(itself))
        itself.wire.on_event = lambda _event: None
        deltas = [event for event in itself.wire.sent if isinstance(event, ThinkingDelta)]
        forced = next(index for index, delta in enumerate(deltas) if delta.forced)
        assert words in "".join(delta.text for delta in deltas if delta.forced)
        assert sum(len(delta.tokens) for delta in deltas[1:forced]) <= 1
        assert done.reason is FinishReason.STOP
        check_cells(itself.kv)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_interruptions_the_cache_is_as_a_cold_one(itself: Bench, weak: Bench, seed: int) -> None:
    rng = random.Random(seed)
    warm = rng.choice((itself, weak))
    for _ in range(4):
        asked = question(rng.choice(QUESTIONS), temperature=rng.choice((0.0, 1.0)), seed=rng.randrange(99))
        moment, command = rng.randrange(1, 60), rng.choice((Stop(), AnswerNow(), Inject("Hmm, 3 + 4.")))

        def give(event: Event, command: Command = command, moment: int = moment) -> None:
            if len(warm.wire.sent) == moment:
                warm.wire.give(command)

        warm.wire.on_event = give
        warm.ask(asked, rash(warm))
        warm.wire.on_event = lambda _event: None
        check_cells(warm.kv)
    asked = question(rng.choice(QUESTIONS))
    cold = Bench()
    assert warm.ask(asked, rash(warm))[0] == cold.ask(asked, NO_DRAFTS)[0]
    cold.loaded.close()


def edited(folder: Path, old: bytes, new: bytes) -> str:
    """The embedded model with some bytes of its header changed."""
    path = folder / "edited.gguf"
    path.write_bytes(tiny_model().read_bytes().replace(old, new, 1))
    return str(path)


WORD = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""The length of a word of one letter, as GGUF writes it."""
END = b"eos_token_id\x04\x00\x00\x00"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (WORD + b"b", WORD + b"\x07", "its token"),
        (END + b"\xf8", END + b"\xf9", "ends a text"),
        (b"GGUF", b"GGUX", "cannot be used"),
    ],
)
def test_a_model_of_other_tokens_does_not_draft_and_the_reason_is_said(
    tmp_path: Path, old: bytes, new: bytes, reason: str
) -> None:
    bench = Bench(draft=edited(tmp_path, old, new))
    note = bench.loaded.info.note
    assert reason in note
    assert "goes on alone" in note
    assert note.endswith(".")
    assert bench.loaded.drafter.guesser is None
    _, done = bench.ask(question(QUESTIONS[0]), bench.loaded.drafter)
    assert done.reason is FinishReason.STOP
    bench.loaded.close()


def test_a_draft_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    bench = Bench(draft=str(tmp_path / "absent.gguf"))
    assert "without the drafts of absent.gguf" in bench.loaded.info.note
    bench.loaded.close()


def test_a_circle_is_broken_at_the_same_token(tmp_path: Path) -> None:
    bench = Bench(looping_model(tmp_path / "loop.gguf", "attn_output"), n_ctx=4096)
    begun = Prefix(thinking="".join(f"{n}+{n + 7}={2 * n + 7}\n" for n in range(75)))
    asked = question("hello", prefix=begun, max_tokens=250)
    alone, plain = bench.ask(asked)
    cuts = [event for event in bench.wire.sent if isinstance(event, Rewound)]
    drafted, done = bench.ask(asked, rash(bench))
    assert drafted == alone
    assert [event for event in bench.wire.sent if isinstance(event, Rewound)] == cuts != []
    assert done.reason is plain.reason
    assert done.stats.accepted_tokens > 0
    check_cells(bench.kv)
    bench.loaded.close()
