"""Thinking modes as a person chooses them."""

import msgspec

from r1chat.core.conversation import Mode, Thinking
from r1chat.errors import UsageError

BUDGET = 2048
"""Tokens of thought in mode `budget` where nobody named a number."""


def next_mode(thinking: Thinking) -> Thinking:
    """Full, then within a budget, then off, then full again."""
    order = (Mode.FULL, Mode.BUDGET, Mode.OFF)
    mode = order[(order.index(thinking.mode) + 1) % len(order)]
    return msgspec.structs.replace(thinking, mode=mode, budget=thinking.budget or BUDGET)


def parse_mode(words: str, thinking: Thinking) -> Thinking:
    """`full`, `off` or a number of tokens. Raises UsageError."""
    match words.strip().lower():
        case "full":
            return msgspec.structs.replace(thinking, mode=Mode.FULL)
        case "off":
            return msgspec.structs.replace(thinking, mode=Mode.OFF)
        case number if number.isascii() and number.isdigit() and 0 < int(number) < 10**7:
            return msgspec.structs.replace(thinking, mode=Mode.BUDGET, budget=int(number))
        case other:
            raise UsageError(f"“{other}” is no thinking mode.", "Say /think full, /think off or /think 2000.")
