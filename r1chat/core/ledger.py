"""Who gets how many tokens of the context, before a word is generated.

A context holds the system's words, earlier turns, the question, what the reply has said already, the thought
to come, and the answer. What does not fit is refused, or made to fit by leaving out whole oldest turns;
nothing is shortened silently.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from r1chat.core.conversation import Mode, Role, Thinking, title_of
from r1chat.core.events import LeftOut
from r1chat.core.prompt import Prefix, Turn

MIN_THOUGHT = 64
"""Tokens of thought without which there is no sense in beginning one."""
_ANSWER_PART = 8
"""The reserve for the answer is at most one token of the context in so many."""
_EASE_PART = 4
"""Turns are left out until one token in so many is free for the thought, and by as many tokens at a time:
between two such steps the prompts of later turns begin alike, so that the KV cache serves them."""

Count = Callable[[Sequence[Turn]], int]
"""Tokens of some turns, markup included."""


class Overflow(StrEnum):
    """What to do about a conversation that does not fit."""

    REFUSE = "refuse"
    DROP_OLDEST = "drop-oldest"


def answer_reserve(thinking: Thinking, n_ctx: int) -> int:
    """Tokens of a context of `n_ctx` that are kept for the answer."""
    return min(thinking.reserve, n_ctx // _ANSWER_PART)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply claims of the context, in tokens."""

    n_ctx: int
    begun: int
    """What it has said already, and the markup that opens it."""
    thought: int
    """Least room for the thought to come."""
    reserve: int
    """For the answer."""
    ease: int = 0
    """Room for the thought that is made when turns are left out."""

    @property
    def least(self) -> int:
        """The room that must be left behind the prompt."""
        return self.thought + self.reserve


def claim(
    n_ctx: int, begun: int, thinking: Thinking, prefix: Prefix | None, max_tokens: int | None, floor: int
) -> Claim:
    """What a reply needs at least; `floor` tokens, and no more than `max_tokens` of them."""
    thinks = not prefix.closed if prefix else thinking.mode is not Mode.OFF
    reserve = answer_reserve(thinking, n_ctx)
    thought = ease = 0
    if thinks:
        wanted = thinking.budget if thinking.mode is Mode.BUDGET else n_ctx
        thought, ease = min(wanted, MIN_THOUGHT), min(wanted, n_ctx // _EASE_PART)
    if max_tokens is not None:
        reserve, thought = min(reserve, max_tokens), min(thought, max(0, max_tokens - reserve))
        ease = min(ease, max_tokens)
    thought = max(thought, floor - reserve)
    return Claim(n_ctx=n_ctx, begun=begun, thought=thought, reserve=reserve, ease=max(ease, thought))


class Room(msgspec.Struct, frozen=True):
    """It fits: the turns that the model is to read, and those that it is not."""

    turns: tuple[Turn, ...]
    left_out: tuple[LeftOut, ...] = ()


class Refusal(msgspec.Struct, frozen=True):
    """It does not fit; in words."""

    message: str
    hint: str


def make_room(turns: Sequence[Turn], count: Count, claim: Claim, overflow: Overflow) -> Room | Refusal:
    """Fit a conversation, which ends in the question, into the context."""
    system, exchanges, question = _parts(turns)
    sizes = [count(exchange) for exchange in exchanges]
    bare = claim.begun + count(system) + count(question)
    if bare + sum(sizes) + claim.least <= claim.n_ctx:
        return Room(tuple(turns))
    if bare + claim.least > claim.n_ctx or overflow is Overflow.REFUSE:
        return _refusal(claim, count(system), sum(sizes), count(question))
    room = claim.ease + claim.reserve if bare + claim.ease + claim.reserve <= claim.n_ctx else claim.least
    step = max(1, claim.n_ctx // _EASE_PART)
    excess = bare + sum(sizes) + room - claim.n_ctx
    excess = min(-(-excess // step) * step, sum(sizes))
    dropped = gone = 0
    while gone < excess:
        gone += sizes[dropped]
        dropped += 1
    left_out = tuple(
        LeftOut(title_of(exchange[0].text), size)
        for exchange, size in zip(exchanges[:dropped], sizes, strict=False)
    )
    kept = (turn for exchange in exchanges[dropped:] for turn in exchange)
    return Room((*system, *kept, *question), left_out)


def _parts(
    turns: Sequence[Turn],
) -> tuple[tuple[Turn, ...], list[tuple[Turn, ...]], tuple[Turn, ...]]:
    """System's words, earlier questions with their answers, and the question."""
    system = tuple(turn for turn in turns if turn.role is Role.SYSTEM)
    exchanges: list[tuple[Turn, ...]] = []
    for turn in turns:
        match turn.role:
            case Role.SYSTEM:
                pass
            case Role.ASSISTANT if exchanges:
                exchanges[-1] += (turn,)
            case _:
                exchanges.append((turn,))
    question = exchanges.pop() if exchanges else ()
    return system, exchanges, question


def _refusal(claim: Claim, system: int, history: int, question: int) -> Refusal:
    parts = {
        "the system's words": system,
        "earlier turns": history,
        "the question": question,
        "the reply so far": claim.begun if claim.begun > 8 else 0,
    }
    prompt = system + history + question + claim.begun
    shares = ", ".join(f"{name} {tokens:,}" for name, tokens in parts.items() if tokens)
    message = (
        f"The conversation takes {prompt:,} of the context's {claim.n_ctx:,} tokens ({shares}), and a reply "
        f"needs at least {claim.least:,} more."
    )
    if history and prompt - history + claim.least <= claim.n_ctx:
        hint = (
            "Start a new chat, use a larger context (--ctx), or let the oldest turns be left out: "
            "r1chat config set context.overflow drop-oldest."
        )
    else:
        hint = "Shorten the question, or use a larger context (--ctx)."
    return Refusal(message, hint)
