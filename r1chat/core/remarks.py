"""What r1chat did to a reply, in words, for every place that tells of it."""

from collections.abc import Sequence

from r1chat.core.events import LeftOut, Rewound, ThoughtEnd

THOUGHT_ENDS = {
    ThoughtEnd.BUDGET: "ended by its budget",
    ThoughtEnd.LENGTH: "ended to leave room for the answer in the reply's length",
    ThoughtEnd.CONTEXT: "ended to leave room for the answer in the context",
    ThoughtEnd.USER: "ended by you",
    ThoughtEnd.LOOP: "ended since it went round in circles",
}
"""What ended a thought, where that was not the model."""


def left_out(turns: Sequence[LeftOut]) -> tuple[str, str]:
    """A sentence about turns that the model did not read, and which they were."""
    tokens = sum(turn.tokens for turn in turns)
    what = "The oldest turn was" if len(turns) == 1 else f"The {len(turns)} oldest turns were"
    named = ", ".join(f"“{turn.question}” ({turn.tokens:,})" for turn in turns)
    return f"{what} left out to make room: {tokens:,} tokens.", f"Not read by the model: {named}."


def rewound(event: Rewound) -> str:
    """A sentence about a circle."""
    return (
        f"The thought said the same {event.copies} times over; "
        f"{event.tokens:,} tokens were taken back, and it goes on from before them."
    )


def circles_cut(count: int) -> str:
    """How often a thought was cut back to before it went round in circles; empty for never."""
    return f"cut back from circles {count}×" if count > 1 else "cut back from a circle" * count
