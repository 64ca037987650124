"""Which commands do something now: only those are offered."""

from collections.abc import Collection

from r1chat.core.commands import Command, When
from r1chat.engine.base import Capability
from r1chat.tui.job_control import can_be_suspended
from r1chat.tui.situation import Phase
from r1chat.tui.widgets.reply import Reply

_NEEDS = {
    "answer_now": Capability.ANSWER_NOW,
    "steer": Capability.INJECT,
    "continue": Capability.PREFIX,
    "more": Capability.PREFIX,
    "thought.fork": Capability.PREFIX,
    "thought.edit": Capability.PREFIX,
    "thinking": Capability.MODES,
}
"""What an engine must be able to do for a command."""


def able(entry: Command, can: Collection[Capability]) -> bool:
    """Whether the engine can do what `entry` needs, at its time."""
    needed = _NEEDS.get(entry.name)
    return needed is None or needed in can


def not_now(entry: Command) -> str:
    """What to say where `entry` does nothing now."""
    now = ": no thought runs now." if entry.when is When.THINKING else "."
    return f"{entry.title} works {entry.when}{now}"


def possible(
    entry: Command, can: Collection[Capability], phase: Phase, reply: Reply | None, *, running: bool
) -> bool:
    """Whether `entry` does something. `reply`: the one that is meant; `running`: a turn runs."""
    if not able(entry, can) or (entry.name == "suspend" and not can_be_suspended()):
        return False
    over = reply if not running else None
    does = {
        When.ALWAYS: True,
        When.REPLYING: running or phase is Phase.LOADING,
        When.THINKING: phase is Phase.THINKING,
        When.REPLIED: over is not None,
        When.UNFINISHED: over is not None and over.unfinished,
        When.ANSWERED: over is not None and over.message.thinking_closed,
    }
    return does[entry.when]
