"""Numbers, times and states in words. Pure: the present is handed in."""

from datetime import UTC, datetime

from r1chat.core.address import is_address
from r1chat.core.commands import in_keys
from r1chat.core.conversation import Message, Mode, Status, Thinking
from r1chat.core.events import Counts, FinishReason
from r1chat.core.remarks import THOUGHT_ENDS, circles_cut

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def duration(seconds: float) -> str:
    """`14 s`, `2 min 5 s`, `1 h 12 min`: whole seconds, cut."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        minutes, rest = divmod(whole, _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // _MINUTE, _MINUTE)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def age(then: float, now: float) -> str:
    """How long ago, in one or two words; a date from a week on."""
    passed = now - then
    if passed < _MINUTE:
        return "just now"
    if passed < _HOUR:
        return f"{int(passed // _MINUTE)} min ago"
    if passed < _DAY:
        return f"{int(passed // _HOUR)} h ago"
    if passed < 2 * _DAY:
        return "yesterday"
    if passed < 7 * _DAY:
        return f"{int(passed // _DAY)} days ago"
    return _date(then)


def _date(then: float) -> str:
    try:
        return datetime.fromtimestamp(then, tz=UTC).strftime("%d %b %Y").lstrip("0")
    except (OverflowError, ValueError, OSError):  # no calendar has it
        return "long ago"


def lines(text: str) -> str:
    """`1 line`, `2,000 lines`."""
    count = text.count("\n") + 1 if text else 0
    return f"{count:,} line{'s' if count != 1 else ''}"


def percent(done: float, total: float) -> str:
    """`43 %`; of nothing all is done."""
    return f"{100 * done / total:.0f} %" if total else "100 %"


def thinking_mode(thinking: Thinking) -> str:
    """The thinking mode, as the status line shows it."""
    match thinking.mode:
        case Mode.FULL:
            return "thinks in full"
        case Mode.BUDGET:
            return f"thinks ≤ {thinking.budget:,} tok"
        case Mode.OFF:
            return "does not think"


def tokens_per_second(tokens: int, seconds: float) -> str:
    """`41 tok/s`; empty where there is no speed yet."""
    if tokens < 2 or seconds <= 0:
        return ""
    speed = tokens / seconds
    return f"{speed:.0f} tok/s" if speed >= 10 else f"{speed:.1f} tok/s"


def thought_title(seconds: float, tokens: int, *, estimated: bool = False) -> str:
    """The line that stands for a thought that is over."""
    figures = [f"Thought for {duration(seconds) if seconds >= 10 else f'{seconds:.1f} s'}"]
    if tokens:
        figures.append(("≈ " if estimated else "") + _tokens(tokens))
    return " · ".join(figures)


def _tokens(tokens: int) -> str:
    return f"{tokens:,} token{'s' if tokens != 1 else ''}"


def thought_of(message: Message) -> str:
    """The same line for a message that is over, and what ended its thought where that was not the model."""
    tokens = thought_tokens(message)
    if message.status is Status.PARTIAL and not message.thinking_s:  # never timed
        title = " · ".join(["Thought", *([_tokens(tokens)] if tokens else [])])
    else:
        estimated = message.stats is not None and message.stats.counts is Counts.SUM
        title = thought_title(message.thinking_s, tokens, estimated=estimated)
    end = message.stats.thought_end if message.stats else None
    circles = circles_cut(len(message.stats.circles)) if message.stats else ""
    ended = THOUGHT_ENDS.get(end, "") if end and message.thinking_closed else ""
    unfinished = "" if message.thinking_closed else "unfinished"
    return " · ".join(part for part in (title, circles, ended, unfinished) if part)


def thought_tokens(message: Message) -> int:
    """Tokens of a thought; 0 where that is not known.

    Statistics are those of one generation. Where a reply went on from an earlier one, the ids know how many
    tokens its thought has in all, unless it was the answer that went on.
    """
    stats = message.stats
    if stats is None:
        return 0 if message.text else len(message.tokens)
    if not stats.thinking_tokens:
        return 0
    before = len(message.tokens) - stats.thinking_tokens - stats.answer_tokens - message.thinking_closed
    return stats.thinking_tokens + (before if before > 1 else 0)


_WRITTEN_ELSEWHERE = "Another r1chat is writing this reply just now."


def ending(message: Message) -> str:
    """What to say below a reply that did not end as it was meant to; empty where it did."""
    match message.status, message.finish_reason:
        case Status.CANCELLED, _:
            return "Stopped."
        case Status.PARTIAL, _:
            return _WRITTEN_ELSEWHERE if message.elsewhere else "Cut off: r1chat ended before this reply did."
        case Status.COMPLETE, FinishReason.LENGTH:
            return "Cut off: the reply reached its token limit."
        case Status.COMPLETE, FinishReason.CONTEXT:
            return "Cut off: the context is full."
        case Status.COMPLETE, FinishReason.LOOP:
            return "Ended: the answer went round in circles."
        case _:
            return ""


def unfinished(message: Message) -> bool:
    """Whether `continue` makes sense."""
    match message.status, message.finish_reason:
        case Status.PARTIAL, _:
            return not message.elsewhere
        case Status.CANCELLED, _:
            return True
        case Status.ERROR, _:
            return bool(message.thinking or message.text)
        case Status.COMPLETE, FinishReason.LENGTH | FinishReason.CONTEXT:
            return True
        case _:
            return False


def way_on(message: Message) -> str:
    """What to press after an unfinished reply."""
    if is_address(message.model):
        return in_keys("{regenerate} answers once more.")
    if message.status is Status.COMPLETE and message.finish_reason is FinishReason.CONTEXT:
        larger = "{settings} sets a larger context, and {continue} then goes on from here;"
        return in_keys(f"{larger} {{new_chat}} starts a new chat.")
    return in_keys("{continue} goes on from here.")
