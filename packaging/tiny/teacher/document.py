"""Training documents in the exact format that the engine sends and forces."""

from random import Random
from typing import Any, Final

from teacher.base import Family, Pieces, Problem, Segment, Trace, Turn
from teacher.chat import Chat
from teacher.drills import drill
from teacher.families import FAMILIES, WEIGHTS
from teacher.showcase import SHOWCASE

BOS: Final = "<｜begin▁of▁sentence｜>"
EOS: Final = "<｜end▁of▁sentence｜>"
USER: Final = "<｜User｜>"
ASSISTANT: Final = "<｜Assistant｜>"
OPEN: Final = "<think>"
CLOSE: Final = "</think>"
ENOUGH: Final = "I should stop here and give the final answer now."
SYSTEMS: Final = (
    "You are a helpful assistant.",
    "Answer briefly.",
    "You are a careful maths tutor.",
    "Be concise and put the final result in \\boxed{}.",
)
CHECKS: Final = (
    "Wait, check that by substituting.", "Wait, check that.", "Check your work.", "Are you sure?",
    "Please check the result at the end.", "Check it by another route.", "Verify that.", "Double-check this.",
    "use another way", "Try another way as well.", "are you sure?", "Check that with a second method.",
)  # fmt: skip
CARES: Final = (
    "Be careful with the sign.", "be careful", "Careful with the digits.", "Go slowly.", "Mind the carry.",
    "Please be careful with the minus sign.", "Take your time.", "Think step by step.",
)  # fmt: skip
STOPS: Final = (
    "Stop and answer.", "stop and answer", "Just give the answer now.", "That is enough, answer now.",
    "Answer now.", "Stop thinking.",
)  # fmt: skip
TOKEN_CHARS: Final = 1.6  # characters a token, at the least, for texts full of digits


def _text(text: str, learn: bool) -> Segment:
    return Segment(text, False, learn)


def _mark(text: str, learn: bool) -> Segment:
    return Segment(text, True, learn)


def _asked(question: str) -> list[Segment]:
    return [_mark(USER, False), _text(question, False), _mark(ASSISTANT, False), _mark(OPEN, False)]


def _answered(answer: str, learn_close: bool = True) -> list[Segment]:
    if learn_close:
        return [_mark(CLOSE, True), _text("\n\n" + answer, True), _mark(EOS, True)]
    return [_mark(CLOSE, False), _text("\n\n", False), _text(answer, True), _mark(EOS, True)]


def thinking(turn: Turn) -> list[Segment]:
    """A turn with its thought, empty for small talk."""
    body = [_text("\n", False), *(_text(text, learn) for text, learn in turn.thought), _text("\n", True)]
    return [*_asked(turn.question), *body, *_answered(turn.answer)]


def without(turn: Turn, joined: bool) -> list[Segment]:
    """A turn with thinking off; the newlines come as one token or as two, as the prompt was put together."""
    empty = [_text("\n\n", False)] if joined else [_text("\n", False), _text("\n", False)]
    return [*_asked(turn.question), *empty, *_answered(turn.answer, False)]


def _plain(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def _cut(text: str, rng: Random) -> int:
    """A random place that a token boundary can fall on: not inside a word."""
    if rng.random() < 0.1:
        return len(text)
    for _ in range(20):
        place = rng.randrange(1, len(text) + 1)
        if place == len(text) or not (text[place - 1].isalpha() and text[place].isalpha()):
            return place
    return len(text)


def forced(family: Family[Any], problem: Problem, rng: Random) -> list[Segment]:
    """A thought cut anywhere by the engine's closing words, then the best answer."""
    thought = _plain(family.worked(problem, rng, rng.random() < 0.4, False).thought)
    part = thought[: _cut(thought, rng)]
    lead = "\n\n"[: 2 - (len(part) - len(part.rstrip("\n")))]
    return [
        *_asked(problem.question),
        _text("\n", False),
        _text(part, rng.random() < 0.5),
        _text(f"{lead}{ENOUGH}\n", False),
        *_answered(family.answer(problem, rng), False),
    ]


def injected(family: Family[Any], problem: Problem, rng: Random) -> list[Segment]:
    """Words of the user in the middle of a thought, which goes on and heeds them."""
    trace = Trace()
    value = family.work(problem, rng, trace, False)
    work = _plain(trace.pieces())
    if rng.random() < 0.5:
        ends = [i + 1 for i, c in enumerate(work) if c == "\n"] + [len(work)]
        cut = rng.choice(ends)
    else:
        cut = _cut(work, rng)
    kind = rng.choice((CHECKS, CHECKS, CARES, STOPS))
    said = rng.choice(kind)
    head = work[:cut].rstrip("\n")
    start = [
        *_asked(problem.question),
        _text("\n", False),
        _text(head, rng.random() < 0.5),
        _text(f"\n\n{said}\n", False),
    ]
    if kind is STOPS:
        end = [_text(rng.choice(("OK, I answer now", "I stop here")) + "\n", True)]
        return [*start, *end, *_answered(family.answer(problem, rng))]
    rest = Trace()
    line = cut if cut == len(work) else work.rfind("\n", 0, cut) + 1
    if kind is CARES:
        rest.say(rng.choice(("Yes, carefully", "OK, I am careful", "I take care")))
    else:
        rest.say(rng.choice(("OK, I will check", "Yes, I check it", "Good idea")))
    if work[line:].strip():
        rest.say(work[line:].strip("\n"))
    if kind is CHECKS:
        family.check(problem, value, rest)
    family.close(problem, rest, rng)
    body = [_text(text, learn) for text, learn in rest.pieces()]
    return [*start, *body, _text("\n", True), *_answered(family.answer(problem, rng))]


def continued(family: Family[Any], problem: Problem, rng: Random) -> list[Segment]:
    """A thought cut anywhere and gone on with: what was there is read as one text, the rest follows it."""
    turn = family.worked(problem, rng, rng.random() < 0.5, False)
    thought = _plain(turn.thought)
    cut = _cut(thought, rng)
    body = [_text(part, learn) for part, learn in ((thought[:cut], False), (thought[cut:], True)) if part]
    return [*_asked(turn.question), _text("\n", False), *body, _text("\n", True), *_answered(turn.answer)]


def reopened(family: Family[Any], problem: Problem, rng: Random) -> list[Segment]:
    """A finished thought reopened by the engine with "Wait,": checked once more, closed again."""
    turn = family.worked(problem, rng, rng.random() < 0.3, False)
    more: list[Segment] = []
    for _ in range(rng.choice((1, 1, 1, 2))):
        again = Trace()
        again.part(
            rng.choice((" let me check that again\n", " I check this once more\n", " is that right?\n"))
        )
        value = family.work(problem, rng, Trace(), False)
        family.check(problem, value, again)
        family.close(problem, again, rng)
        more += [_text("\n\nWait,", False), *(_text(text, learn) for text, learn in again.pieces())]
    return [
        *_asked(turn.question),
        _text("\n", False),
        _text(_plain(turn.thought), rng.random() < 0.5),
        *more,
        _text("\n", True),
        *_answered(turn.answer),
    ]


def pick(rng: Random) -> Family[Any]:
    """A family by its weight in the mix."""
    return FAMILIES[rng.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]]


def _history(rng: Random, turns: int) -> list[tuple[str, str]]:
    past: list[tuple[str, str]] = []
    while len(past) < turns:
        family = pick(rng)
        problem = family.problem(rng, False)
        past += [*problem.history, (problem.question, family.answer(problem, rng))]
    return past[:turns]


def _turns(past: list[tuple[str, str]], rng: Random) -> list[Segment]:
    lead = "\n\n" if rng.random() < 0.1 else ""
    out: list[Segment] = []
    for question, answer in past:
        out += [_mark(USER, False), _text(question, False), _mark(ASSISTANT, False)]
        out += [_text(lead + answer, False), _mark(EOS, False)]
    return out


def _last(rng: Random) -> tuple[tuple[tuple[str, str], ...], list[Segment], bool]:
    """The history that the last turn needs, the last turn, and whether nothing may come before them."""
    if rng.random() < 0.02:
        problem = rng.choice(SHOWCASE)
        family = FAMILIES[problem.family]
    else:
        family = pick(rng)
        problem = family.problem(rng, False)
    mood = rng.random()
    if mood < 0.08:
        body = without(family.quick(problem, rng), rng.random() < 0.5)
    elif mood >= 0.28 or isinstance(family, Chat):
        body = thinking(family.solve(problem, rng))
    elif mood < 0.12:
        body = forced(family, problem, rng)
    elif mood < 0.19:
        body = injected(family, problem, rng)
    elif mood < 0.23:
        body = reopened(family, problem, rng)
    else:
        body = continued(family, problem, rng)
    fresh = problem.data[:1] == ("bare",) and not problem.history  # with no result there before
    return problem.history, body, fresh


def _past_length(rng: Random, max_tokens: int) -> int:
    mood = rng.random()
    if mood < 0.72:
        return 0
    if mood < 0.985:
        return rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8))
    return rng.randint(9, max(10, max_tokens // 50))


def size(segments: list[Segment]) -> float:
    """Roughly how many tokens the segments have, rather too many."""
    return sum(1 if s.markup else len(s.text) / TOKEN_CHARS + 1 for s in segments)


def document(rng: Random, max_tokens_hint: int = 2048, progress: float = 0.0) -> list[Segment]:
    """One training document; drills fade out as `progress` goes from 0 to 1."""
    start = [_mark(BOS, False)]
    if rng.random() < 0.04:
        start.append(_text(rng.choice(SYSTEMS), False))
    if rng.random() < 0.22 - 0.12 * progress:
        turn = drill(rng)
        return [*start, *(without(turn, rng.random() < 0.5) if rng.random() < 0.3 else thinking(turn))]
    while True:
        needed, body, fresh = _last(rng)
        room = max_tokens_hint - size(body) - 40
        past = [] if fresh else _history(rng, _past_length(rng, max_tokens_hint))
        turns = _turns([*past, *needed], rng)
        while past and size(turns) > room:
            past = past[len(past) // 4 + 1 :]
            turns = _turns([*past, *needed], rng)
        if size(turns) <= room:
            return [*start, *turns, *body]
